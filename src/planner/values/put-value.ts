import type { PlaybookVariable } from "../../mapping/playbook.ts";
import { isNumberVariable } from "./fitting-value.ts";
import { isNumber } from "./stated-values.ts";

/** Takes a value for a variable that has none yet, or refuses it with a reason; either way the words at those places are spent. */
export type Put = (variable: PlaybookVariable, value: unknown, places: readonly number[]) => boolean;

export function createPut(variables: Record<string, unknown>, refused: { name: string; reason: string }[], used: Set<number>): Put {
  return (variable, value, places) => {
    if (Object.hasOwn(variables, variable.name)) return false;
    const outcome = dataOf(variable, value);
    if ("reason" in outcome) {
      if (!refused.some((entry) => entry.name === variable.name)) refused.push({ name: variable.name, reason: outcome.reason });
      for (const place of places) used.add(place);
      return true;
    }
    variables[variable.name] = outcome.value;
    for (const place of places) used.add(place);
    return true;
  };
}

const shellSigns = /[`]|\$\(|\$\{|&&|\|\||[|<>](?!\d)|;/;

/** A value as data of the variable's type, or why it is refused. */
function dataOf(variable: PlaybookVariable, value: unknown): { readonly value: unknown } | { readonly reason: string } {
  if (variable.name.startsWith("ansible_")) return { reason: "variables of Ansible itself cannot be set from a request" };
  if (variable.secret) return { reason: "secrets are not taken from a request: put it into the vault or the inventory" };
  if (Array.isArray(value)) {
    const parts = value.map((part) => dataOf({ ...variable, type: "str" }, part));
    const bad = parts.find((part) => "reason" in part);
    return bad ?? { value: parts.map((part) => ("value" in part ? part.value : "")) };
  }
  if (typeof value !== "string") return { value };
  const reason = unsafe(value);
  if (reason !== undefined) return { reason };
  if (variable.choices !== undefined && variable.choices.length > 0) {
    const choice = variable.choices.find((entry) => String(entry).toLowerCase() === value.toLowerCase());
    return choice === undefined ? { reason: `'${value}' is none of ${variable.choices.map(String).join(", ")}` } : { value: choice };
  }
  if (isNumberVariable(variable)) {
    if (!isNumber(value)) return { reason: `'${value}' is not a number` };
    const number = Number(value);
    return /(?:^|_)port(?:_\w)?$/.test(variable.name) && (number < 1 || number > 65_535 || !Number.isInteger(number))
      ? { reason: `${value} is not a port` }
      : { value: number };
  }
  if (variable.type === "bool")
    return /^(?:true|yes|on|enabled|an)$/i.test(value)
      ? { value: true }
      : /^(?:false|no|off|disabled|aus)$/i.test(value)
        ? { value: false }
        : { reason: `'${value}' is neither yes nor no` };
  if (variable.type === "raw" && /^(?:yes|no|true|false)$/i.test(value)) return { value: /^(?:yes|true)$/i.test(value) };
  if (variable.type === "raw" && /^\d{1,15}$/.test(value) && !/version|tag|name|title/.test(variable.name)) return { value: Number(value) };
  return { value };
}

/** Values that could become more than data somewhere on their way (safety 15). */
function unsafe(value: string): string | undefined {
  if (value.length > 10_000) return "the value is too long";
  if (/[\n\r\0]/.test(value)) return "the value has a line break or a NUL";
  if (/\{\{|\{%|\{#/.test(value)) return "templates are not taken from a request";
  if (value.startsWith("-")) return "the value begins with a dash and could be read as an option";
  if (/(?:^|\/)\.\.(?:\/|$)/.test(value)) return "the path leads up out of its folder";
  if (/^!!?\w/.test(value)) return "YAML tags are not taken from a request";
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/\s@]*:[^/\s@]*@/i.test(value))
    return "the address has a password in it: put it into the vault or the inventory";
  if (shellSigns.test(value)) return "the value has shell syntax in it";
  return undefined;
}
