import type { PlaybookProfile } from "./playbook-profile.ts";
import type { Reading } from "./step-reading.ts";
import { stem } from "./text.ts";
import { saysAct } from "./verb-fit.ts";

// A service has them, but the machine's own playbooks look after them; users, plugins or projects are the service's own matter.
const belongings = new Set("database db certificate cert volume container image dns domain vhost log unit".split(" ").map(stem));

/** "dump the wiki database", "renew the certificate of git": the playbook does that to databases, and the service only says whose. */
export function isBelonging(reading: Reading, entry: PlaybookProfile): boolean {
  const { purposeVerb, verbStems, content } = reading;
  if (purposeVerb === null || reading.isWish || entry.playbook.verb === "deploy") return false;
  const does =
    purposeVerb === "other" ? verbStems.length > 0 && verbStems.every((one) => saysAct(entry, one)) : entry.does.has(purposeVerb);
  return does && content.some((word) => belongings.has(word.stem) && entry.nameWords.has(word.stem));
}
