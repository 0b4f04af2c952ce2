import type { InventoryNames } from "../mapping/inventory-names.ts";
import { normalizeText, wordsOf } from "../mapping/text.ts";
import { leadingEvent } from "./sentence/awaited-event.ts";
import { joinBackground } from "./sentence/background.ts";
import { languageOfText, leadingVerb, maskQuotes, sentencesOf } from "./sentence/clauses.ts";
import { complexityOf } from "./sentence/complexity.ts";
import type { Decomposer } from "./decomposer.ts";
import { type Decomposition, stepLimit } from "./decomposition.ts";
import { type Draft, hasMeaning } from "./sentence/draft.ts";
import { withoutForwarded } from "./sentence/forwarded.ts";
import { createHostReader, type HostReader } from "./hosts/hosts-in-text.ts";
import { isConditional } from "./sentence/not-to-do.ts";
import { numberedSteps } from "./sentence/numbered-steps.ts";
import { isPreview, withoutPreviewWords } from "./sentence/preview-words.ts";
import { readSentence } from "./sentence/read-sentence.ts";
import { inOnePiece, stripOrderWords, withAfterthought } from "./sentence/rewording.ts";
import { shellParts } from "./sentence/shell-syntax.ts";
import { shareHosts } from "./hosts/shared-hosts.ts";
import { comesEarlier, endsEarlier, putEarlier } from "./sentence/step-order.ts";
import {
  forgetsRules,
  isAnnouncement,
  isClosing,
  isComplaint,
  isHeading,
  isInjected,
  isOrderForAsked,
  isPreamble,
  isQuestion,
  isReportWanted,
  isSmallTalk,
  isWish,
  quotedPart,
  withoutPoliteness,
  withoutThanks,
} from "./sentence/speech.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface RulePlannerDeps {
  readonly inventory: InventoryNames;
  readonly vocabulary: Vocabulary;
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
  const { own, forwarded } = withoutForwarded(normalizeText(text));
  const normalized = own
    .replace(/<!--[\s\S]*?(?:-->|$)/g, " ")
    .replace(/,?\s*\bin (?:this|that|the following|the given|exactly this) order\b/gi, "")
    .replace(/(?:,\s*)?\b(?:(?:but|and|only|just|please)\s+)*(?:leave|lass|lasst)\s+out\b/gi, " except")
    // "but not the ones in the library", "bis auf die in Halle 2"
    .replace(/\b(?:the ones|those|the machines|the hosts|the servers)\s+(?:in|on|at|from)\s+(?=the\b|\p{L})/giu, "")
    .replace(
      /\b(?:with the exception of|leaving out|leaving aside|aside from|mit ausnahme von|bis auf|a excepcion de|a excepción de|à l'exception de|à part|hormis|aparte de)\b/giu,
      "except",
    );
  const language = languageOfText(normalized);
  const seen = {
    question: false,
    smallTalk: false,
    quoted: forwarded,
    injected: false,
    forgetful: false,
    negated: false,
    named: undefined as string | undefined,
    spared: [] as string[],
    /** Hosts that a question was about. */
    asked: [] as readonly string[],
  };
  const ambiguities: string[] = [];
  const outOfScope: string[] = [];
  const previewOnly = isPreview(normalized);
  const drafts: Draft[] = [];
  let scope: string[] = [];
  let quotedLines = false;

  let [askedBefore, wishBefore] = ["", ""];
  const all = sentencesOf(normalized);
  for (const [number, spoken] of all.entries()) {
    const said = askedBefore !== "" ? `show ${askedBefore}` : wishBefore !== "" ? `set up a way to ${wishBefore}` : spoken.text;
    const sentence = { ...spoken, text: said };
    [askedBefore, wishBefore] = ["", ""];
    const { masked, unmask } = maskQuotes(sentence.text);
    const hasService = vocabulary.servicesIn(wordsOf(sentence.text)).length > 0;
    if (seen.forgetful || isInjected(sentence.text)) {
      seen.injected = true;
      seen.forgetful ||= forgetsRules(sentence.text);
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
    if (drafts.length > 0 && cancels.test(sentence.text)) {
      // "reboot web1. Never mind": nothing of it is meant any more.
      for (const left of drafts.splice(0)) ambiguities.push(left.text);
      seen.negated = true;
      continue;
    }
    if (drafts.length > 0 && corrects.test(sentence.text)) {
      for (const left of drafts.filter((draft) => draft.sentence === number - 1)) {
        drafts.splice(drafts.indexOf(left), 1);
        ambiguities.push(left.text);
      }
      ambiguities.push(sentence.text);
      continue;
    }
    // "hey, patch web1": a greeting before an order.
    const ordered = leadingVerb(withoutPoliteness(sentence.text));
    const isOrder = ordered !== undefined && (hasService || (ordered.verb !== "other" && reader.read(sentence.text, { allowUnknown: false, fromIsValue: false }).hosts.length > 0)); // prettier-ignore
    if (isSmallTalk(sentence.text) && !isOrder) {
      seen.smallTalk = true;
      continue;
    }
    if (isClosing(sentence.text, number > 0 ? all[number - 1]?.text : undefined) && !isOrder) {
      seen.smallTalk = true;
      continue;
    }
    if (
      all[number + 1]?.isItem === true &&
      !sentence.isItem &&
      isPreamble(sentence.text, hasService || reader.read(sentence.text, { allowUnknown: false, fromIsValue: false }).hosts.length > 0)
    ) {
      outOfScope.push(sentence.text);
      continue;
    }
    const asked = drafts.at(-1);
    if (asked !== undefined && isReportWanted(sentence.text)) {
      if (sentence.text.includes("@")) asked.text = `${asked.text}, ${sentence.text}`;
      continue;
    }
    if (isQuestion(stripOrderWords(sentence.text)) && isReportWanted(all[number + 1]?.text)) {
      askedBefore = sentence.text;
      continue;
    }
    const wayTo = /^(?:is there|do we have|have we got) (?:a|any|some) (?:way|possibility|tool|place)\s+(?:to|for)\s+(.+)$/i.exec(
      sentence.text,
    )?.[1];
    if (wayTo !== undefined && isOrderForAsked(all[number + 1]?.text)) {
      wishBefore = wayTo;
      continue;
    }
    if (isQuestion(stripOrderWords(sentence.text))) {
      seen.question = true;
      seen.named = vocabulary.servicesIn(wordsOf(sentence.text)).at(-1)?.name ?? seen.named;
      seen.asked = reader.read(sentence.text, { allowUnknown: false, fromIsValue: false }).hosts;
      continue;
    }
    if (isAnnouncement(sentence.text) || isHeading(sentence.text) || (drafts.length > 0 && isComplaint(sentence.text))) {
      outOfScope.push(sentence.text);
      continue;
    }
    // "deploy gitea? no, remove it", "restart web1, no wait, web2": what was said before may no longer be meant.
    if (takesBack.test(sentence.text)) {
      ambiguities.push(sentence.text);
      continue;
    }
    if (isConditional(stripOrderWords(sentence.text)) || (drafts.length > 0 && /^(?:no|nope|nein|non)\s*,\s*\S/i.test(sentence.text))) {
      // What was only asked before is not meant either: "reboot web1? no, …".
      if (
        all[number - 1]?.isQuestion === true &&
        /\b(?:not|never|must|may|stays?|nicht|nie|kein\w*|pas|nunca)\b|n't\b/i.test(sentence.text)
      )
        for (const asked of drafts.filter((draft) => draft.sentence === number - 1)) {
          drafts.splice(drafts.indexOf(asked), 1);
          ambiguities.push(asked.text);
        }
      ambiguities.push(sentence.text);
      continue;
    }
    if (leadingEvent(stripOrderWords(sentence.text), { reader, vocabulary, drafts }) !== undefined) {
      ambiguities.push(sentence.text);
      continue;
    }
    const spokenText = withoutThanks(masked);
    const isBehind = !sentence.isItem && drafts.length > 0 && endsEarlier.test(spokenText) && !/,|\band\b/i.test(spokenText);
    const isEarlier = drafts.length > 0 && (comesEarlier.test(spokenText) || isBehind);
    const told = isEarlier ? spokenText.replace(comesEarlier, "").replace(isBehind ? endsEarlier : "", "") : spokenText;
    const plain = inOnePiece(withAfterthought(withoutPreviewWords(withoutPoliteness(told))), vocabulary);
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
      isWish: isWish(sentence.text),
    });
    if (isEarlier) putEarlier(drafts, number);
    if (drafts.length > before) ambiguities.push(...shellParts(sentence.text));
    if (found.scope !== undefined && drafts.length === before) scope = found.scope;
    else if (!sentence.isItem) scope = [];
  }

  const steps = numberedSteps(
    shareHosts(
      joinBackground(
        drafts.filter((draft) => hasMeaning(draft)),
        vocabulary,
      ),
    ),
  );
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

const takesBack =
  /\S\s*[,;-]+\s*(?:no|nein|non),\s+(?!thanks?|problem|need|worries|danke|merci)\S|\S[\s,]+(?:but\s+)?(?:not (?:yet|now|today)|noch nicht|nicht heute|todav[ií]a no|pas encore)[\s.!]*$|\S.*\b(?:no,? wait|wait,? no|actually,? no|no,? actually|or rather not|on second thou?ghts?|nein,? (?:doch|warte)|warte,? nein|no,? espera|espera,? no|non,? attends|attends,? non|(?<!had )(?<!'d )better not|just kidding|only kidding|(?:just|only) joking|kidding|not really|nur spa(?:ß|ss)|war nur ein scherz|es broma|je plaisante)\b|\S\s(?:maybe|perhaps|or not|or maybe not|vielleicht|oder nicht|quizás?|o no|peut-être|ou pas)[\s.!?)]*$/i;

const cancels =
  /^(?:(?:hmm+|well|actually|no|nope|nah|eh|oh|sorry|wait|but|ach|nein|ok|okay)[\s,.-]+)*(?:better not|rather not|don't|do not|don't do (?:it|that)|not now|not yet|forget (?:it|that|about it)|never ?mind|leave it|cancel(?: (?:that|it|everything))?|abort|stop|wait|hold on|hold off|scratch that|strike that|changed my mind|i changed my mind|lieber nicht|doch nicht|vergiss es|warte|mejor no|olv[ií]dalo|espera|plut(?:o|ô)t pas|oublie(?: [çc]a)?|attends)(?:\s+(?:please|thanks|then|for now|bitte|doch|everyone|all))*[\s.!]*$/i;

/** "Sorry, I meant web2" */
const corrects =
  /^(?:(?:oh|sorry|oops|no|wait|ach|perd[oó]n|pardon)[\s,.!-]+)*(?:i meant?|i mean|make (?:that|it)|correction|i wanted to say|ich mein(?:t?e)|quise decir|quiero decir|je voulais dire|je veux dire)\b/i;
