import type { PlaybookVariable } from "../../mapping/playbook.ts";
import type { Put } from "./put-value.ts";
import type { Token } from "./stated-values.ts";

/** "set cos_phi to 0.97", "q_limit = 300": for a playbook that takes the name of a thing and a value for it. */
export function fillPairs(tokens: readonly Token[], variables: readonly PlaybookVariable[], used: Set<number>, put: Put, given: Record<string, unknown>): void {
  const values = variables.filter((one) => /(?:^|_)value$/.test(one.name) && !/(?:record|entry|dns)_value$/.test(one.name) && !Object.hasOwn(given, one.name) && !one.secret);
  const names = variables.filter((one) => /(?:^|_)(?:name|key|parameter|setting|option)$/.test(one.name) && !one.secret);
  const [value, name] = [values[0], names[0]];
  if (value === undefined || name === undefined || values.length > 1 || names.length > 1) return;
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1];
    const isSet = /^(?:to|auf|a|à|en)$/.test(before?.lower ?? "") || before?.assigns === true || before?.arrow === true;
    if (used.has(at) || !isSet || !(/\d/.test(token.value) || token.isQuoted || /^(?:on|off|true|false|yes|no)$/.test(token.lower))) continue;
    const key = before?.assigns === true || before?.arrow === true ? at - 1 : at - 2;
    const called = tokens[key];
    if (called !== undefined && !used.has(key) && /^[a-z][\w.-]+$/i.test(called.value) && !Object.hasOwn(given, name.name)) put(name, called.value, [key]);
    put(value, /^-?\d+(?:\.\d+)?$/.test(token.value) ? Number(token.value) : token.value, [at]);
    return;
  }
} // prettier-ignore
