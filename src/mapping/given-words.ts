import type { Word } from "./text.ts";

// Words of a step that are somebody's own names and values: they say nothing about which playbook is meant.

/** Numbers, versions, paths, addresses, domains, names with digits or underscores. */
export function isValueWord(word: string): boolean {
  return (
    /^[\d.:/~]+$|^[/~]|[=@]|:\/\/|^v?\d+[\d.]*\w?$|^-|^\d+[a-z%]{1,3}$/.test(word) ||
    // "shop.example", "t.becker", "stor1:/export": dots, colons and slashes inside.
    /^[\p{L}\p{N}_-]+[.:/][\p{L}\p{N}_./:-]*[\p{L}\p{N}]$/u.test(word) ||
    /^\p{L}+_[\p{L}\p{N}_]+$/u.test(word) ||
    // The id of a job.
    /^[a-z0-9_-]+_\d{10}_[0-9a-f]{8}$/.test(word) ||
    /^\p{L}{2,}[\p{L}-]*-?\d[\p{L}\d-]*$/u.test(word)
  );
}

/** "user petra", "the account of omar", "a folder called music", "reason fan replacement". */
export function isGivenName(words: readonly Word[], at: number): boolean {
  const before = words[at - 1]?.lower ?? "";
  if (nameMarks.has(before)) return true;
  if (owners.has(before)) return true;
  let place = at - 1;
  while (place > 0 && /^(?:of|for|from|von|vom|de|del|du|pour|para|fur|der|die|den|the|our|new|la|le|el|named|called|colleague|teacher|pupil|student|member|employee|intern|user|customer|client|mister|mr|mrs|ms|dr|prof|neuen|profesor|profesora)$/.test(words[place]?.lower ?? "")) place -= 1;
  return place < at - 1 && owners.has(words[place]?.lower ?? "");
} // prettier-ignore

const nameMarks = new Set(
  "named called namens genannt llamado llamada nomme nommee tagged labelled labeled because reason ssid".split(" "),
);

const owners = new Set(
  "user users username account accounts login logins access benutzer benutzerkonto usuario cuenta utilisateur compte konto colleague person employee member student pupil teacher intern mailbox postfach buzon".split(
    " ",
  ),
);
