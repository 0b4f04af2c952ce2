/**
 * Ansible's host patterns (`all:!db`, `web*`, `~web.*`, `web[1:3]`, `@file`) in what a person says. Read word by word, "on all:!db" would come
 * out as "on db": such a text is not taken at all.
 */
export function hasHostPattern(text: string): boolean {
  const plain = text.replace(/"[^"]*"|(?<=^|[\s=:(])'[^'\n]*'/g, " ");
  return (
    /\w:[!&]\s?\w|\w\[\d*:\d*\]|(?:^|[\s-])(?:on|onto|at|from|only|except|limit|auf|en|sur)[\s=]+(?:[!&~@]\S|\S*\*|\[?::1\b)/i.test(
      plain,
    ) ||
    // What stands behind these is a place less often: a name with a star is one, "~/backups", "@anna", "**bold**" and "*.example.org" are none.
    /(?:^|\s)(?:to|von|vom|de|del|desde|a|bei|depuis)\s+(?:~\.|\w[\w.-]*\*(?!\*)|\*(?=[\s,;]|$))/i.test(plain)
  );
}

export const noHostPatterns = "host patterns are not taken from a message: name hosts or groups of the inventory, one by one";
