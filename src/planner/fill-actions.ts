import type { Playbook } from "../mapping/playbook.ts";
import { isStopWord } from "../mapping/stop-words.ts";
import { nameParts, stem, wordsOf } from "../mapping/text.ts";
import type { Put } from "./put-value.ts";
import type { Token } from "./stated-values.ts";

/** "drain cn03", "end exam mode": which of its actions is meant. */
export function fillActions(tokens: readonly Token[], playbook: Playbook, put: Put): void {
  fillAction(tokens, playbook, put);
  fillModes(tokens, playbook, put);
}

/** "drain cn03" for `node_action` of a playbook that "drains nodes or resumes them". */
function fillAction(tokens: readonly Token[], playbook: Playbook, put: Put): void {
  const variable = playbook.variables.find((one) => /(?:^|_)(?:action|operation|command)$/.test(one.name));
  if (variable === undefined) return;
  const told = new Set(wordsOf(`${playbook.description} ${playbook.name}`).map((word) => stem(word.lower)));
  const offered = (variable.choices ?? []).map((choice) => String(choice).toLowerCase());
  const token = tokens
    .slice(0, 4)
    .find((one) =>
      offered.length > 0 ? offered.includes(one.lower) : told.has(stem(one.lower)) && !isStopWord(one.lower) && isVerbLike(one, tokens),
    );
  if (token !== undefined) put(variable, token.lower, []);
}

/** Stands where an order begins. */
const isVerbLike = (token: Token, tokens: readonly Token[]): boolean =>
  tokens
    .slice(0, tokens.indexOf(token))
    .every((before) => isStopWord(before.lower) || /^(?:please|now|then|just|bitte)$/.test(before.lower));

const on = /^(?:start|enter|begin|enable|activate|switch|turn|put|go|beginne?|starte|aktiviere|activa|active)$/;
const off = /^(?:end|stop|leave|exit|finish|disable|deactivate|quit|beende|deaktiviere|desactiva|termina|arrete|désactive|desactive)$/;

/** "end exam mode": a switch named after the playbook's own subject. */
function fillModes(tokens: readonly Token[], playbook: Playbook, put: Put): void {
  const variable = playbook.variables.find((one) => /^[a-z]+_enabled$/.test(one.name) && /^(?:bool|raw)$/.test(one.type));
  const subject = stem(nameParts(variable?.name ?? "")[0] ?? "");
  if (variable === undefined || playbook.verb === "deploy" || !tokens.some((token) => stem(token.lower) === subject)) return;
  const first = tokens.find((token) => on.test(token.lower) || off.test(token.lower));
  if (first === undefined) return;
  const isOff = off.test(first.lower) || tokens.some((token) => token.lower === "off" || token.lower === "aus");
  put(variable, !isOff, []);
}
