/** `*` stands for anything within a folder, `**` for anything, `?` for one character. */
export function fits(pattern: string, text: string): boolean {
  const source = pattern.replace(/\*\*|[*?]|[\\^$.|+()[\]{}]/g, (part) =>
    part === "**" ? ".*" : part === "*" ? "[^/]*" : part === "?" ? "[^/]" : `\\${part}`,
  );
  return new RegExp(`^(?:${source})$`, "su").test(text);
}
