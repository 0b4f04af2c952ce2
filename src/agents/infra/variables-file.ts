import { writeFile } from "node:fs/promises";
import { AppError, exitCodes } from "../../errors.ts";

/**
 * Writes variables for `-e @file`, readable only by us. Strings are marked `!unsafe`: ansible would otherwise evaluate `{{ … }}` in them,
 * and even a bare word where it stands as a condition.
 */
export async function writeVariablesFile(path: string, variables: Readonly<Record<string, unknown>>): Promise<void> {
  for (const name of Object.keys(variables)) checkName(name);
  await writeFile(path, variablesYaml(variables), { mode: 0o600, flag: "wx" });
}

/** YAML in JSON's clothes, ASCII only, so that no character and no quote can change its structure. */
function variablesYaml(variables: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(variables).map(([name, value]) => `${quote(name)}: ${yamlValue(value)}`);
  return lines.length === 0 ? "{}\n" : `${lines.join("\n")}\n`;
}

const plainWords = /^(?:true|false|yes|no|on|off|[0-9]{1,15})$/i;

function yamlValue(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberText(value);
  // `when: flag` with the string "true" is common, and newer ansible refuses an unsafe condition.
  if (typeof value === "string") return plainWords.test(value) ? quote(value) : `!unsafe ${quote(value)}`;
  if (Array.isArray(value)) return `[${value.map(yamlValue).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value)
      .map(([key, inner]) => `${quote(key)}: ${yamlValue(inner)}`)
      .join(", ")}}`;
  }
  throw refused(`a value of type ${typeof value} cannot be given to ansible`);
}

/** YAML 1.1 takes 1e+21 without a dot for text. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) throw refused("a number that is not finite cannot be given to ansible");
  const text = String(value);
  return text.includes("e") && !text.includes(".") ? text.replace("e", ".0e") : text;
}

function quote(text: string): string {
  const ascii = JSON.stringify(text.toWellFormed()).replace(/[\u007F-\u{10FFFF}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return ascii;
}

/** Variables that decide how ansible connects are the inventory's, never a request's. */
function checkName(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw refused(`${JSON.stringify(name)} is no variable name`);
  if (/^ansible_/i.test(name)) throw refused(`${name} is ansible's own setting and cannot be given with a request`);
}

function refused(message: string): AppError {
  return new AppError("variable-refused", message, { exitCode: exitCodes.notApproved });
}
