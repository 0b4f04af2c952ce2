import { wordsOf } from "../../mapping/text.ts";
import { spokenVerb, verbAt } from "../../mapping/verb-words.ts";
import { leadingVerb } from "./clauses.ts";
import type { Draft } from "./draft.ts";
import type { HostReader } from "../hosts/hosts-in-text.ts";
import type { Vocabulary } from "../vocabulary.ts";

// What a request waits for and nobody ordered: "once the delivery is done", "after lunch". Somebody has to see to it, so it is never left out unsaid.

interface Known {
  readonly reader: HostReader;
  readonly vocabulary: Vocabulary;
  /** Steps that were read before: what waits for them waits for nothing else. */
  readonly drafts: readonly Draft[];
}

const begins =
  /^(?:(?:please|bitte|pls|and|then|but|only|also|directly|right|shortly|just)\s+)*(once|when|as soon as|after|sobald|nachdem|nach|wenn|en cuanto|cuando|una vez que|despu[eé]s de(?:l| que)?|tras|quand|lorsque|d[eè]s que|apr[eè]s(?: que)?)\s+(\S.*)$/iu;
const pointsBack =
  /^(?:that|this|it|its|they|these|those|you|u|we|i|he|she|everything|all|both|each|every|done|finished|ready|possible|up|again|more|per|a|in|your?|time|convenient|needed|the (?:other|last|first|next) (?:ones?|steps?|machines?|hosts?|servers?|time)|du|ihr|sie|wir|ich|das|dies|alles|m(?:ö|oe?)glich|fertig|eso|esto|ello|todo|listo|posible|puedas|tu|vous|ça|ca|cela|tout|possible)\b/iu;
const states =
  /\b(?:is|are|was|were|has|have|had|ends?|ended|leaves?|left|closes?|closed|finish(?:es|ed)?|stops?|stopped|completes?|completed|arrives?|arrived|goes|gone|went|begins?|starts?|started|comes?|came|gets?|becomes?|drops?|falls?|reaches|ist|sind|hat|haben|war|steht|kommt|est[aá]n?|han?|haya|sea|termine|acabe|est|sont|ont|soit)\b|n'est|'s (?:done|over|finished|gone|empty)/iu;

/** "once the import has finished, restart it": what the sentence begins with, when no step of the request is meant by it. */
export function leadingEvent(sentence: string, known: Known): string | undefined {
  const said = begins.exec(sentence);
  const [, , clause] = said ?? [];
  if (clause === undefined) return undefined;
  const comma = clause.search(/,\s|;\s|:\s|\s-+\s/);
  const to = comma >= 0 ? comma : orderIn(clause, known.vocabulary);
  return to === undefined || to <= 0 ? undefined : eventIn(clause.slice(0, to).trim(), said?.[1] ?? "", known);
}

/** "restart it when the queue is empty": what an order ends with. */
export function trailingEvent(text: string, known: Known): string | undefined {
  const said = /^(.+?\S)\s+(?:but only\s+|only\s+)?(when|wenn|sobald|cuando|en cuanto|una vez que|quand|lorsque|d[eè]s que)\s+(.+)$/iu.exec(text);
  if (said?.[1] === undefined || said[3] === undefined || /\b(?:tell|let|inform|notify|alert|warn|mail|ping|call|say|report|message|me|us|how|what|which)\b/i.test(said[1])) return undefined;
  return leadingVerb(said[1]) === undefined ? undefined : eventIn(said[3], said[2] ?? "", known);
} // prettier-ignore

/** A clause about how things are, or a time of day and of work: "the queue is empty", "the council meeting". */
export function eventIn(clause: string, conjunction: string, { reader, vocabulary, drafts }: Known): string | undefined {
  const plain = clause.replace(/[\s,]+(?:please|pls|bitte|thanks?|thx|por favor|svp)[\s.!]*$/i, "").trim();
  const words = wordsOf(plain);
  if (words.length === 0 || words.length > 12 || pointsBack.test(plain) || words[0]?.lower.endsWith("ing") === true) return undefined;
  const services = vocabulary.servicesIn(words);
  const hosts = reader.read(plain, { allowUnknown: false, fromIsValue: false }).hosts;
  if (states.test(plain)) {
    // "once grafana is up": where it was ordered before, that is the order of the steps.
    const isOrdered =
      drafts.some((draft) => services.some((service) => draft.services.includes(service.name)) || hosts.some((host) => draft.hosts.includes(host))) ||
      words.some((_, at) => drafts.some((draft) => sameWork(verbAt(words, at)?.verb, draft)));
    return isOrdered ? undefined : plain;
  }
  if (!/^(?:after|nach|despu|tras|apr)/i.test(conjunction) || words.length > 6) return undefined;
  if (/^(?:\d{1,2}(?::\d\d)?\s*(?:am|pm|uhr|h|o'clock)?|\d{1,2}:\d\d)$/i.test(plain)) return plain;
  const isWork = words.some((_, at) => (verbAt(words, at)?.verb ?? "other") !== "other") || vocabulary.thingAt(words) !== undefined;
  return services.length + hosts.length > 0 || isWork || /[\d/"\uE000]/u.test(plain) ? undefined : plain;
} // prettier-ignore

const sameWork = (verb: string | undefined, draft: Draft): boolean =>
  verb !== undefined && verb !== "other" && spokenVerb(wordsOf(draft.text))?.verb === verb;

/** Where an order begins in a clause that has no comma before it. */
function orderIn(clause: string, vocabulary: Vocabulary): number | undefined {
  const words = wordsOf(clause);
  for (let at = 2; at < words.length; at += 1) {
    const hit = verbAt(words, at);
    const before = words[at - 1]?.lower ?? "";
    const isOwn = vocabulary.isOwnVerb(words[at]?.lower ?? "") && /^(?:the|a|an|all|every|each|my|our)$/.test(words[at + 1]?.lower ?? "");
    // "… turn the lights on"
    const isApart = /^(?:turn|switch|set|put|take|bring|shut|roll|make|send)$/.test(words[at]?.lower ?? "");
    if (isOwn || isApart) return words[at]?.start;
    if (hit === undefined || hit.verb === "other" || /(?:ing|ed|s)$/.test(words[at]?.lower ?? "") || /^(?:to|and|the|a|an|of|for|on|is|are|was|has|have|its|their|no|der|die|das|el|la|le)$/.test(before)) continue;
    return words[at]?.start;
  }
  return undefined;
} // prettier-ignore
