/**
 * The same data with every text as PostgreSQL can keep it, in text and jsonb columns: no NUL, no half of a surrogate pair (cutting a text
 * in the middle of an emoji leaves one). Without this one such character in foreign text makes the whole statement fail, for ever.
 */
export function storable<T>(value: T): T {
  return clean(value) as T;
}

function clean(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("\0", "\u{fffd}").toWellFormed();
  if (Array.isArray(value)) return value.map(clean);
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [clean(key), clean(one)]));
  return value;
}

/** For a jsonb parameter. */
export function storableJson(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(storable(value));
}
