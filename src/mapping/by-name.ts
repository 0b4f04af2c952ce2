import { byDeployment } from "./by-deployment.ts";
import { bySetting } from "./by-setting.ts";
import { explainedShare, genericNouns, isBeside, ownWordShare, quote, unexplained } from "./explained-words.ts";
import type { CatalogProfile, PlaybookProfile } from "./playbook-profile.ts";
import type { Verb } from "./playbook.ts";
import { clamp, type NamedResult } from "./ranked-playbooks.ts";
import type { ServiceMention } from "./service-names.ts";
import type { Reading } from "./step-reading.ts";
import { nameParts, stem, wordsOf } from "./text.ts";
import { havingVerbs, saysAct, settingVerbs } from "./verb-fit.ts";
import { type SpokenVerb, verbAt } from "./verb-words.ts";

/** By the service's name and the verb, as whole words. */
export function byName(reading: Reading, profile: CatalogProfile, anyVerb: boolean): NamedResult | undefined {
  const verb = reading.verb;
  const isOperation = verb !== null && verb !== "deploy" && !settingVerbs.has(verb);
  const mention = reading.object ?? (isOperation || settingVerbs.has(verb) ? reading.mentions[0] : undefined);
  if (mention === undefined && reading.allMentions > reading.mentions.length && reading.content.length === 0)
    return {
      decided: true,
      ranked: profile.general.filter((entry) => entry.playbook.verb === verb).map((entry) => ({ profile: entry, confidence: 0.5 })),
      why: "an exception was named, and no playbook takes exceptions",
    };
  if (mention === undefined && reading.content.every((word) => genericNouns.has(word.stem))) return byVerb(reading, profile);
  if (mention === undefined) return reading.context === undefined ? undefined : byContext(reading, profile);
  const isSpoiled = reading.isComplaint || reading.mentions.length < reading.allMentions;
  const own = mention.services.flatMap((service) => profile.byService.get(service) ?? []);
  const detailed = own.map((entry) => ({ entry, explained: explainedShare(reading, entry, profile) }));
  if (settingVerbs.has(verb) || (verb === "update" && reading.content.length > 0)) {
    const result = bySetting(reading, profile, mention, detailed);
    if (result !== undefined) return result;
  }
  if (isSpoiled && !anyVerb) {
    const general = profile.general.filter((entry) => entry.playbook.verb === (verb ?? "restart"));
    return {
      decided: true,
      ranked: [...general, ...own].map((entry, at) => ({ profile: entry, confidence: at === 0 ? 0.6 : 0.4 })),
      why: reading.isComplaint
        ? `'${mention.name}' and something wrong with it, but not what to do`
        : "an exception was named, and no playbook takes exceptions",
    };
  }
  if (havingVerbs.has(verb) || anyVerb) return byDeployment(reading, profile, mention, detailed);
  const literal = verb === "other" ? own.filter((entry) => reading.verbStems.length > 0 && reading.verbStems.every((said) => saysAct(entry, said))) : []; // prettier-ignore
  if (literal.length === 1)
    return {
      decided: true,
      ranked: literal.map((entry) => ({ profile: entry, confidence: clamp(0.95 * mention.quality) })),
      why: `matched the name '${mention.name}' and the verb '${reading.verbStems.join(" ")}' in its name`,
    };
  const specific = own.filter(
    (entry) => verb !== null && verb !== "other" && entry.does.has(verb) && entry.subjectVariable === undefined && isOfWhole(reading, entry, mention),
  ); // prettier-ignore
  if (specific.length > 0) {
    const ranked = specific.map((entry) => ({
      profile: entry,
      confidence: clamp(0.97 * mention.quality - (specific.length > 1 ? 0.2 : 0)),
    }));
    return { decided: specific.length === 1, ranked, why: `matched the name '${mention.name}' and the verb ${verb ?? ""}` };
  }
  const general = generalFor(reading, profile);
  const first = general[0];
  // Something that is not deployed from here cannot be told from a slip: it is asked about.
  const isDeployed = own.some((entry) => entry.playbook.verb === "deploy" || entry.playbook.verb === "create");
  if (first !== undefined && mention.services.length === 1 && isDeployed) {
    const strange = unexplained(reading, [first, ...own], profile);
    const beside = strange.some((word) => isBeside(reading, mention, word.at)) || isEngineOf(first, own);
    // "a nightly backup of it with duplicati": by means of another service.
    const means = reading.mentions.some((other) => /^(?:with|using|via|by|through|mit|con|avec)$/.test(reading.words[other.from - 1]?.lower ?? "")); // prettier-ignore
    const isOther = means || isInside(reading, mention) || (verb === "backup" && own.some(isForBackups));
    const confidence = clamp(
      0.95 * mention.quality - (isOther ? 0.25 : 0) - (general.length > 1 ? 0.2 : 0) - (strange.length > 1 || beside ? 0.12 : 0),
    );
    return {
      decided: true,
      ranked: general.map((entry) => ({ profile: entry, confidence })),
      why: `matched the verb ${verb ?? ""}, with '${mention.name}' as the service`,
    };
  }
  // Nothing only starts it: what restarts it is the nearest there is.
  const nearby = verb === "start" ? profile.general.filter((entry) => entry.playbook.verb === "restart") : [];
  const known = [
    ...nearby.map((entry) => ({ profile: entry, confidence: 0.5 })),
    ...own.map((entry) => ({ profile: entry, confidence: 0.18 })),
  ];
  return {
    decided: false,
    ranked: known,
    why: `'${mention.name}' is known, but no playbook does "${verb === "other" || verb === null ? "that" : verb}" with it`,
  };
}

/** "uninstall icecast" is no order for "Stream mount", which removes one mount of it. */
function isOfWhole({ verb, words, content }: Reading, { titles }: PlaybookProfile, { name, from, to }: ServiceMention): boolean {
  if (verb !== "remove" && verb !== "show" && verb !== "check") return true;
  const said = new Set([...nameParts(name).map(stem), ...words.slice(from, to).map((word) => stem(word.lower)), ...content.map((word) => word.stem)]);
  return titles.some(({ nouns, verbs }) =>
    nouns.length > 0 ? nouns.every((noun) => said.has(noun) || ofAnyService.has(noun)) : verbs.some((one) => verbAt(wordsOf(one), 0)?.verb === verb),
  );
} // prettier-ignore

const ofAnyService = new Set("health status state report log usage info list version test service app application container data".split(" ").map(stem)); // prettier-ignore

/** Playbooks for any service that do this: those that do nothing else come before those whose variable says what they do ("Starts, stops or reloads a unit"). */
function generalFor({ verb, verbStems }: Reading, profile: CatalogProfile): readonly PlaybookProfile[] {
  if (verb === null) return [];
  if (verb === "other")
    return verbStems.length === 0 ? [] : profile.general.filter((entry) => verbStems.every((said) => entry.acts.has(said)));
  const only = profile.general.filter((entry) => entry.playbook.verb === verb);
  return only.length > 0 ? only : profile.general.filter((entry) => entry.does.has(verb));
}

/** "reboot web1", "patch staging": a verb and hosts, and one playbook that does it to whole hosts. */
function byVerb(reading: Reading, profile: CatalogProfile): NamedResult | undefined {
  const { verb } = reading;
  if (verb === "other") return byOwnVerb(reading, profile);
  const namesakes = ofGroupsName(reading, profile);
  if (namesakes.length > 0)
    return {
      decided: true,
      ranked: namesakes.map((entry) => ({ profile: entry, confidence: 0.8 })),
      why: "the hosts are called as what a playbook is about",
    };
  if (verb === null || havingVerbs.has(verb)) return undefined;
  const doing = [...profile.byId.values()].filter((entry) => entry.playbook.verb === verb && !profile.isDeployed(entry.playbook));
  const wide = doing.filter((entry) => entry.subjectVariable === undefined);
  // "Wake computers": its title has nothing but the verb; "unlock room3" is no order for "Whitelist", though both change a setting.
  const bare = (wide.length > 0 ? wide : doing).filter(
    (entry) =>
      entry.titles.some((title) => title.nouns.length === 0) &&
      (verb !== "configure" || reading.verbStems.every((stem) => saysAct(entry, stem))),
  );
  const whole = bare.length > 0 ? bare : wide;
  // "open 443", "remove the user olaf": what it is about is said, if not by a word of its own.
  if (!wholeHostVerbs.has(verb) && (reading.concepts.size > 0 || (bare.length === 0 && reading.content.length > 0))) return undefined;
  // Updating a machine means its packages, whatever else the catalog can upgrade.
  const packages = verb === "update" ? whole.filter((entry) => (entry.concepts.get("system-updates") ?? 0) > 0.5) : [];
  const fitting = packages.length > 0 ? packages : whole.length > 0 ? whole : doing;
  const onlyLooks = verb === "check" || verb === "show";
  // "back up web1" is no order for "Back up a database": its own noun was not said.
  const isKnown = bare.length > 0 || packages.length > 0 || (onlyLooks && !isOfSomethingElse(fitting[0])) || verb === "reboot";
  // "update web01", where services are updated too: the machine's packages, or what runs on it?
  const isEither = verb === "update" && reading.hostStems.length === 1 && reading.isOneHost && profile.general.some((entry) => entry.playbook.verb === "update"); // prettier-ignore
  const isSure =
    isKnown &&
    !isEither &&
    !isVagueOrder(reading) &&
    // "drain kw3, patch it, put it back": nobody named what is to be restored.
    verb !== "restore" &&
    // "clean up web1" where containers and logs are cleaned by playbooks of their own.
    (verb !== "clean" || wide.length === 1) &&
    fitting.length === 1 &&
    !isUnsaidService(verb, fitting[0]) &&
    !isOfSomeUnit(reading) &&
    (reading.hasHosts || onlyLooks) &&
    !isUnnamedService(reading);
  const confidence = isSure ? 0.93 : 0.6;
  const others = [...profile.byId.values()].filter((entry) => entry.does.has(verb) && !fitting.includes(entry));
  return {
    decided: fitting.length + others.length > 0,
    ranked: [
      ...fitting.map((entry) => ({ profile: entry, confidence })),
      ...others.map((entry) => ({ profile: entry, confidence: fitting.length === 0 ? 0.5 : 0.4 })),
    ],
    why: `matched the verb ${verb ?? ""}${reading.hasHosts ? " and the hosts" : ", but no hosts are named"}`,
  };
}

/** "restart the pms" where a group is called pms and a playbook "Restart pms": that one, or the machines? */
const ofGroupsName = ({ verb, hostStems, content, words }: Reading, profile: CatalogProfile): readonly PlaybookProfile[] =>
  content.length > 0 || verb === null || verb === "other" || !words.some((word) => articles.test(word.lower))
    ? []
    : [...profile.byId.values()].filter(
        ({ does, titles, playbook }) =>
          playbook.verb !== "deploy" &&
          (does.has(verb) || (verb === "reboot" && does.has("restart"))) &&
          titles.some(({ nouns }) => nouns.length > 0 && nouns.every((noun) => hostStems.includes(noun))),
      );

/** Left of "the pms"; of "all app servers" nothing is left. */
const articles = /^(?:the|our|der|die|das|el|la|le)$/;

/** "power off web1": a playbook that stops one service of a machine cannot be meant. */
const isUnsaidService = (verb: SpokenVerb, entry: PlaybookProfile | undefined): boolean =>
  (verb === "stop" || verb === "start" || verb === "restart") && entry?.subjectVariable !== undefined;

/** "refresh lab2", "restart web1's thing": something of it, or all of it? */
const isVagueOrder = ({ verbStems, words }: Reading): boolean =>
  verbStems.includes("refresh") || words.some((word) => /^(?:things?|thingy|stuff|ding|dings|cosa|truc|machin)$/.test(word.lower));

/** "drain kw1": a verb of no class that stands in the name of exactly one playbook. */
function byOwnVerb(reading: Reading, profile: CatalogProfile): NamedResult | undefined {
  if (reading.purposeVerb !== "other" || reading.verbStems.length === 0) return undefined;
  const named = [...profile.byId.values()].filter((entry) => reading.verbStems.every((said) => saysAct(entry, said)));
  if (named.length === 0) return undefined;
  return {
    decided: true,
    ranked: named.map((entry) => ({ profile: entry, confidence: named.length === 1 && reading.hasHosts ? 0.93 : 0.6 })),
    why: `matched the verb '${reading.verbStems.join(" ")}' in its name`,
  };
}

/** "delete the user Tom in bookstack": something of the service shall go, not the service. */
function isInside({ verb, words, content }: Reading, mention: ServiceMention): boolean {
  if (verb !== "remove" && verb !== "clean") return false;
  let before = mention.from - 1;
  while (/^(?:the|our|my|a|an|this|that|der|dem|den|die|das|la|el|le|les|los)$/.test(words[before]?.lower ?? "")) before -= 1;
  return /^(?:in|inside|from|of|on|at|im|aus|von|vom|auf|en|de|del|du|dans|sur)$/.test(words[before]?.lower ?? "") && content.some(({ at }) => at < before);
} // prettier-ignore

/** "duplicati should back up /srv": a service for backups does them, it is not what is saved. */
const isForBackups = ({ playbook, concepts }: PlaybookProfile): boolean =>
  playbook.verb === "deploy" && [...concepts].some(([concept, central]) => central >= 0.85 && concept.endsWith("-backup") && concept !== "restore-backup"); // prettier-ignore

/** A playbook that works on containers does not restart the engine that runs them. */
const isEngineOf = (general: PlaybookProfile, own: readonly PlaybookProfile[]): boolean =>
  /\bcontainers?\b/i.test(general.playbook.description) &&
  own.some((entry) => entry.concepts.has("container-engine") && entry.playbook.verb === "deploy");

/** "back up a service": which one was not said. */
const isUnnamedService = (reading: Reading): boolean =>
  reading.words.some(
    (word, at) =>
      /^(?:service|services|app|application|container|stack|dienst|servicio|service|anwendung|aplicacion)$/.test(word.lower) &&
      /^(?:a|an|one|some|any|the|ein|einen|un|una|une|el|le|den|die)$/.test(reading.words[at - 1]?.lower ?? ""),
  );

/** "how full is web1" is no order for "Licence usage": a look at a machine is at its state. */
const isOfSomethingElse = (entry: PlaybookProfile | undefined): boolean =>
  entry !== undefined && !entry.titles.some(({ nouns }) => nouns.every((noun) => ofAnyService.has(noun) || ofMachines.has(noun)));
const ofMachines = new Set("host machine server node system fact check disk uptime load memory overview".split(" ").map(stem));

/** "restart apache2 on web1", "stop php8.2-fpm": no whole machine. */
function isOfSomeUnit({ words, verbStems }: Reading): boolean {
  const verb = words.findIndex((word) => verbStems.includes(stem(word.lower)));
  const object = words.slice(verb + 1).find((word) => !articles.test(word.lower))?.lower ?? "";
  return verb !== -1 && /\p{L}/u.test(object) && /\d/.test(object) && !/^\d+[a-z%]+$/.test(object);
}

const wholeHostVerbs = new Set<SpokenVerb | null>(["reboot", "update", "backup", "check", "show", "clean", "renew", "rotate"]);

/** "… and add the existing portals to the config": the service comes from the step before. */
function byContext(reading: Reading, profile: CatalogProfile): NamedResult | undefined {
  const mentions = profile.names.mentionsIn(wordsOf(reading.context ?? ""));
  const mention = mentions[0];
  if (mention === undefined || reading.verb === null || reading.verb === "other" || reading.content.length === 0) return undefined;
  const entries = mention.services.flatMap((service) => profile.byService.get(service) ?? []);
  const fitting = entries
    .filter((entry) =>
      settingVerbs.has(reading.verb) || reading.verb === "update"
        ? ["configure", "add", "create"].includes(entry.playbook.verb)
        : entry.does.has(reading.verb as Verb) && entry.playbook.verb !== "deploy",
    )
    .map((entry) => ({ profile: entry, share: ownWordShare(reading, entry, profile) }))
    .sort((a, b) => b.share - a.share);
  const [best] = fitting;
  if (best === undefined || best.share < 0.5) return undefined;
  return {
    decided: true,
    ranked: [{ profile: best.profile, confidence: clamp(0.82 + 0.14 * best.share) }],
    why: `'${mention.name}' from the step before, and the words ${quote(reading, best.profile)}`,
  };
}
