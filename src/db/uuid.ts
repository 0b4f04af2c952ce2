/** PostgreSQL throws on anything else where a uuid stands; ids come from links and buttons too. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
