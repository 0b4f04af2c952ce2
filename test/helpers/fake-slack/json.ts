/** Untyped JSON of the wire, read with care: the double must not fall over what a wrong bot sends. */
export type Json = Record<string, unknown>;

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
export function object(value: unknown): Json {
  return isJson(value) ? value : {};
}
export function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}
export function string(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** Web API arguments come as JSON, or urlencoded with JSON strings inside. */
export function parseArguments(contentType: string, body: Buffer): Json {
  const text = body.toString("utf8");
  if (contentType.startsWith("application/json")) return object(tryParse(text));
  const args: Json = {};
  for (const [key, value] of new URLSearchParams(text)) {
    args[key] = /^(blocks|view|metadata|attachments|files)$/.test(key) ? (tryParse(value) ?? value) : value;
  }
  return args;
}

export function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
