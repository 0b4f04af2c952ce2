import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { AppError, exitCodes, messageOf } from "../errors.ts";

/** One JSON document a line; empty lines are skipped, a wrong one is named. */
export async function readJsonLines<T>(file: string, schema: z.ZodType<T>): Promise<T[]> {
  const lines = (await readText(file)).split("\n");
  return lines.flatMap((line, at) => {
    if (line.trim() === "") return [];
    try {
      return [schema.parse(JSON.parse(line))];
    } catch (error) {
      throw invalid(`${file}, line ${at + 1}: ${messageOf(error)}`);
    }
  });
}

export async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await readAnyJson(file));
  if (parsed.success) return parsed.data;
  throw invalid(`${file} is not as expected: ${parsed.error.issues[0]?.message ?? ""}`);
}

export async function readAnyJson(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`${file} is not JSON: ${messageOf(error)}`);
  }
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw new AppError("eval-file-missing", `cannot read ${file}`, { cause: error, exitCode: exitCodes.usage });
  });
}

const invalid = (message: string): AppError => new AppError("eval-file-invalid", message, { exitCode: exitCodes.usage });
