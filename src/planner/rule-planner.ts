import type { InventoryNames } from "../mapping/inventory-names.ts";
import type { Verb } from "../mapping/playbook.ts";
import { isFunctionWord, isStopWord } from "../mapping/stop-words.ts";
import { normalizeText, wordsOf } from "../mapping/text.ts";
import { spokenVerb, verbAt } from "../mapping/verb-words.ts";
import {
  languageOfText,
  leadingVerb,
  maskQuotes,
  objectWords,
  sentencesOf,
  splitPieces,
  type Joint,
  type Language,
  type Piece,
} from "./clauses.ts";
import { complexityOf } from "./complexity.ts";
import type { Decomposer } from "./decomposer.ts";
import { stepLimit, type Decomposition, type RequestedStep } from "./decomposition.ts";
import { createHostReader, type HostReader } from "./hosts-in-text.ts";
import { isApprovalClaim, isInjected, isQuestion, isSmallTalk, quotedPart, withoutPoliteness } from "./speech.ts";
import { statedValues } from "./stated-values.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** German verbs that fall apart, and wishes with two halves, in one piece. */
function rewrite(sentence: string, vocabulary: Vocabulary): string {
  const whole = sentence
    .replace(/(\p{L})-(?:le|la|les|moi|nous|lo)\b/giu, "$1 it")
    .replace(/\bstarte?\s+(.+?)\s+neu\b/gi, "neustarten $1")
    .replace(/\b(?:richte|setze?)\s+(.+?)\s+(?:ein|auf)(?=$|[\s,.;]*(?:und\b|$))/gi, "installiere $1")
    .replace(/\bf(?:ü|ue|u)ge\s+(.+?)\s+hinzu\b/gi, "hinzufügen $1")
    .replace(/\bfahre?\s+(.+?)\s+(?:herunter|runter)\b/gi, "stoppe $1")
    .replace(/\bstelle?\s+(.+?)\s+wieder her\b/gi, "wiederherstellen $1")
    .replace(/\bleg(?:e)?\s+(.+?)\s+an\b/gi, "anlegen $1");
  const exchange = /\b(?:replace|swap(?: out)?|switch from|ersetze)\s+(.+?)\s+(?:with|by|for|to|durch)\s+(.+)$/i.exec(whole);
  if (exchange?.[1] === undefined || exchange[2] === undefined) return whole;
  const isService = (text: string): boolean => vocabulary.servicesIn(wordsOf(text)).length > 0;
  return isService(exchange[1]) && isService(exchange[2])
    ? `${whole.slice(0, exchange.index)}remove ${exchange[1]}, deploy ${exchange[2]}`
    : whole;
}

export interface RulePlannerDeps {
  readonly inventory: InventoryNames;
  readonly vocabulary: Vocabulary;
}

/** A step while it is put together. */
interface Draft {
  text: string;
  verb: Verb | null;
  readonly hasOwnVerb: boolean;
  readonly joint: Joint;
  readonly sentence: number;
  readonly isItem: boolean;
  hosts: string[];
  unknownHosts: string[];
  services: string[];
  context: string | undefined;
}

/** Splits a request by rules alone: no model, no network, the same answer every time. */
export function createRulePlanner({ inventory, vocabulary }: RulePlannerDeps): Decomposer {
  const reader = createHostReader(inventory, vocabulary);
  return {
    // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous for makers that ask a model
    async decompose(text) {
      return decompose(text, reader, vocabulary);
    },
  };
}

function decompose(text: string, reader: HostReader, vocabulary: Vocabulary): Decomposition {
  // Comments of markup are not seen by the person who pasted them.
  const normalized = normalizeText(text)
    .replace(/<!--[\s\S]*?(?:-->|$)/g, " ")
    .replace(/,?\s*\bin (?:this|that|the following|the given|exactly this) order\b/gi, "");
  const language = languageOfText(normalized);
  const seen = {
    question: false,
    smallTalk: false,
    quoted: false,
    injected: false,
    negated: false,
    named: undefined as string | undefined,
  };
  const ambiguities: string[] = [];
  const outOfScope: string[] = [];
  const previewOnly = isPreview(normalized);
  const drafts: Draft[] = [];
  let scope: string[] = [];
  let quotedLines = false;

  for (const [number, sentence] of sentencesOf(normalized).entries()) {
    const { masked, unmask } = maskQuotes(sentence.text);
    const hasService = vocabulary.servicesIn(wordsOf(sentence.text)).length > 0;
    if (isInjected(sentence.text)) {
      seen.injected = true;
      outOfScope.push(sentence.text);
      continue;
    }
    if (quotedLines && sentence.isItem) continue;
    quotedLines = false;
    const quoted = quotedPart(sentence.text);
    if (quoted !== undefined || sentence.text.startsWith(">")) {
      seen.quoted = true;
      outOfScope.push(sentence.text);
      quotedLines = /:\s*$/.test(sentence.text);
      continue;
    }
    if (isSmallTalk(sentence.text) && !(hasService && leadingVerb(withoutPoliteness(sentence.text)) !== undefined)) {
      seen.smallTalk = true;
      continue;
    }
    if (isQuestion(stripOrderWords(sentence.text))) {
      seen.question = true;
      seen.named = vocabulary.servicesIn(wordsOf(sentence.text)).at(-1)?.name ?? seen.named;
      continue;
    }
    if (isConditional(stripOrderWords(sentence.text))) {
      ambiguities.push(sentence.text);
      continue;
    }
    const wish = withoutPoliteness(masked)
      .replace(previewWords, " ")
      .replace(/\s{2,}/g, " ")
      .trim();
    const plain = rewrite(wish, vocabulary);
    const before = drafts.length;
    const found = readSentence(plain, number, {
      reader,
      vocabulary,
      language,
      unmask,
      drafts,
      scope,
      seen,
      ambiguities,
      outOfScope,
      isItem: sentence.isItem,
    });
    if (found.scope !== undefined && drafts.length === before) scope = found.scope;
    else if (!sentence.isItem) scope = [];
  }

  const steps = number(shareHosts(joinBackground(drafts.filter((draft) => hasMeaning(draft)))));
  const kept = steps.slice(0, stepLimit);
  for (const left of steps.slice(stepLimit)) ambiguities.push(left.intent);
  const kind: Decomposition["kind"] =
    kept.length > 0
      ? "work"
      : seen.negated || seen.injected || seen.quoted
        ? "refusal_to_act"
        : seen.question
          ? "question"
          : seen.smallTalk
            ? "small_talk"
            : ambiguities.length > 0
              ? "question"
              : "out_of_scope";
  return { kind, steps: kept, ambiguities, outOfScope, previewOnly, complexity: complexityOf(normalized, kept.length) };
}

interface SentenceContext {
  readonly reader: HostReader;
  readonly vocabulary: Vocabulary;
  readonly language: Language;
  readonly unmask: (part: string) => string;
  readonly drafts: Draft[];
  readonly scope: readonly string[];
  readonly seen: { negated: boolean; injected: boolean; named: string | undefined };
  readonly ambiguities: string[];
  readonly outOfScope: string[];
  readonly isItem: boolean;
}

function readSentence(sentence: string, number: number, context: SentenceContext): { readonly scope?: string[] } {
  const { reader, vocabulary, drafts } = context;
  let pieces = splitPieces(withComma(stripOrderWords(sentence)), context.language);
  let scope: string[] = [...context.scope];
  let announced: string[] | undefined;
  // "on web1: deploy …", "for the homelab, please: …": where, then what.
  const colon = pieces.findIndex((piece) => piece.joint === "colon");
  if (colon > 0) {
    const head = pieces
      .slice(0, colon)
      .map((piece) => piece.text)
      .join(", ");
    const tail = pieces.slice(colon);
    const hosts = reader.read(head, { allowUnknown: false, fromIsValue: false });
    const headHasWork =
      vocabulary.servicesIn(wordsOf(hosts.rest)).length > 0 ||
      (leadingVerb(hosts.rest) !== undefined && objectWords(hosts.rest).length > 0);
    const tailNames = vocabulary.servicesIn(wordsOf(tail.map((piece) => piece.text).join(" , ")));
    const headNames = new Set(vocabulary.servicesIn(wordsOf(hosts.rest)).map((service) => service.name));
    const tailRepeats = tailNames.some((service) => headNames.has(service.name));
    if (!headHasWork || tailRepeats || isApprovalClaim(head)) {
      scope = hosts.hosts.length > 0 ? [...hosts.hosts] : scope;
      const headVerb = leadingVerb(hosts.rest);
      pieces = tail.map((piece, at) =>
        at === 0
          ? {
              text:
                headVerb !== undefined && !isApprovalClaim(head) && leadingVerb(piece.text) === undefined && !tailRepeats
                  ? `${hosts.rest} ${piece.text}`
                  : piece.text,
              joint: "start" as const,
            }
          : piece,
      );
    }
  } else if (pieces.length === 1) {
    const hosts = reader.read(sentence.replace(/:\s*$/, ""), { allowUnknown: false, fromIsValue: false });
    if (hosts.isOnlyHosts) announced = [...hosts.hosts];
  }
  if (announced !== undefined) {
    // "… on these: web1, web2" in a sentence of its own belongs to the steps before, else to those that follow.
    const open = drafts.filter((draft) => draft.hosts.length === 0);
    if (drafts.length > 0 && open.length > 0) for (const draft of open) draft.hosts.push(...announced);
    return { scope: announced };
  }

  // "The hostname should be git.": a sentence that only says a value belongs to the step before.
  const last = drafts.at(-1);
  if (
    last !== undefined &&
    leadingVerb(sentence) === undefined &&
    vocabulary.servicesIn(wordsOf(sentence)).length === 0 &&
    /^(?:the\s+|its\s+|with\s+|use\s+)?[\w -]{2,30}?(?:\s+(?:should be|is|must be|will be|=)|:)\s+\S+$/i.test(sentence) &&
    isParameter(sentence.replace(/^(?:the|its)\s+/i, ""), vocabulary)
  ) {
    last.text = `${last.text}, ${context.unmask(sentence)}`;
    return {};
  }
  let current: Draft | undefined;
  let pendingVerb: { text: string; joint: Joint } | undefined;
  let first: Draft | undefined;
  const reorder: { moved: Draft; before: Draft }[] = [];
  let isNegated = false;
  for (const piece of pieces) {
    const text = context.unmask(piece.text).trim();
    if (text === "") continue;
    if (isApprovalClaim(text)) {
      const rest = text.replace(/^.*?\b(?:approvals?|confirmation|permission|approved)\b(?:\s*[:,]|\s+and\b)?/i, "").trim();
      if (vocabulary.servicesIn(wordsOf(text)).length === 0 || rest === "") {
        context.outOfScope.push(text);
        continue;
      }
    }
    if (isShell(text)) {
      context.outOfScope.push(text);
      continue;
    }
    const negation = negationOf(text, vocabulary.servicesIn(wordsOf(text)).length > 0 && wordsOf(text).length <= 4);
    if (negation === "act") {
      context.seen.negated = true;
      isNegated = true;
      const named = vocabulary.servicesIn(wordsOf(text));
      context.seen.named = named.at(-1)?.name ?? context.seen.named;
      const exception = reader.read(text, { allowUnknown: false, fromIsValue: false });
      if (drafts.length > 0 && named.length === 0 && exception.hosts.length > 0)
        for (const name of exception.hosts) drafts.at(-1)?.hosts.push(name.startsWith("!") ? name : `!${name}`);
      continue;
    }
    const verbHit = leadingVerb(text);
    if (isNegated && verbHit === undefined && (piece.joint === "and" || piece.joint === "comma") && piece.joint === "and") continue;
    isNegated = false;
    const isDestination = verbHit !== undefined;
    const verbWord = spokenVerb(wordsOf(text));
    const fromIsValue = verbWord?.verb === "restore" || verbWord?.verb === "configure" || /\b(?:firewall|port|allow|source)\b/i.test(text);
    const hosts = reader.read(piece.text, {
      allowUnknown: isDestination || current === undefined || vocabulary.servicesIn(wordsOf(piece.text)).length > 0,
      fromIsValue,
    });
    const rest = context.unmask(hosts.rest);
    const services = vocabulary.servicesIn(wordsOf(rest)).map((service) => service.name);
    const objects = objectWords(rest);

    if (
      current !== undefined &&
      (hosts.isOnlyHosts || (services.length === 0 && verbHit === undefined && hosts.hosts.length > 0 && objects.length === 0))
    ) {
      addHosts(current, hosts.hosts, hosts.unknown);
      continue;
    }
    const isVerbOnly =
      verbHit !== undefined && objects.length === 0 && services.length === 0 && !hasPronoun(rest) && hosts.hosts.length === 0;
    if (isVerbOnly && piece !== pieces.at(-1) && piece.joint !== "after") {
      pendingVerb = { text: rest, joint: piece.joint };
      continue;
    }
    if (isDoneClause(text) && drafts.length > 0) continue;
    const startsStep = isNewStep(piece, { text: rest, verbHit: verbHit !== undefined, services, objects, current, context, isVerbOnly });
    if (!startsStep && current !== undefined) {
      const glue = piece.joint === "comma" || piece.joint === "semicolon" ? ", " : piece.joint === "colon" ? ": " : " and ";
      current.text = `${current.text}${glue}${rest}`;
      current.services.push(...services);
      addHosts(current, hosts.hosts, hosts.unknown);
      continue;
    }
    const hasOwnVerb = verbHit !== undefined;
    const resolved = resolvePronoun(rest, drafts, context.seen.named);
    // "X and Y on web1": the verb of the first holds for the second.
    const sharedVerb = !hasOwnVerb && current !== undefined && services.length + objects.length > 0 ? verbWords(current.text) : "";
    const draft: Draft = {
      text: sharedVerb === "" ? resolved.text : `${sharedVerb} ${resolved.text}`,
      verb: null,
      hasOwnVerb,
      joint: piece.joint,
      sentence: number,
      isItem: context.isItem || piece.joint === "semicolon",
      hosts: [...hosts.hosts],
      unknownHosts: [...hosts.unknown],
      services,
      context:
        services.length > 0 || resolved.wasPronoun
          ? undefined
          : (current?.services.at(-1) ?? (drafts.at(-1)?.sentence === number ? drafts.at(-1)?.services.at(-1) : undefined)),
    };
    if (pendingVerb !== undefined) {
      // "back up and update nextcloud": two things with one object.
      drafts.push({
        ...draft,
        text: `${pendingVerb.text} ${withoutVerb(draft.text)}`,
        joint: pendingVerb.joint,
        hosts: [...draft.hosts],
        unknownHosts: [...draft.unknownHosts],
        services: [...services],
      });
      pendingVerb = undefined;
    }
    if (scope.length > 0 && draft.hosts.length === 0) draft.hosts.push(...scope);
    const before = current ?? drafts.at(-1);
    if (
      before !== undefined &&
      ((piece.joint === "before" && isReversing(sentence, piece)) ||
        piece.joint === "after" ||
        /\b(?:first|beforehand|zuerst|vorher|primero|d'abord|avant)\s*$/i.test(text))
    )
      reorder.push({ moved: draft, before });
    drafts.push(draft);
    current = draft;
    first ??= draft;
    context.seen.named = services.at(-1) ?? context.seen.named;
  }
  // "after X, do Y" stands in its true order; "before X, do Y" does not.
  if (/^\s*(?:before|prior to|bevor|antes de|avant de)\b/i.test(sentence)) {
    const own = drafts.filter((draft) => draft.sentence === number);
    const [head, ...others] = own;
    if (head !== undefined && others.length > 0) replaceTail(drafts, own.length, [...others, head]);
  } else {
    for (const { moved, before } of reorder) {
      drafts.splice(drafts.indexOf(moved), 1);
      drafts.splice(drafts.indexOf(before), 0, moved);
    }
  }
  return first === undefined ? {} : { scope };
}

function isNewStep(
  piece: Piece,
  facts: {
    text: string;
    verbHit: boolean;
    services: readonly string[];
    objects: readonly string[];
    current: Draft | undefined;
    context: SentenceContext;
    isVerbOnly: boolean;
  },
): boolean {
  const { current, services, objects, verbHit } = facts;
  if (current === undefined) return true;
  if (facts.isVerbOnly)
    return piece.joint === "then" && !/^(?:report|logs?|list|update|backup|config|configuration|copy|test|run)$/i.test(facts.text.trim());
  if (isParameter(facts.text, facts.context.vocabulary)) return false;
  // "run it on docker02", "call it Lab", "put them on web1": says more of the step that stands.
  if (
    /^(?:please\s+|just\s+)*(?:run|put|call|name|make|use|host|keep|give|place|have|let|it|they)\s+(?:it|them|that|this|should|must|needs?|gets?)\b/i.test(
      facts.text,
    ) &&
    services.length === 0
  )
    return false;
  if (verbHit) return !isNounUse(facts.text) || piece.joint === "then" || piece.joint === "semicolon";
  if (
    services.length > 0 &&
    current.services.length > 0 &&
    !/^(?:for|with|behind|von|für|para|pour|avec|con|mit|using|via|of|from|to|into)\b/i.test(facts.text)
  )
    return services.some((service) => !current.services.includes(service)) && !isExplanation(facts.text);
  if (piece.joint === "then" || piece.joint === "semicolon") return objects.length > 0;
  if (services.length > 0 && current.services.length === 0)
    return /^(?:the|a|an)?\s*/i.test(facts.text) && verbStands(current) && objectWords(current.text).length > 0 && piece.joint === "and";
  return (
    piece.joint === "and" &&
    /^(?:a|an|ein|eine|einen|un|una|une)\s/i.test(facts.text) &&
    /^\s*\S+(?:\s+\S+)?\s+(?:a|an|ein|eine|einen|un|una|une)\s/i.test(current.text) &&
    verbStands(current)
  );
}

const verbStands = (draft: Draft): boolean => leadingVerb(draft.text) !== undefined;
const isExplanation = (text: string): boolean =>
  /^(?:which|that|because|since|so|where|who|as|like|similar|not|weil|damit|porque|parce)\b/i.test(text);
/** "logs", "updates": a verb's word without anything to act on, or one that a noun follows as in "update notifications". */
const isNounUse = (text: string): boolean =>
  /^(?:the|a|an|its|their)\s/i.test(text) ||
  (/^(?:logs?|reports?|updates?|backups?|copies|tests?|views?|displays?|prints?|lists?|shows?|scans?|patches|snapshots?|archives?|monitors?|configs?|exports?|imports?|limits?)(?:\s+(?:and|for|of|in)\b|$)/i.test(
    text.trim(),
  ) &&
    !/^(?:backup|update|monitor|patch|archive|export|import|list|show|scan|print|limit|snapshot)\s+(?:of|for|in)?\s*\S/i.test(text.trim()));

function isParameter(text: string, vocabulary: Vocabulary): boolean {
  const words = wordsOf(text);
  const first = words[0];
  if (first === undefined) return true;
  if (/^(?:host ?name|hold back|holding back|exclud\w+|skip(?:ping)?|but not|leave out)\b/i.test(text)) return true;
  if (
    /^(?:with|without|using|use|port|version|title|named|called|mit|con|avec|ohne|sin|sans|as|at|through|under|via|by|both|each|only|no|title|domain|hostname|path|-{1,2}\w)/i.test(
      text,
    ) &&
    vocabulary.servicesIn(words.slice(0, 3)).length === 0
  )
    return true;
  if (/^[a-z_]+\s*[=:]\s*\S/i.test(text)) return true;
  const value = words.findIndex((word) => /^[\d.:/]+$|^\/|^v?\d+[\d.]*\w?$|:\/\/|\uE000/.test(word.text));
  return (
    leadingVerb(text) === undefined &&
    value > 0 &&
    value <= 3 &&
    words.slice(0, value).some((word) => vocabulary.isVariableWord(word.lower)) &&
    (vocabulary.servicesIn(words.slice(0, value)).length === 0 || (value === 2 && vocabulary.isVariableWord(words[1]?.lower ?? "")))
  );
}

const hasPronoun = (text: string): boolean => /\b(?:it|them|these|those|both|this one|that one|everything|ihn|lo)\b/i.test(text);

function resolvePronoun(text: string, drafts: readonly Draft[], named: string | undefined): { text: string; wasPronoun: boolean } {
  const service = drafts.at(-1)?.services.at(-1) ?? named;
  if (service !== undefined) {
    // "back it up" becomes "back up gitea": the verb must stay in one piece.
    const apart =
      /\b(back|set|spin|bring|take|shut|turn|roll|tear|fire|stand|clean|tidy|start)\s+(?:it|them)\s+(up|down|back|off|on|out|again)\b/i.exec(
        text,
      );
    if (apart !== null) return { text: text.replace(apart[0], `${apart[1] ?? ""} ${apart[2] ?? ""} ${service}`), wasPronoun: true };
  }
  const words = wordsOf(text);
  const hit = leadingVerb(text);
  const place =
    hit === undefined
      ? -1
      : words.findIndex(
          (word, at) =>
            at >= hit.from &&
            /^(?:it|them|ihn|lo|this|that|its)$/.test(word.lower) &&
            isObjectPlace(
              words.map((one) => one.lower),
              at,
            ),
        );
  if (service === undefined || place < 0) return { text, wasPronoun: false };
  const word = words[place];
  if (word === undefined) return { text, wasPronoun: false };
  if (/^(?:\w+\s+){0,2}(?:add|append|monitor|watch|register|include)\b/i.test(text) && /\bto\b/i.test(text))
    return { text, wasPronoun: false };
  return { text: `${text.slice(0, word.start)}${service}${word.lower === "its" ? "'s" : ""}${text.slice(word.end)}`, wasPronoun: true };
}

const isObjectPlace = (words: readonly string[], at: number): boolean => words[at] !== "that" || at === words.length - 1;

/** "The disk of the wiki is full. Restart it.": what only describes is background of the work that follows, or the wish itself. */
function joinBackground(drafts: readonly Draft[]): Draft[] {
  const joined: Draft[] = [];
  for (const draft of drafts) {
    const before = joined.at(-1);
    const isBackground =
      before !== undefined &&
      !before.hasOwnVerb &&
      before.services.length === 0 &&
      before.hosts.length === 0 &&
      before.joint !== "colon" &&
      !/^(?:a|an|the|some|something|one|my|our)?\s*\S+$/i.test(before.text);
    if (!isBackground || before === undefined || before.isItem || draft.isItem) {
      joined.push(draft);
      continue;
    }
    if (draft.services.length > 0 && draft.hasOwnVerb) joined.splice(-1, 1, draft);
    else joined.splice(-1, 1, { ...draft, text: `${before.text}, ${draft.text}`, hasOwnVerb: draft.hasOwnVerb, joint: before.joint });
  }
  return joined;
}

function addHosts(draft: Draft, hosts: readonly string[], unknown: readonly string[]): void {
  for (const name of hosts) if (!draft.hosts.includes(name)) draft.hosts.push(name);
  draft.unknownHosts.push(...unknown);
}

/** A host said once holds for the steps it was said for: the rest of its sentence, and the list it closes. */
function shareHosts(drafts: Draft[]): Draft[] {
  for (const [at, draft] of drafts.entries()) {
    if (draft.hosts.length + draft.unknownHosts.length > 0) continue;
    const before = drafts[at - 1];
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
    if (!after.hasOwnVerb || (/^(?:and|comma)$/.test(after.joint) && sameVerb(draft, after))) {
      draft.hosts = [...after.hosts];
      draft.unknownHosts = [...after.unknownHosts];
    }
  }
  return drafts;
}

const sameVerb = (a: Draft, b: Draft): boolean => spokenVerb(wordsOf(a.text))?.verb === spokenVerb(wordsOf(b.text))?.verb;

function number(drafts: readonly Draft[]): (RequestedStep & { context?: string })[] {
  return drafts.map((draft, at) => {
    const spoken = spokenVerb(wordsOf(draft.text))?.verb ?? null;
    const isHostOnly = draft.services.length === 0 && draft.hosts.length > 0 && objectWords(draft.text).length === 0;
    // "restart docker01": a whole host is rebooted, not restarted.
    const verb = spoken === "restart" && isHostOnly ? "reboot" : spoken;
    const intent =
      verb === "reboot" && isHostOnly
        ? "reboot"
        : draft.text
            .replace(/^[\s,;:-]+|[\s,;:-]+$/g, "")
            .replace(/\s+(?:first|beforehand|afterwards|at the end|in the end|zuerst|vorher|primero|d'abord)$/i, "");
    return {
      order: at + 1,
      name: intent.length > 80 ? `${intent.slice(0, 77)}...` : intent,
      intent,
      verb: verb === "other" ? null : verb,
      confidence: draft.services.length > 0 ? 0.95 : verb === null ? 0.65 : 0.85,
      parameters: statedValues(intent),
      hosts: draft.hosts,
      unknownHosts: [...new Set(draft.unknownHosts)],
      dependsOn: at === 0 ? [] : [at],
      ...(draft.context === undefined ? {} : { context: draft.context }),
    };
  });
}

const hasMeaning = (draft: Draft): boolean => {
  const words = wordsOf(draft.text);
  if (draft.services.length > 0 || words.some((word) => !isStopWord(word.lower)))
    return !/^(?:done|thanks?|thx|ok|fertig|please|listo|fini|that's all|that is all|and so on|etc|cheers|in this order|in that order|in der reihenfolge|asap|urgent|urgently)\b[\s.!]*(?:please)?$/i.test(
      draft.text.trim(),
    );
  const verb = spokenVerb(words)?.verb;
  return verb !== undefined && draft.hosts.length > 0;
};

const previewWords =
  /(?:^|\s)--(?:check|diff|dry-run)\b|\b(?:dry[- ]?run(?: (?:only|first))?|in check mode|check mode|just (?:a )?preview|preview only|without (?:changing|doing) anything|simulate|as a simulation|only preview|probelauf|simula(?:cion)?|a blanc)\b/gi;
function isPreview(text: string): boolean {
  return new RegExp(previewWords.source, "i").test(text) || /\bwhat would (?:change|happen)\b|\bpreview\b/i.test(text);
}

/** "if the disk is full, prune": somebody has to decide whether it is. */
function isConditional(text: string): boolean {
  return /^(?:only\s+)?(?:if|unless|whenever|in case|falls|si)\s+(?!possible|you can|you could|you have time|you don't mind|that works|needed|necessary)/i.test(
    text.trim(),
  );
}

type Negation = "act" | "none";
function negationOf(text: string, isNamed: boolean): Negation {
  const start = text.trim();
  if (
    /^(?:please\s+|pls\s+|also\s+|but\s+|and\s+|just\s+|bitte\s+|you\s+(?:must|should|can)?\s*)*(?:do\s*n[o']t|dont|do not|never|must not|mustn't|should not|shouldn't|no need to|not|leave|keep your hands off|stay away from|hands off|under no circumstances|refrain from|avoid|stop before|don't|nicht|kein(?:e|en)?|no|ne|nada de|niemals|nunca|jamais|nothing|lass|deja|laisse)\b/i.test(
      start,
    )
  ) {
    if (/^(?:leave|lass|deja|laisse)\b/i.test(start))
      return /\b(?:alone|untouched|rest|everything else|others|as (?:it|they) (?:is|are)|out|in ruhe|tranquil|running)\b/i.test(start)
        ? "act"
        : "none";
    if (/^(?:no|kein\w*)\b/i.test(start) && isNamed) return "act";
    if (/^(?:no|ne|kein\w*)\b/i.test(start))
      return /^(?:no|ne)\s+(?:need|toques|borres|instales|reinicies|elimines|touche|supprime|installe|pas)\b|^ne\s/i.test(start)
        ? "act"
        : "none";
    if (/^(?:please\s+)?(?:don't|do not|dont)\s+forget\b/i.test(start)) return "none";
    if (/^(?:please\s+)?(?:don't|do not|dont)\s+(?:hesitate|worry|wait)\b/i.test(start)) return "act";
    return "act";
  }
  if (
    /\b(?:nicht|bitte nicht)\s+(?:installieren|loschen|löschen|neustarten|anfassen|aktualisieren|starten|entfernen)\b/i.test(start) ||
    /\b(?:do not|don't|never)\s+(?:touch|run|deploy|install|remove|restart|update|delete|change)\b/i.test(start)
  )
    return "act";
  return "none";
}

const shellCommand =
  /^(?:sudo\s+)?(?:rm\s+-|rm\s+\/|curl\s+(?:-|http)|wget\s+(?:-|http)|bash\s+-|sh\s+-c|nc\s+-|chmod\s+\S|chown\s+\S|dd\s+if=|mkfs|python3?\s+-|perl\s+-|cat\s+\/|:\(\)\{|eval\s|kill\s+-\d|iptables\s+-|echo\s+.*[|>]|shutdown\s+-|systemctl\s)/i;
const isShell = (text: string): boolean => shellCommand.test(text.trim()) || /^[`$]\(?/.test(text.trim());

/** "once the backup is done": waits for a step that is already there. */
const isDoneClause = (text: string): boolean =>
  /^(?:the\s+|that\s+|it\s+|this\s+|everything\s+|all\s+)?(?:[\w-]+\s+){0,3}(?:is|are|was|has|have|'s)\s+(?:been\s+)?(?:done|finished|up|running|complete[d]?|ready|ok|okay|healthy|there|successful|through|fertig|over)\b/i.test(
    text.trim(),
  );

// "X before Y": X is first as written. "but first Y", "before that Y": Y comes first.
const isReversing = (sentence: string, piece: Piece): boolean =>
  new RegExp(
    `(?:before (?:that|doing (?:that|so|this)|this)|beforehand|but first|vorher|zuvor|antes|avant)[,\\s]+${escapeText(piece.text.slice(0, 12))}`,
    "i",
  ).test(sentence);
const escapeText = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

function stripOrderWords(sentence: string): string {
  return sentence
    .replace(
      /^(?:\s*(?:first(?:ly)?(?: of all)?|then|finally|lastly|next|also|and|when done|once done|when finished|zuerst|dann|danach|primero|luego|d'abord|ensuite|puis|after that|afterwards|in addition|additionally|now|plus|todo|to do|tasks?)\b\s*[,:]?\s+)+/i,
      "",
    )
    .replace(/^(?:after|once|nachdem|nach|después de|despues de|après)\s+(?=\p{L}+(?:ing|en|er|ar)\b)/iu, "");
}

// "after deploying X run Y": the second half has no comma of its own.
function withComma(sentence: string): string {
  if (!/^(?:after|once|before|nachdem|bevor)\b|^\w+ing\b/i.test(sentence) || sentence.includes(",")) return sentence;
  const words = wordsOf(sentence);
  for (let at = 3; at < words.length; at += 1) {
    const hit = verbAt(words, at);
    const word = words[at];
    if (
      hit === undefined ||
      word === undefined ||
      hit.verb === "other" ||
      /ing$|ed$/.test(word.lower) ||
      isFunctionWord(word.lower) ||
      /^(?:to|and|the|a|an|of|for|on)$/.test(words[at - 1]?.lower ?? "")
    )
      continue;
    return `${sentence.slice(0, word.start).trimEnd()}, ${sentence.slice(word.start)}`;
  }
  return sentence;
}

const verbWords = (text: string): string => {
  const hit = leadingVerb(text);
  const words = wordsOf(text);
  return hit === undefined
    ? ""
    : words
        .slice(hit.from, hit.to)
        .map((word) => word.text)
        .join(" ");
};
const withoutVerb = (text: string): string => {
  const hit = leadingVerb(text);
  const words = wordsOf(text);
  return hit === undefined ? text : text.slice(words[hit.to]?.start ?? text.length);
};
function replaceTail(drafts: Draft[], count: number, tail: readonly Draft[]): void {
  drafts.splice(drafts.length - count, count, ...tail);
}
