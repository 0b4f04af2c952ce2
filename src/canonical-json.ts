import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { AppError } from "./errors.ts";

/** RFC 8785 canonical JSON. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new AppError("not-json", "the value cannot be written as JSON");
  return text;
}

/** SHA-256 over the canonical JSON, 64 hex digits. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
