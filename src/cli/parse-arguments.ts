import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { AppError, exitCodes, messageOf } from "../errors.ts";

export interface Arguments {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly words: readonly string[];
}

/** `--name value`, `--name=value` and flags. `optionalValue` names options that may stand without a value (then `""`). Throws `usage` (exit 2). */
export function parseArguments(args: readonly string[], options: ParseArgsOptionsConfig, optionalValue: readonly string[] = []): Arguments {
  const filled = args.map((arg) => (optionalValue.some((name) => arg === `--${name}`) ? `${arg}=` : arg));
  try {
    const { values, positionals } = parseArgs({
      args: filled,
      options: { ...options, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
      strict: true,
    });
    return { values, words: positionals };
  } catch (error) {
    throw usageError(messageOf(error));
  }
}

export function usageError(message: string): AppError {
  return new AppError("usage", message, {
    exitCode: exitCodes.usage,
    help: "`chiffon --help` lists the commands, `chiffon COMMAND --help` its options.",
  });
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
