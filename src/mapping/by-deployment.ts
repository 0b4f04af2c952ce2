import { explainedShare, isBeside, quote, unexplained, variableShare } from "./explained-words.ts";
import { acceptThreshold } from "./mapping.ts";
import type { CatalogProfile, PlaybookProfile } from "./playbook-profile.ts";
import { clamp, type Detailed, type NamedResult } from "./ranked-playbooks.ts";
import type { Verb } from "./playbook.ts";
import type { ServiceMention } from "./service-names.ts";
import type { Reading } from "./step-reading.ts";
import { nameKey, nameParts, stem } from "./text.ts";

export function byDeployment(reading: Reading, profile: CatalogProfile, mention: ServiceMention, own: Detailed): NamedResult {
  // "transmission with vpn": the longer name counts when it explains more of the words.
  const most = Math.max(0, ...own.map((entry) => entry.explained));
  const longer =
    reading.content.length === 0
      ? []
      : mention.related
          .flatMap((service) => profile.byService.get(service) ?? [])
          .map((entry) => ({ entry, explained: explainedShare(reading, entry, profile) }));
  const detailed = [...own, ...longer.filter((entry) => entry.explained > most)];
  const deploying = detailed.filter(
    ({ entry }) => ["deploy", "create"].includes(entry.playbook.verb) || (reading.verb === null && entry.playbook.verb !== "remove"),
  );
  if (deploying.length === 0)
    return {
      decided: false,
      ranked: detailed.map(({ entry }) => ({ profile: entry, confidence: 0.3 })),
      why: `'${mention.name}' is known, but no playbook deploys it`,
    };
  const scored = deploying
    .map(({ entry, explained }) => ({
      entry,
      explained,
      value: explained + (entry.playbook.verb === "deploy" ? 0.3 : 0) + (isCalledSo(reading, mention, entry) ? 0.3 : 0),
    }))
    .sort((a, b) => b.value - a.value);
  const [best, second] = scored;
  if (best === undefined) return { decided: false, ranked: [], why: "" };
  const strange = unexplained(reading, [best.entry], profile);
  // "gitlab runner" is not GitLab: a strange word right beside the name may well change what is meant.
  const beside = strange.some((word) => isBeside(reading, mention, word.at));
  const strangeStems = new Set(strange.map((word) => word.stem));
  const better = beside
    ? detailed.find(
        ({ entry }) =>
          !["deploy", "remove"].includes(entry.playbook.verb) &&
          ["configure", "add", "create"].includes(entry.playbook.verb) &&
          [...strangeStems].every((word) => entry.words.has(word)),
      )
    : undefined;
  if (better !== undefined) {
    return {
      decided: true,
      ranked: [
        { profile: better.entry, confidence: clamp(0.93 * mention.quality) },
        { profile: best.entry, confidence: 0.5 },
      ],
      why: `matched the name '${mention.name}' and the words ${quote(reading, better.entry)}`,
    };
  }
  // "bacula with 24 tapes": what it can be told itself.
  const isOwn = reading.content.length > 0 && variableShare(reading, best.entry) === 1;
  const sibling = isOrderToDeploy(reading) || isOwn ? undefined : ofSameService(reading, own, mention);
  if (sibling !== undefined)
    return {
      decided: true,
      ranked: [
        { profile: sibling, confidence: clamp(0.93 * mention.quality) },
        { profile: best.entry, confidence: 0.5 },
      ],
      why: `matched the name '${mention.name}' and what '${sibling.playbook.name}' is about`,
    };
  const isRoleSaid = reading.words.slice(mention.from).some((word) => roleWords.has(word.lower));
  const fellow =
    reading.content.length === 0 && !isRoleSaid
      ? (fellowOf(mention, best.entry, profile) ??
        (reading.verb === null && !reading.hasHosts ? namesakeOf(reading, mention, best.entry, profile) : undefined))
      : undefined;
  if (fellow !== undefined)
    return {
      decided: true,
      ranked: [best.entry, fellow].map((entry) => ({ profile: entry, confidence: 0.8 })),
      why: `'${mention.name}' may be '${best.entry.playbook.name}' or '${fellow.playbook.name}'`,
    };
  const isClose = second !== undefined && best.value - second.value < 0.1;
  const penalty =
    (isOnlySpokenOf(reading, mention, strange.length) ? 0.2 : 0) +
    (isClose ? 0.25 : 0) +
    (beside ? 0.16 : 0) +
    (mention.quality < 0.95 ? Math.min(0.3, 0.08 * strange.length) : Math.min(0.14, 0.04 * strange.length));
  const confidence = clamp(0.98 * mention.quality - penalty);
  return {
    decided: confidence >= acceptThreshold || isClose,
    ranked: scored.map((entry, at) => ({
      profile: entry.entry,
      confidence: at === 0 ? confidence : confidence * 0.6 * (isClose ? 1.6 : 1),
    })),
    why: `matched the name '${mention.name}'${reading.verb === null ? "" : ` and the verb ${reading.verb}`}${beside ? `, but '${strange.map((word) => word.stem).join(" ")}' is not explained` : ""}`,
  };
}

/** "release 5.17" where one of a service's playbooks is `release`. */
const isCalledSo = ({ words }: Reading, { from, to, isTitle }: ServiceMention, { playbook }: PlaybookProfile): boolean => {
  const said = nameKey(words.slice(from, to).map((word) => word.lower).join("")); // prettier-ignore
  return isTitle && [playbook.name, playbook.id.split("/").at(-1) ?? ""].some((name) => nameKey(name) === said);
};

/** "badge for the visitor at two", "vault the box of the old contracts": nothing is ordered, and most of it is about something else. */
const isOnlySpokenOf = ({ verb }: Reading, { isTitle }: ServiceMention, strange: number): boolean =>
  (verb === null || verb === "run") && strange > (isTitle ? 0 : 2);

const isOrderToDeploy = ({ verb, isWish, verbStems }: Reading): boolean =>
  verb === "deploy" && !isWish && verbStems.some((stem) => !["put", "set", "get"].includes(stem));

/** "a gitlab runner token called x": the service's other playbook whose own nouns were all said, when only one is so. */
function ofSameService(reading: Reading, own: Detailed, { name }: ServiceMention): PlaybookProfile | undefined {
  const said = new Set(reading.content.map((word) => word.stem));
  const called = new Set(nameParts(name).map(stem));
  const meant = own.filter(({ entry }) => {
    if (!makingVerbs.has(entry.playbook.verb)) return false;
    return entry.titles.some(({ nouns }) => {
      const others = nouns.filter((noun) => !called.has(noun));
      return others.length > 0 && others.every((noun) => said.has(noun));
    });
  });
  return meant.length === 1 ? meant[0]?.entry : undefined;
}

const makingVerbs = new Set<Verb>(["configure", "add", "create", "run"]);

/** "munin", where there are a "Munin server" and a "Munin node": half of either title, and the other half was not said. */
function fellowOf({ name, related }: ServiceMention, best: PlaybookProfile, profile: CatalogProfile): PlaybookProfile | undefined {
  const first = nameParts(name)[0];
  const rolesOf = (entry: PlaybookProfile): readonly string[] => nameParts(entry.playbook.name.replaceAll(/\([^)]*\)/g, "")).slice(1);
  const isHalf = (entry: PlaybookProfile): boolean =>
    nameParts(entry.playbook.name)[0] === first && rolesOf(entry).length === 1 && roleWords.has(rolesOf(entry)[0] ?? "");
  if (!isHalf(best)) return undefined;
  return related.flatMap((service) => profile.byService.get(service) ?? []).find((entry) => entry !== best && isHalf(entry));
}

/** "the floodlight", where one playbook deploys its control and another one switches it. */
function namesakeOf(
  { words }: Reading,
  mention: ServiceMention,
  best: PlaybookProfile,
  profile: CatalogProfile,
): PlaybookProfile | undefined {
  if (!mention.isTitle) return undefined;
  const said = words.slice(mention.from, mention.to).map((word) => profile.stemOf(word));
  return [...profile.byId.values()].find(
    (entry) =>
      entry !== best && entry.playbook.verb !== "deploy" && entry.titles.some(({ nouns }) => said.every((noun) => nouns.includes(noun))),
  );
}

const roleWords = new Set("server client agent node master worker controller daemon manager proxy".split(" "));
