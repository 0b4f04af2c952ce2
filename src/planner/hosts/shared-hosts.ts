import { wordsOf } from "../../mapping/text.ts";
import { spokenVerb } from "../../mapping/verb-words.ts";
import { objectWords } from "../sentence/clauses.ts";
import type { Draft } from "../sentence/draft.ts";

/** A host said once holds for the steps it was said for: the rest of its sentence, and the list it closes. */
export function shareHosts(drafts: Draft[]): Draft[] {
  for (const [at, draft] of drafts.entries()) {
    if (draft.hosts.length + draft.unknownHosts.length > 0) continue;
    const before = drafts[at - 1];
    // "haproxy on lb1, nginx & varnish on web": two by two, each pair has its own.
    const next = drafts[at + 1];
    const isPair =
      next?.joint === "and" &&
      next.hosts.length > 0 &&
      !next.hasOwnVerb &&
      !draft.hasOwnVerb &&
      draft.joint === "comma" &&
      next.sentence === draft.sentence;
    if (isPair) continue;
    const isBare = objectWords(draft.text).length === 0 && draft.services.length === 0;
    const isList =
      !draft.hasOwnVerb ||
      draft.joint === "and" ||
      draft.joint === "comma" ||
      draft.joint === "then" ||
      draft.joint === "before" ||
      draft.joint === "after" ||
      draft.joint === "but" ||
      isBare;
    if (
      before !== undefined &&
      (before.sentence === draft.sentence || isBare) &&
      isList &&
      (before.hosts.length > 0 || before.unknownHosts.length > 0)
    ) {
      draft.hosts = before.hosts.filter((name) => !name.startsWith("!") || before.hosts.some((other) => !other.startsWith("!")));
      draft.unknownHosts = [...before.unknownHosts];
    }
  }
  for (let at = drafts.length - 2; at >= 0; at -= 1) {
    const draft = drafts[at];
    const after = drafts[at + 1];
    if (
      draft === undefined ||
      after === undefined ||
      draft.hosts.length + draft.unknownHosts.length > 0 ||
      after.sentence !== draft.sentence
    )
      continue;
    // "new machine wren5 at 10.0.0.5, then docker on wren2": that machine is not this one.
    if (/\b(?:new|neue[nrs]?|nueva|nuevo|nouvelle|nouveau)\s+(?:machine|box|host|server|node|vm|rechner|m[aá]quina)\b/i.test(draft.text))
      continue;
    // "back up nextcloud, then restart it on nas01": it stands in one place.
    const isSame = after.isPronoun === true && after.services.length === 0;
    if (isSame || !after.hasOwnVerb || (/^(?:and|comma)$/.test(after.joint) && sameVerb(draft, after))) {
      draft.hosts = [...after.hosts];
      draft.unknownHosts = [...after.unknownHosts];
    }
  }
  return drafts;
}

const sameVerb = (a: Draft, b: Draft): boolean => spokenVerb(wordsOf(a.text))?.verb === spokenVerb(wordsOf(b.text))?.verb;
