import { isFunctionWord } from "../../mapping/stop-words.ts";
import { wordsOf } from "../../mapping/text.ts";
import { joinVerbs, verbAt } from "../../mapping/verb-words.ts";
import type { Vocabulary } from "../vocabulary.ts";

/** German verbs that fall apart, and wishes with two halves, in one piece. */
export function inOnePiece(sentence: string, vocabulary: Vocabulary): string {
  let whole = joinVerbs(sentence.replace(/\b(?:bring|get|keep)\s+([^,;]{1,50}?)\s+up to date\b/gi, "update $1"))
    // "take the old job history and delete it"
    .replace(/\btake\s+((?:(?!\s(?:out|off|down|away|and)\s)[^,;:]){2,60}?)\s+and\s+(\p{L}+)\s+(?:it|them)\b/giu, "$2 $1")
    // "patch web1 rather than rebooting it": what is not to be done says nothing of what is.
    .replace(/,?\s+(?:rather than|instead of)\s+(?!\p{L}+ing\s+(?:on|in|at)\b)\p{L}{2,}ing\b[^,;.]*/giu, "")
    // "take ben off the vpn", "throw her out of the group"
    .replace(/\b(?:take|throw|kick)\s+((?:[^\s,;:]+\s+){1,3}?)(off|out of)\s+(?=(?:the|our|my|all|every)\b)/gi, "remove $1$2 ")
    .replace(/\bbases? de datos\b|\bbases? de donn[ée]es\b/gi, "database")
    .replace(/\bhost name\b/gi, "hostname")
    // "22 open, 25 closed"
    .replace(/(?<=[,;]\s|\band\s)(?=\d{1,5}(?:\/(?:tcp|udp))?\s+(?:open(?:ed)?|closed|blocked|shut)\b)/gi, "port ")
    .replace(/(\p{L})-(?:le|la|les|moi|nous|lo)\b/giu, "$1 it")
    .replace(/\bstarte?\s+(.+?)\s+neu\b/gi, "neustarten $1")
    .replace(/\b(?:richte|setze?)\s+(.+?)\s+(?:ein|auf)(?=$|[\s,.;]*(?:und\b|$))/gi, "installiere $1")
    .replace(/\bf(?:ü|ue|u)ge\s+(.+?)\s+hinzu\b/gi, "hinzufügen $1")
    .replace(/\bfahre?\s+(.+?)\s+(?:herunter|runter)\b/gi, "stoppe $1")
    .replace(/\bstelle?\s+(.+?)\s+wieder her\b/gi, "wiederherstellen $1")
    .replace(/\bleg(?:e)?\s+(.+?)\s+an\b/gi, "anlegen $1");
  whole = whole
    .replace(/\b(?:make sure|ensure|see to it)(?: that)?\s+([^,;]+?)\s+(?:is|are|gets?)\s+(?:properly\s+)?(\p{L}+ed)\b/giu, "$2 $1")
    .replace(/\band that\s+([^,;]+?)\s+(?:is|are|gets?)\s+(?:properly\s+)?(\p{L}+ed)\b/giu, "and $2 $1");
  const exchange = /\b(?:replace|swap(?: out)?|switch from|ersetze)\s+(.+?)\s+(?:with|by|for|to|durch)\s+(.+)$/i.exec(whole);
  if (exchange?.[1] === undefined || exchange[2] === undefined) return whole;
  const isService = (text: string): boolean => vocabulary.servicesIn(wordsOf(text)).length > 0;
  return isService(exchange[1]) && isService(exchange[2])
    ? `${whole.slice(0, exchange.index)}remove ${exchange[1]}, deploy ${exchange[2]}`
    : whole;
}

export function stripOrderWords(sentence: string): string {
  return sentence
    .replace(
      /^(?:and\s+|then\s+)?(?:if|when|once)\s+(?:that|it|this|all|everything|both)(?:'s|\s+(?:is|was|has|went|goes|all))*\s*(?:gone\s+)?(?:well|fine|ok|okay|good|successful|works?|worked)\s*[,:]?\s+(?:then\s+)?(?=\S)/i,
      "",
    )
    .replace(
      /^(?:\s*(?:first(?:ly)?(?: of all)?|then|finally|lastly|next|also|and|when done|once done|when finished|zuerst|dann|danach|primero|luego|d'abord|ensuite|puis|after that|afterwards|in addition|additionally|now|plus|todo|to do|tasks?)\b\s*[,:]?\s+)+/i,
      "",
    )
    .replace(/^(?:after|once|when|nachdem)\s+(?:you|we|i)(?:'ve|\s+have|\s+had|'re|\s+are)?\s+(?:done\s+(?:with\s+)?)?(?=\p{L}+)/iu, "")
    .replace(/^(?:after|once|nachdem|nach|después de|despues de|après)\s+(?=\p{L}+(?:ing|en|er|ar)\b)/iu, "");
}

// "after deploying X run Y": the second half has no comma of its own.
export function withComma(sentence: string): string {
  if (!/^(?:after|once|before|nachdem|bevor)\b|^\w+ing\b/i.test(sentence)) return sentence;
  // "before you rename cases to old back it up, encrypted": the comma comes too late.
  const comma = sentence.indexOf(",");
  if (comma >= 0 && !/^(?:after|once|before)\s+(?:you|we|i)\s/i.test(sentence)) return sentence;
  const words = wordsOf(comma < 0 ? sentence : sentence.slice(0, comma));
  for (let at = 2; at < words.length; at += 1) {
    const hit = verbAt(words, at);
    const word = words[at];
    if (
      hit === undefined ||
      word === undefined ||
      hit.verb === "other" ||
      /ing$|ed$/.test(word.lower) ||
      isFunctionWord(word.lower) ||
      /^(?:to|and|the|a|an|of|for|on|you|we|i|they)$/.test(words[at - 1]?.lower ?? "")
    )
      continue;
    return `${sentence.slice(0, word.start).trimEnd()}, ${sentence.slice(word.start)}`;
  }
  return sentence;
}

const afterthought =
  /(?:\s*[,;(]\s*|\s+-{1,2}\s+)(?:but\s+|and\s+|please\s+|pls\s+|with\s+)*((?:(?:do|make|take|run|have|create)\s+)?(?:an?\s+|the\s+)?(?:[\p{L}-]+\s+){0,2}?(?:backup|dump|snapshot|copy|export|sicherung|respaldo|sauvegarde)(?:\s+of\s+[^,;()]{1,40}?)?)\s+(?:first|before(?: (?:that|this))?|beforehand|vorher|zuvor|antes|avant)(?:\s+(?:please|pls|bitte))?\)?\s*$/iu;

/** "upgrade it to 11.3 -- backup first pls": what is thought of last comes first. */
export const withAfterthought = (sentence: string): string => sentence.replace(afterthought, (_, work: string) => `, before that ${work}`);
