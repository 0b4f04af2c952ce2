import type { CatalogProfile, PlaybookProfile } from "./playbook-profile.ts";
import type { Scored } from "./ranked-playbooks.ts";
import type { Reading } from "./step-reading.ts";
import { havingVerbs } from "./verb-fit.ts";

/**
 * Who says only what kind of thing is wanted ("serve a language model", "comic and ebook server") has not chosen between the services that
 * are of that kind. The other ones, if there are any; the words that only the best one explains do not count as a choice.
 */
export function alsoMeant(reading: Reading, best: PlaybookProfile, profile: CatalogProfile): PlaybookProfile[] {
  if (!havingVerbs.has(reading.verb) || best.playbook.verb !== "deploy" || reading.concepts.size === 0) return [];
  const strong = [...reading.concepts].filter(([, said]) => said.strength >= clear);
  const own = strong.filter(([concept]) => (best.concepts.get(concept) ?? 0) >= central);
  const [first] = own;
  if (first === undefined) return [];
  const isOnly = strong.every(([concept]) => best.concepts.has(concept));
  const rivals = (concept: string): readonly PlaybookProfile[] =>
    (profile.byConcept.get(concept) ?? []).filter(
      (entry) => entry !== best && entry.playbook.verb === "deploy" && (entry.concepts.get(concept) ?? 0) >= central,
    );
  // All that is said is what several are for.
  const same = isOnly && saysLittleElse(reading, own) ? rivals(first[0]).filter((entry) => own.every(([concept]) => (entry.concepts.get(concept) ?? 0) >= central)) : []; // prettier-ignore
  // "comic and ebook server": a second kind that the best one is not for.
  const stems = new Set(own.flatMap(([, said]) => [...said.stems]));
  const others = joinsKinds(reading)
    ? strong
        .filter(([concept, said]) => !best.concepts.has(concept) && [...said.stems].every((stem) => !stems.has(stem)))
        .flatMap(([concept]) => rivals(concept))
    : [];
  return [...new Set([...same, ...others])];
}

/** The best guess and its equals, none of them sure enough to be taken. */
export function asked(ranked: readonly Scored[], equals: readonly PlaybookProfile[]): Scored[] {
  const [best, ...rest] = ranked;
  if (best === undefined || equals.length === 0) return [...ranked];
  const equal = equals.slice(0, 3).map((profile) => ({ profile, confidence: undecided - 0.01 }));
  return [{ profile: best.profile, confidence: Math.min(best.confidence, undecided) }, ...equal, ...rest.filter((entry) => !equals.includes(entry.profile)).map((entry) => ({ ...entry, confidence: Math.min(entry.confidence, 0.6) }))];
} // prettier-ignore

const clear = 0.8;
const central = 0.85;
const undecided = 0.7;

const saysLittleElse = (reading: Reading, own: readonly (readonly [string, { readonly stems: ReadonlySet<string> }])[]): boolean => {
  const said = new Set(own.flatMap(([, one]) => [...one.stems]));
  return reading.content.filter((word) => !said.has(word.stem)).length <= 1;
};

const joinsKinds = ({ words }: Reading): boolean => words.length <= 5 && words.some((word) => /^(?:and|und|y|et|plus)$/.test(word.lower));
