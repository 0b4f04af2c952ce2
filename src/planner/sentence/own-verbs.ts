import { isStopWord } from "../../mapping/stop-words.ts";
import { wordsOf } from "../../mapping/text.ts";
import { verbAt } from "../../mapping/verb-words.ts";
import type { HostReader } from "../hosts/hosts-in-text.ts";
import type { Vocabulary } from "../vocabulary.ts";

const fillers = /^(?:please|pls|also|then|now|just|first|finally|kindly|next|and|bitte|noch|dann|zuerst|por|favor|luego|puis|ensuite)$/;

/** Words that stand before an article without being an order, and what says how rather than what. */
const noOrders =
  /^(?:keep|leave|spare|let|hold|want|need|use|mind|note|see|make|tell|give|mean|know|think|hope|wish|like|unlike|love|hate|prefer|thank|whatever|whichever|whoever|because|since|unless|until|till|while|whereas|although|though|per|despite|during|including|excluding|regarding|concerning|within|besides|behind|beyond|towards?|between|among|under|above|below|near|inside|outside|versus|minus|plus|half|twice|double|same|such|even|especially|mainly|mostly|probably|hopefully|basically|apparently|whether|what|which|who|how|why|where|read|write|dry|is|are|was|were|has|had|does|did|can|could|should|would|will|must|may|might)$|(?:ed|ing|ly)$/;

/** "flash the tanks", "stow dish-b": an order by a verb that only this catalog has, or that does something to machines. */
export function startsOwnOrder(text: string, { reader, vocabulary }: { readonly reader: HostReader; readonly vocabulary: Vocabulary }): boolean {
  const words = wordsOf(text);
  let at = 0;
  while (fillers.test(words[at]?.lower ?? "")) at += 1;
  const [word, next] = [words[at], words[at + 1]];
  if (word === undefined || next === undefined || !/^\p{L}{3,}$/u.test(word.text) || isStopWord(word.lower) || verbAt(words, at) !== undefined) return false;
  if (noOrders.test(word.lower)) return false;
  const gap = text.slice(word.end, next.start);
  if (gap.trim() !== "" || /^(?:is|are|was|has|should|must|will|of|for|and|or|to|with|on|in)$/.test(next.lower)) return false;
  // "…, but save it first"
  if (/^(?:it|them|that|everything)$/.test(next.lower) && /\s(?:first|beforehand|before)$/i.test(text.trim())) return true;
  const isArticle = /^(?:the|a|an|all|every|each|my|our|this|these|those|both)$/.test(next.lower);
  if (vocabulary.isOwnVerb(word.lower) && !word.lower.endsWith("s") && (isArticle || !isStopWord(next.lower))) return true;
  if (isArticle && vocabulary.startsTitle(word.lower)) return true;
  // "load the dump": no noun stands right before an article.
  const isThing = vocabulary.isVariableWord(word.lower) || vocabulary.servicesIn([word]).length > 0;
  if (!isThing && isArticle && /^\p{Ll}+$/u.test(word.text)) return true;
  let object = at + 1;
  while (/^(?:the|all|every|each|both)$/.test(words[object]?.lower ?? "")) object += 1;
  return !isThing && !vocabulary.isKnownWord(word.lower) && reader.isHost(words[object]?.lower ?? "");
} // prettier-ignore
