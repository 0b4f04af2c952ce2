import type { RequestedStep } from "../planner/decomposition.ts";
import { calibrated, type Embedder } from "./embedder.ts";
import type { LearnedMappings } from "./learned-mappings.ts";
import { builtInLexicon } from "./lexicon.ts";
import { acceptThreshold, type Mapping, type MappingCandidate } from "./mapping.ts";
import type { PlaybookIndex } from "./playbook-index.ts";
import { profileCatalog, type CatalogProfile, type PlaybookProfile } from "./playbook-profile.ts";
import type { PlaybookCatalog, Verb } from "./playbook.ts";
import type { ServiceMention } from "./service-names.ts";
import { isStopWord } from "./stop-words.ts";
import { stem, wordsOf, type Word } from "./text.ts";
import { answeringVerbs, spokenVerb, verbsIn, type SpokenVerb } from "./verb-words.ts";

/** Finds the playbook that a step means, or says that none does. */
export interface TaskMapper {
  map(step: StepToMap, catalog: PlaybookCatalog, options?: { readonly person?: string }): Promise<Mapping>;
}

export type StepToMap = Pick<RequestedStep, "intent" | "verb"> &
  Partial<Pick<RequestedStep, "hosts">> & { readonly context?: string | undefined };

export interface TaskMapperDeps {
  readonly index: PlaybookIndex;
  readonly embedder: Embedder;
  readonly learned?: LearnedMappings;
  /** Called with what the best guess by meaning rests on, so that the calibration can be measured (training/calibrate.ts). */
  readonly observe?: (evidence: Evidence) => void;
  /** Parts that are left out, to measure what each brings. */
  readonly without?: ReadonlySet<"exact" | "semantic" | "verbs" | "calibration">;
}

export interface Evidence {
  readonly intent: string;
  readonly playbook: string;
  readonly similarity: number;
  readonly margin: number;
  readonly explained: number;
}

/** Two playbooks nearer than this to each other are a question, not an answer. */
const marginToAsk = 0.06;
const notSure = acceptThreshold - 0.01;

export function createTaskMapper({ index, embedder, learned, observe, without = new Set() }: TaskMapperDeps): TaskMapper {
  const profiles = new WeakMap<PlaybookCatalog, CatalogProfile>();
  return {
    async map(step, catalog) {
      let profile = profiles.get(catalog);
      if (profile === undefined) profiles.set(catalog, (profile = profileCatalog(catalog)));
      const taught = await learned?.find(step.intent);
      const wanted = taught === undefined ? undefined : profile.byId.get(taught.playbook);
      if (taught !== undefined && wanted?.playbook.contentHash === taught.playbookHash) {
        const day = taught.taughtAt.toISOString().slice(0, 10);
        return accepted([{ profile: wanted, confidence: 0.97 }], "learned", `learned from ${taught.taughtBy} on ${day}`);
      }
      const reading = readStep(step, profile);
      const named = without.has("exact") ? undefined : byName(reading, profile, without.has("verbs"));
      if (named?.decided === true && named.ranked.length > 0) return finish(named, profile, "exact");
      const semantic = without.has("semantic") ? [] : await byMeaning(reading, profile, catalog);
      return finish(merge(named, semantic, reading), profile, "semantic");
    },
  };

  async function byMeaning(reading: Reading, profile: CatalogProfile, catalog: PlaybookCatalog): Promise<Scored[]> {
    if (reading.content.length === 0 && reading.mentions.length === 0 && reading.concepts.size === 0) return [];
    await index.update(catalog);
    const [vector] = await embedder.embed([reading.query]);
    if (vector === undefined) return [];
    const hits = await index.search(vector, 40);
    const scored = hits.flatMap((hit) => {
      const found = profile.byId.get(hit.playbook);
      return found === undefined
        ? []
        : [
            {
              profile: found,
              similarity: hit.similarity,
              explained: explainedShare(reading, found, profile),
              purpose: purposeShare(reading, found, profile),
              fit: without.has("verbs") ? 1 : verbFit(reading, found),
            },
          ];
    });
    const value = (hit: (typeof scored)[number]): number => hit.similarity + 0.25 * hit.explained + 0.4 * hit.purpose;
    const possible = scored.filter((hit) => hit.fit > 0).sort((a, b) => value(b) - value(a));
    const [top, next] = possible;
    if (top !== undefined)
      observe?.({
        intent: reading.query,
        playbook: top.profile.playbook.id,
        similarity: top.similarity,
        margin: value(top) - (next === undefined ? 0 : value(next)),
        explained: top.explained,
      });
    return scored
      .map((hit) => {
        const rival = possible.find((other) => other !== hit);
        const margin = value(hit) - (rival === undefined ? 0 : value(rival));
        const sure = without.has("calibration")
          ? Math.max(0, hit.similarity)
          : calibrated(embedder.calibration, {
              similarity: hit.similarity,
              margin: Math.max(-0.6, Math.min(0.6, margin)),
              explained: hit.explained,
            });
        // Nothing but a likeness of letters is no ground.
        const limit = hit.explained === 0 ? 0.3 : 1;
        const isOnlyOne =
          distinctVerbs.has(reading.verb) &&
          hit.profile.playbook.verb === reading.verb &&
          hit.profile.subjectVariable === undefined &&
          profile.countOfVerb(hit.profile.playbook.verb) === 1;
        const byVerbAlone = isOnlyOne && hit.explained > 0.4 ? 0.7 + 0.25 * hit.explained : 0;
        return { profile: hit.profile, confidence: Math.max(byVerbAlone, Math.min(limit, sure)) * (hit.fit > 0 ? hit.fit : 0.3) };
      })
      .sort((a, b) => b.confidence - a.confidence);
  }
}

interface Scored {
  readonly profile: PlaybookProfile;
  readonly confidence: number;
}

/** What one step says, in the catalog's terms. */
interface Reading {
  readonly words: readonly Word[];
  readonly verb: SpokenVerb | null;
  /** "I need", "get me": a wish that any kind of playbook may fulfil. */
  readonly isWish: boolean;
  readonly mentions: readonly ServiceMention[];
  /** With the ones that were excepted. */
  readonly allMentions: number;
  /** The service that the step is about: the first one named where an object stands. */
  readonly object: ServiceMention | undefined;
  /** Stems of words that mean something and are neither verb, service nor value. */
  readonly content: readonly { readonly stem: string; readonly at: number }[];
  readonly concepts: ReadonlyMap<string, ReadonlySet<string>>;
  /** A service of the world that the catalog does not have, where an object stands. */
  readonly stranger: string | undefined;
  readonly hasHosts: boolean;
  /** "X is down": says what is wrong, not what to do. */
  readonly isComplaint: boolean;
  readonly context: string | undefined;
  readonly query: string;
}

const contextWords = new Set(
  "for with behind of from to into via through by using onto in against about known our on fur mit von para con de pour avec".split(" "),
);
const exceptions = new Set("except excluding besides not no without but ohne ausser nicht salvo menos sin sauf sans than".split(" "));
const complaint =
  /\b(?:is|are|was|seems|looks|keeps|went|goes|ist|esta|est)\s+(?:\w+\s+)?(?:down|broken|dead|slow|stuck|unreachable|offline|crash\w*|fail\w*|hang\w*|hung|not|unavailable|weird|kaputt|langsam|caido|lento|casse|gone|acting)\b|\b(?:doesn't|does not|don't|won't|can't|cannot|isn't|stopped|crashed|crashes|fails|hangs|broke|timeouts?|errors?|404|500|502|503)\b/i;
const givenBefore = new Set(
  "user username account login named called benutzer usuario utilisateur konto colleague person employee".split(" "),
);
// Their words stand in every second description and say nothing about what is meant.
const emptyVerbs = new Set<SpokenVerb>(["deploy", "run", "add", "create", "update", "remove", "show", "backup", "restore"]);
const distinctVerbs = new Set<SpokenVerb | null>(["reboot", "clean", "renew", "rotate", "restore"]);
const wishes = new Set("need want like get give have could looking".split(" "));

function readStep(step: StepToMap, profile: CatalogProfile): Reading {
  // What must not happen is no description of what shall.
  const words = wordsOf(
    step.intent.replace(
      /[,;]?\s+\b(?:without (?=\w+ing\b)|but (?:do not|don't|not)|and (?:do not|don't)|do not|don't|never|ohne\b.*\bzu\b).*$/i,
      "",
    ),
  );
  const hit = spokenVerb(words);
  const verb = step.verb ?? hit?.verb ?? null;
  const all = profile.names.mentionsIn(words);
  // "all services except jellyfin" is not about jellyfin.
  const mentions = all.filter((mention) => !exceptions.has(words[mention.from - 1]?.lower ?? ""));
  // "user petra", "a folder called music": a name that somebody gave.
  const isGiven = (word: Word, at: number): boolean =>
    givenBefore.has(words[at - (/^(?:of|for|von|de|named|called)$/.test(words[at - 1]?.lower ?? "") ? 2 : 1)]?.lower ?? "") &&
    !profile.knows(stem(word.lower));
  const isValue = (word: Word): boolean => /^[\d.:/~]+$|^\/|[=@]|:\/\/|^v?\d+[\d.]*\w?$|^-/.test(word.lower);
  const taken = new Set<number>();
  for (const mention of all) for (let at = mention.from; at < mention.to; at += 1) taken.add(at);
  for (const found of verbsIn(words))
    if (found === hit || found.from === hit?.from) for (let at = found.from; at < found.to; at += 1) taken.add(at);
  const next = (at: number): boolean => {
    const after = words[at + 1];
    return after !== undefined && isValue(after) && /\d/.test(after.lower);
  };
  const content = words.flatMap((word, at) =>
    taken.has(at) ||
    isValue(word) ||
    isGiven(word, at) ||
    isStopWord(word.lower) ||
    (next(at) && /^(?:port|udp|tcp|version|v|puerto|release|tag)$/.test(word.lower))
      ? []
      : [{ stem: stem(word.lower), at }],
  );
  const isObject = (from: number): boolean => {
    for (let at = from - 1; at >= 0; at -= 1) {
      const lower = words[at]?.lower ?? "";
      if (contextWords.has(lower)) return hit !== undefined && at >= hit.from && at < hit.to;
      if (content.some((word) => word.at === at)) continue;
    }
    return true;
  };
  const strangers = builtInLexicon()
    .servicesIn(words)
    .filter((service) => !all.some((mention) => mention.from < service.to && service.from < mention.to));
  return {
    words,
    verb,
    isWish: verb === "deploy" && wishes.has(words[hit?.from ?? -1]?.lower ?? ""),
    mentions,
    allMentions: all.length,
    object: mentions.find((mention) => isObject(mention.from)),
    content,
    concepts: builtInLexicon().conceptsIn(words),
    stranger: (strangers.find((service) => isObject(service.from)) ?? strangers[0])?.name,
    hasHosts: (step.hosts ?? []).length > 0,
    context: step.context,
    isComplaint: (step.verb ?? hit?.verb ?? null) === null && complaint.test(step.intent),
    query: words
      .filter(
        (word, at) =>
          !isValue(word) && !isGiven(word, at) && (hit === undefined || !emptyVerbs.has(hit.verb) || at < hit.from || at >= hit.to),
      )
      .map((word) => word.text)
      .join(" "),
  };
}

interface NamedResult {
  /** Nothing that the semantic path finds can change it. */
  readonly decided: boolean;
  readonly ranked: readonly Scored[];
  readonly why: string;
}

const havingVerbs = new Set<SpokenVerb | null>([null, "deploy", "run"]);
const settingVerbs = new Set<SpokenVerb | null>(["configure", "add", "create", "rotate"]);

/** By the service's name and the verb, as whole words. */
function byName(reading: Reading, profile: CatalogProfile, anyVerb: boolean): NamedResult | undefined {
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
  const specific = own.filter((entry) => verb !== null && verb !== "other" && entry.does.has(verb));
  if (specific.length > 0) {
    const ranked = specific.map((entry) => ({
      profile: entry,
      confidence: clamp(0.97 * mention.quality - (specific.length > 1 ? 0.2 : 0)),
    }));
    return { decided: specific.length === 1, ranked, why: `matched the name '${mention.name}' and the verb ${verb ?? ""}` };
  }
  const general = verb === null || verb === "other" ? [] : profile.general.filter((entry) => entry.playbook.verb === verb);
  const first = general[0];
  // Something that is not deployed from here cannot be told from a slip: it is asked about.
  const isDeployed = own.some((entry) => entry.playbook.verb === "deploy" || entry.playbook.verb === "create");
  if (first !== undefined && mention.services.length === 1 && isDeployed) {
    const strange = unexplained(reading, [first, ...own], profile);
    const beside = strange.some((word) => isBeside(reading, mention, word.at));
    const confidence = clamp(0.95 * mention.quality - (general.length > 1 ? 0.2 : 0) - (strange.length > 1 || beside ? 0.12 : 0));
    return {
      decided: true,
      ranked: general.map((entry) => ({ profile: entry, confidence })),
      why: `matched the verb ${verb ?? ""}, with '${mention.name}' as the service`,
    };
  }
  const known = own.map((entry) => ({ profile: entry, confidence: 0.3 }));
  return {
    decided: false,
    ranked: known,
    why: `'${mention.name}' is known, but no playbook does "${verb === "other" || verb === null ? "that" : verb}" with it`,
  };
}

const wholeHostVerbs = new Set<SpokenVerb | null>(["reboot", "update", "backup", "check", "show", "clean", "renew", "rotate"]);

/** "reboot web1", "patch staging": a verb and hosts, and one playbook that does it to whole hosts. */
function byVerb(reading: Reading, profile: CatalogProfile): NamedResult | undefined {
  const { verb } = reading;
  if (!wholeHostVerbs.has(verb)) return undefined;
  const doing = [...profile.byId.values()].filter((entry) => entry.playbook.verb === verb && !profile.isDeployed(entry.playbook));
  const whole = doing.filter((entry) => entry.subjectVariable === undefined);
  const fitting = whole.length > 0 ? whole : doing;
  const onlyLooks = verb === "check" || verb === "show";
  const confidence = fitting.length === 1 && (reading.hasHosts || onlyLooks) ? 0.93 : 0.6;
  return {
    decided: fitting.length > 0,
    ranked: fitting.map((entry) => ({ profile: entry, confidence })),
    why: `matched the verb ${verb ?? ""}${reading.hasHosts ? " and the hosts" : ", but no hosts are named"}`,
  };
}

type Detailed = readonly { readonly entry: PlaybookProfile; readonly explained: number }[];

/** "set the port of X", "add Y to X", "update X's Y": the playbook of X whose words and variables explain the Y. */
function bySetting(reading: Reading, profile: CatalogProfile, mention: ServiceMention, detailed: Detailed): NamedResult | undefined {
  const fitting = detailed.filter(({ entry }) => ["configure", "add", "create", "deploy"].includes(entry.playbook.verb));
  if (fitting.length === 0) return undefined;
  if (reading.content.length === 0) {
    if (reading.verb === "update") return undefined;
    const configuring = fitting.filter(({ entry }) => entry.playbook.verb !== "deploy");
    const [only] = configuring.length > 0 ? configuring : fitting;
    if (only === undefined) return undefined;
    const sure =
      configuring.length === 1 && reading.verb !== "create"
        ? 0.95
        : configuring.length === 0 && fitting.length === 1 && reading.verb !== "rotate"
          ? 0.86
          : 0.6;
    return {
      decided: false,
      ranked: [{ profile: only.entry, confidence: sure * mention.quality }],
      why: `matched the name '${mention.name}' and the verb ${reading.verb ?? ""}`,
    };
  }
  const scored = fitting
    .map(({ entry }) => {
      const variable = variableShare(reading, entry);
      const words = ownWordShare(reading, entry, profile);
      const setting = entry.playbook.verb === "deploy" ? 0 : 0.12;
      return {
        profile: entry,
        value: Math.max(variable, words) + setting,
        hasGround: Math.max(variable, entry.playbook.verb === "deploy" ? 0 : words),
      };
    })
    .sort((a, b) => b.value - a.value);
  const [best, second] = scored;
  if (best === undefined || best.hasGround < 0.3)
    return reading.verb === "update"
      ? undefined
      : {
          decided: false,
          ranked: scored.map((entry) => ({ profile: entry.profile, confidence: 0.45 })),
          why: `'${mention.name}' is known, but nothing of it is about the rest of the words`,
        };
  if (reading.verb === "update" && best.profile.playbook.verb === "deploy") return undefined;
  if (reading.verb === "rotate" && best.profile.playbook.verb === "deploy")
    return {
      decided: false,
      ranked: scored.map((entry) => ({ profile: entry.profile, confidence: 0.4 })),
      why: "a deployment does not reset anything",
    };
  const isClose = second !== undefined && best.value - second.value < 0.15;
  const sure = clamp((0.8 + 0.18 * Math.min(1, best.hasGround + 0.2)) * mention.quality - (isClose ? 0.15 : 0));
  return {
    decided: sure >= acceptThreshold,
    ranked: scored.map((entry, at) => ({ profile: entry.profile, confidence: at === 0 ? sure : Math.min(sure - 0.1, 0.7) * 0.7 })),
    why: `matched the name '${mention.name}' and the words ${quote(reading, best.profile)}`,
  };
}

function byDeployment(reading: Reading, profile: CatalogProfile, mention: ServiceMention, own: Detailed): NamedResult {
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
    .map(({ entry, explained }) => ({ entry, explained, value: explained + (entry.playbook.verb === "deploy" ? 0.3 : 0) }))
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
  const isClose = second !== undefined && best.value - second.value < 0.1;
  const penalty = (isClose ? 0.25 : 0) + (beside ? 0.16 : 0) + Math.min(0.14, 0.04 * strange.length);
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

/** Named candidates keep their place before what only sounds alike, and what is named but absent is never replaced by something similar. */
function merge(named: NamedResult | undefined, semantic: readonly Scored[], reading: Reading): NamedResult {
  const ranked = new Map<string, Scored>();
  for (const entry of named?.ranked ?? []) ranked.set(entry.profile.playbook.id, entry);
  const isStrange = reading.stranger !== undefined;
  for (const entry of semantic) {
    const before = ranked.get(entry.profile.playbook.id);
    const isOperation = reading.verb !== null && !havingVerbs.has(reading.verb) && !settingVerbs.has(reading.verb);
    const limit = named !== undefined ? (isOperation && named.ranked.length > 0 ? 0.29 : 0.6) : isStrange ? 0.5 : 1;
    const confidence = Math.min(entry.confidence, limit);
    if (before === undefined) ranked.set(entry.profile.playbook.id, { profile: entry.profile, confidence });
  }
  const list = [...ranked.values()].sort((a, b) => b.confidence - a.confidence);
  const best = list[0];
  const why =
    named?.why ??
    (isStrange
      ? `there is no playbook for '${reading.stranger ?? ""}'`
      : best === undefined
        ? "nothing in the catalog is like it"
        : `nearest in meaning: ${quote(reading, best.profile)}`);
  return { decided: named?.decided ?? false, ranked: list, why };
}

function finish(result: NamedResult, profile: CatalogProfile, path: "exact" | "semantic"): Mapping {
  const [best, second] = result.ranked;
  if (best === undefined)
    return {
      playbook: null,
      confidence: 0,
      method: "none",
      candidates: [],
      why: result.why,
      suggestion: profile.catalog.playbooks.length === 0 ? "search" : "template",
    };
  const isClose = second !== undefined && second.confidence >= 0.5 && best.confidence - second.confidence < marginToAsk;
  if (best.confidence >= acceptThreshold && !isClose) {
    const runnerUp = second === undefined ? "" : `; runner-up ${second.confidence.toFixed(2)}`;
    return accepted(result.ranked, path, `${result.why}${runnerUp}`);
  }
  const confidence = Math.min(best.confidence, notSure);
  const why =
    isClose && second !== undefined
      ? `${result.why}; '${best.profile.playbook.name}' and '${second.profile.playbook.name}' fit equally well`
      : result.why;
  return {
    playbook: null,
    confidence,
    method: "none",
    candidates: candidatesOf(result.ranked, notSure),
    why,
    suggestion: confidence < 0.35 ? "template" : "choose",
  };
}

function accepted(ranked: readonly Scored[], method: Mapping["method"], why: string): Mapping {
  const best = ranked[0];
  return {
    playbook: best?.profile.playbook.id ?? null,
    confidence: round(best?.confidence ?? 0),
    method,
    candidates: candidatesOf(ranked, 1),
    why,
    suggestion: null,
  };
}

function candidatesOf(ranked: readonly Scored[], limit: number): MappingCandidate[] {
  return ranked.slice(0, 3).map(({ profile, confidence }) => ({
    playbook: profile.playbook.id,
    name: profile.playbook.name,
    confidence: round(Math.min(confidence, limit)),
  }));
}

/** 1 when the playbook does what is asked, 0 when it must not answer. */
function verbFit(reading: Reading, entry: PlaybookProfile): number {
  const { verb } = reading;
  if (verb === "other") return 0;
  if (verb === null || reading.isWish) return entry.playbook.verb === "remove" || entry.playbook.verb === "restore" ? 0.9 : 1;
  if (entry.does.has(verb)) return 1;
  // "block ads", "check how fast the line is": what a service is for, said as an order.
  if (verb === "check" || verb === "add" || verb === "configure" || verb === "create") {
    if (entry.playbook.verb === "deploy" && [...reading.concepts.keys()].some((concept) => entry.concepts.has(concept))) return 0.95;
  }
  if (verb === "deploy") return ["configure", "add"].includes(entry.playbook.verb) ? 0.97 : 0;
  if (answeringVerbs(verb).includes(entry.playbook.verb)) return entry.playbook.verb === "deploy" ? 0.9 : 0.98;
  return 0;
}

/** Share of the step's meaning, rare words counting more, that the playbook's words and purposes explain. */
function explainedShare(reading: Reading, entry: PlaybookProfile, profile: CatalogProfile): number {
  if (reading.content.length === 0)
    return reading.concepts.size > 0 && ![...reading.concepts.keys()].some((concept) => entry.concepts.has(concept)) ? 0 : 1;
  const byPurpose = new Set<string>();
  for (const [concept, said] of reading.concepts) if (entry.concepts.has(concept)) for (const part of said) byPurpose.add(part);
  let all = 0;
  let explained = 0;
  for (const word of reading.content) {
    const weight = profile.rarity(word.stem);
    all += weight;
    if (entry.words.has(word.stem) || byPurpose.has(word.stem)) explained += weight;
  }
  return all === 0 ? 0 : explained / all;
}

/** Share of what the step is about that the playbook is for; purposes that few playbooks have count more. */
function purposeShare(reading: Reading, entry: PlaybookProfile, profile: CatalogProfile): number {
  let all = 0;
  let shared = 0;
  for (const concept of reading.concepts.keys()) {
    const weight = profile.rarityOfConcept(concept);
    all += weight;
    if (entry.concepts.has(concept)) shared += weight;
  }
  return all === 0 ? 0 : shared / all;
}

function ownWordShare(reading: Reading, entry: PlaybookProfile, profile: CatalogProfile): number {
  let all = 0;
  let explained = 0;
  for (const word of reading.content) {
    const weight = profile.rarity(word.stem);
    all += weight;
    if (entry.words.has(word.stem)) explained += weight;
  }
  return all === 0 ? 0 : explained / all;
}

/** Words before the values that are parts of the playbook's variable names. */
function variableShare(reading: Reading, entry: PlaybookProfile): number {
  if (reading.content.length === 0) return 0;
  const hits = reading.content.filter((word) => entry.variableWords.has(word.stem)).length;
  return hits / reading.content.length;
}

function unexplained(
  reading: Reading,
  entries: readonly PlaybookProfile[],
  profile: CatalogProfile,
): readonly { readonly stem: string; readonly at: number }[] {
  return reading.content.filter((word) => {
    if (genericNouns.has(word.stem) || profile.isName(word.stem)) return false;
    return !entries.some(
      (entry) =>
        entry.words.has(word.stem) ||
        entry.variableWords.has(word.stem) ||
        [...reading.concepts].some(([concept, said]) => said.has(word.stem) && entry.concepts.has(concept)),
    );
  });
}

const genericNouns = new Set(
  "hang hangs down slow broken weird stuck reachable outside expose exposed public end fully agent instance version port title name domain path folder directory user password default latest time way thing stuff work team family friend everybody everyone people web web-interface interface ui setup installation deployment container service tool software own local private internal dev team office number request public external internally tonight tomorrow morning evening weekend"
    .split(" ")
    .map(stem),
);

function isBeside(reading: Reading, mention: ServiceMention, at: number): boolean {
  const between = (from: number, to: number): boolean =>
    reading.words
      .slice(from, to)
      .every((word) => isStopWord(word.lower) && !contextWords.has(word.lower) && !["and", "or", "but"].includes(word.lower));
  return at >= mention.to ? at - mention.to <= 1 && between(mention.to, at) : mention.from - at <= 1;
}

function quote(reading: Reading, entry: PlaybookProfile): string {
  const said = reading.content.filter(
    (word) =>
      entry.words.has(word.stem) || [...reading.concepts].some(([concept, stems]) => stems.has(word.stem) && entry.concepts.has(concept)),
  );
  const texts = said.map((word) => reading.words[word.at]?.text ?? "").slice(0, 6);
  return texts.length === 0 ? `'${entry.playbook.name}'` : `'${texts.join(" ")}' (${entry.playbook.name})`;
}

const clamp = (value: number): number => Math.max(0, Math.min(0.99, value));
const round = (value: number): number => Math.round(value * 1_000) / 1_000;
