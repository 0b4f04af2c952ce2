import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { AppError, exitCodes } from "../errors.ts";
import { nearestWord } from "./nearest-word.ts";
import { oneLine } from "./table.ts";

export interface Arguments {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly words: readonly string[];
}

/** `--name value`, `--name=value` and flags. `optionalValue` names options that may stand without a value (then `""`). Throws `usage` (exit 2). */
export function parseArguments(args: readonly string[], options: ParseArgsOptionsConfig, optionalValue: readonly string[] = []): Arguments {
  const filled = args.map((arg) => (optionalValue.some((name) => arg === `--${name}`) ? `${arg}=` : arg));
  const known: ParseArgsOptionsConfig = { ...options, help: { type: "boolean", short: "h" } };
  // Not strict: Node's own messages explain Node's rules, not this command.
  const { values, positionals, tokens } = parseArgs({ args: filled, options: known, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    if (option === undefined) throw unknownOption(filled[token.index] ?? token.rawName, Object.keys(known));
    const { rawName, value, inlineValue } = token;
    if (option.type === "boolean" && value !== undefined) throw usageError(`${rawName} takes no value`);
    if (option.type !== "string") continue;
    if (value === undefined) throw usageError(`${rawName} needs a value`);
    if (value.startsWith("-") && inlineValue !== true)
      throw usageError(`${rawName} needs a value; one that begins with a dash is written ${rawName}=${oneLine(value, 40)}`);
  }
  return { values, words: positionals };
}

/** With the option that was probably meant. */
function unknownOption(arg: string, known: readonly string[]): AppError {
  if (/\s/.test(arg)) return usageError(`"${oneLine(arg, 40)}" reads as an option; a text that begins with a dash goes after --`);
  const name = arg.replace(/=.*$/s, "");
  const meant = nearestWord(name.replace(/^-+/, ""), known);
  return usageError(`unknown option ${oneLine(name, 40)}${meant === undefined ? "" : `; did you mean --${meant}?`}`);
}

/** Whoever shows it adds how to get the command's help. */
export function usageError(message: string): AppError {
  return new AppError("usage", message, { exitCode: exitCodes.usage });
}

export function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A whole number within bounds. Throws `usage`. */
export function numberOf(value: string | boolean | undefined, name: string, fallback: number, most = 10_000): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > most) throw usageError(`--${name} takes a whole number from 1 to ${most}`);
  return number;
}
