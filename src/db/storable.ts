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

/** As JSON writes them: NUL and half surrogate pairs; more than those, when a text speaks of them. */
const perhapsUnstorable = /\\u(?:0000|d[89a-f])/i;

/** For a jsonb parameter. Looks through the data only where its text gives a reason: it is called for every event of a run. */
export function storableJson(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const text = JSON.stringify(value);
  return perhapsUnstorable.test(text) ? JSON.stringify(storable(value)) : text;
}
