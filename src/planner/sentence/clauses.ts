import { isStopWord } from "../../mapping/stop-words.ts";
import { wordsOf } from "../../mapping/text.ts";
import { verbAt, type VerbHit } from "../../mapping/verb-words.ts";

/** How a piece of a sentence is joined to the one before. */
export type Joint = "start" | "and" | "comma" | "then" | "before" | "after" | "colon" | "semicolon" | "but";

export interface Piece {
  readonly text: string;
  readonly joint: Joint;
}

const maskOpen = "\uE000";

/** Hides quoted text, so that commas and verbs in a title split nothing. */
export function maskQuotes(text: string): { readonly masked: string; readonly unmask: (part: string) => string } {
  const kept: string[] = [];
  const masked = text.replace(/"[^"\n]{0,400}"|(?<=^|[\s=:(])'[^'\n]{1,400}'(?=$|[\s,.;:!?)])/g, (quoted) => {
    kept.push(quoted);
    return `${maskOpen}${kept.length - 1}\uE001`;
  });
  return { masked, unmask: (part) => part.replace(/\uE000(\d+)\uE001/g, (_, index: string) => kept[Number(index)] ?? "") };
}

export interface Sentence {
  readonly text: string;
  readonly isQuestion: boolean;
  /** A line of a list belongs to the list's heading. */
  readonly isItem: boolean;
}

export function sentencesOf(text: string): Sentence[] {
  const sentences: Sentence[] = [];
  for (const line of text.split(/\n+/)) {
    const item = /^\s*(?:[-*•+]|\d{1,2}[.)]|[a-h]\)|\(?[a-h1-9]\)|\[[ x]?\])\s+/.exec(line);
    const content = item === null ? line : line.slice(item[0].length);
    for (const match of splitInline(content, /^\s*\d/.test(item?.[0] ?? "")).matchAll(/[^\uE002]+/g)) {
      const part = match[0].trim();
      if (part === "") continue;
      sentences.push({ text: part.replace(/[.!?]+$/, "").trim(), isQuestion: /\?[\s"')]*$/.test(part), isItem: item !== null });
    }
  }
  return sentences.filter((sentence) => sentence.text !== "");
}

/** Sentence ends and inline numbering become a mark; dots in names, versions and addresses do not. */
function splitInline(line: string, isNumbered: boolean): string {
  return line
    .replace(
      isNumbered ? /(?:^|\s)\(?[1-9][.)]\s+(?=\p{L})/gu : /(?:^|(?<=[.,;:!?])\s|\s(?=\(?[1-9]\)))\(?[1-9][.)]\s+(?=\p{L})/gu,
      "\uE002",
    )
    .replace(/([.!?])(["')]*)\s+(?=\S)/g, (all, end: string, quotes: string, at: number) =>
      // "until 30.9. please": a day, unless a new sentence begins.
      end === "." &&
      ((!/\b(?:to|version|release|v|auf|a|à)\s*v?\d+\.\d+$/i.test(line.slice(0, at)) &&
        /(?:\d\.\d{1,2}|\b(?:am|zum|vom|bis|den|ab)\s+\d{1,2})$/.test(line.slice(0, at)) &&
        /^\p{Ll}/u.test(line.slice(at + all.length))) ||
        /(?:\b(?:e\.g|i\.e|etc|vs|no|nr|z\.b|bzw|approx|incl|dr|mr|ms|st)|\b[A-Z])$/i.test(line.slice(Math.max(0, at - 6), at)))
        ? all
        : `${end}${quotes}\uE002`,
    );
}

const joints: readonly (readonly [RegExp, Joint])[] = [
  [
    /\s*[,;]?\s*(?:and|und|y|et|en|but)?\s*(?:(?:right |directly )?after ?wards|after (?:each|every) (?:one|host|machine|node|server|box)(?: of (?:them|those))?|after each of (?:them|those)|after that|after this|thereafter|subsequently|when (?:that|this|it)(?:'s| is| has) (?:done|finished|up|ready|running|complete[d]?)|when done|once (?:that|this|it)(?:'s| is| has)? (?:done|up|finished|running|ready|complete[d]?|started)|once done|followed by|and then|then|finally|lastly|next(?!\s+(?:to|weeks?|months?|years?|time|days?|hours?|minutes?|few|couple|\d+|morning|door)\b)|at the end|im anschluss|y luego|luego|después|despues|finalmente|et ensuite|et puis|puis|ensuite|après|daarna|dan|e poi|poi)(?:\s*,)?\s+/iy,
    "then",
  ],
  [
    /\s*[,;]\s*(?:and\s+)?(?:second(?:ly)?|third(?:ly)?|fourth(?:ly)?|fifth(?:ly)?|zweitens|drittens|viertens|segundo|tercero|deuxi[eè]mement|troisi[eè]mement)(?:\s*[,:]\s*|\s+)(?=(?:the|a|an|my|our|\p{L}+)\s)/iuy,
    "then",
  ],
  // German puts "danach" behind the verb too: only after a comma or an "und" it begins something new.
  [/\s*(?:[,;]\s*(?:und\s+)?|\s+und\s+)(?:anschliessend|anschließend|danach|dann|zuletzt)\s+/iy, "then"],
  [
    /\s*[,;]?\s*(?:(?:but|and|und|y|et)\s+)?(?:before (?:that|doing (?:that|so|this)|this)|prior to (?:that|this)(?=[,\s])|ahead of (?:that|this)|beforehand|but first|vorher|zuvor|antes|avant)(?:\s*,)?\s+/iy,
    "before",
  ],
  [/\s*[,;]?\s+(?:before|prior to|bevor|antes de|avant de)\s+(?=\p{L})/iuy, "before"],
  [
    /\s*[,;]?\s+(?:after(?!\s+(?:the other|another|each other|the next)\b)|once|as soon as|nachdem|nach|después de|despues de|après)\s+(?=\p{L})/iuy,
    "after",
  ],
  // "a;reboot" is a value with shell syntax in it.
  [/\s+;\s*|;(?!\S)\s*/y, "semicolon"],
  [/\s*[,;]?\s+(?:but|aber|sondern|pero|mais|maar)\s+/iy, "but"],
  [/\s*,?\s+(?:and also|and|as well as|plus|und auch|und|sowie|y también|y tambien|y|et aussi|et|en|e)\s+(?:also\s+|auch\s+)?/iy, "and"],
  [/\s+(?:&|\+)\s+|\s*\+\s+|\s*&&\s*/y, "and"],
  [/\s*,\s+(?:also|additionally|furthermore|in addition|ausserdem|außerdem|además|ademas|également|egalement)\s+/iy, "and"],
  [/\s*,\s+/y, "comma"],
  [/(?<!https?):\s+/iy, "colon"],
  [/\s+(?:->|=>)\s+(?=(?:then|deploy|install|restart|update|add|configure)\b)/iy, "then"],
  [/\s+-{1,2}\s+/y, "comma"],
];

/** At every place where a new step may begin; which of them do is decided by what stands there. */
export function splitPieces(sentence: string, language: Language): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  let joint: Joint = "start";
  let at = 0;
  while (at < sentence.length) {
    const hit = jointAt(sentence, at, language);
    if (hit === undefined) {
      at += 1;
      continue;
    }
    const text = sentence.slice(from, at).trim();
    if (text !== "" || joint === "start") {
      if (text !== "") pieces.push({ text, joint });
      else if (hit.joint === "then" && pieces.length === 0) hit.joint = "start";
    } else if (pieces.length > 0 && hit.joint !== "comma") {
      // ", and": the stronger of two joints counts
    }
    joint = pieces.length === 0 ? (text === "" ? "start" : hit.joint) : text === "" ? stronger(joint, hit.joint) : hit.joint;
    at = hit.end;
    from = at;
  }
  const rest = sentence.slice(from).trim();
  if (rest !== "") pieces.push({ text: rest, joint });
  return pieces;
}

const rank: readonly Joint[] = ["start", "comma", "and", "colon", "but", "semicolon", "then", "before", "after"];
const stronger = (a: Joint, b: Joint): Joint => (rank.indexOf(a) >= rank.indexOf(b) ? a : b);

function jointAt(sentence: string, at: number, language: Language): { joint: Joint; end: number } | undefined {
  const character = sentence[at] ?? "";
  // Joints begin with a space or punctuation; a leading "then" is handled by the caller.
  if (!/[\s,;:+]/.test(character)) return undefined;
  for (const [pattern, joint] of joints) {
    pattern.lastIndex = at;
    const match = pattern.exec(sentence);
    if (match === null || match[0] === "") continue;
    const word = match[0].trim().toLowerCase();
    if (/^(?:y|e|en|et|dan|dann|puis)$/.test(word) && !languageOf[word]?.includes(language)) continue;
    return { joint, end: at + match[0].length };
  }
  return undefined;
}

export type Language = "en" | "de" | "es" | "fr" | "nl" | "it";
const languageOf: Record<string, readonly Language[]> = {
  y: ["es"],
  e: ["it"],
  en: ["nl"],
  et: ["fr"],
  dan: ["nl"],
  dann: ["de"],
  puis: ["fr"],
};
const marks: Record<Exclude<Language, "en">, string> = {
  de: "der die das den dem ein eine einen und oder auf mit bitte für fur ist nicht ich wir brauche installiere richte lösche losche starte neu bei mir alle allen dann danach zuerst vom zum zur mein meine unser unsere",
  es: "el la los las un una en con por favor para que y instala quiero necesito mi nuestro todos todas del luego después despues primero configura añade reinicia",
  fr: "le la les un une des sur avec pour et dans installe veux voudrais je nous mon ma notre tous toutes puis ensuite du au aux plait redémarre ajoute sauvegarde",
  nl: "de het een op met voor graag zet installeer alsjeblieft naar mijn onze alle daarna niet",
  it: "il lo gli un una con per favore su installa voglio e poi tutti nostro mio sul",
};
const markSets = Object.entries(marks).map(([language, words]) => [language as Language, new Set(words.split(" "))] as const);
const english = new Set("the a an and to for with please on of my our is it all then deploy install set up restart add remove".split(" "));

export function languageOfText(text: string): Language {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  let best: Language = "en";
  let most = words.filter((word) => english.has(word)).length;
  for (const [language, set] of markSets) {
    const count = words.filter((word) => set.has(word)).length;
    if (count > most) [most, best] = [count, language];
  }
  return best;
}

const filler = new Set(
  "please pls also just now then finally first firstly secondly thirdly lastly next kindly quickly maybe again bitte noch auch mal jetzt zuerst danach dann por favor primero luego tambien d'abord ensuite puis aussi to zu simply really only always go ahead and erst eben s'il te vous plait".split(
    " ",
  ),
);

/** The verb that begins a piece, after words like "please" and "also". */
export function leadingVerb(text: string): VerbHit | undefined {
  const words = wordsOf(text);
  for (let at = 0; at < words.length && at < 5; at += 1) {
    const hit = verbAt(words, at);
    if (hit !== undefined) return hit;
    const lower = words[at]?.lower ?? "";
    if (
      !filler.has(lower) &&
      ![
        "i",
        "we",
        "it",
        "them",
        "me",
        "us",
        "you",
        "ich",
        "wir",
        "je",
        "nous",
        "let's",
        "lets",
        "would",
        "will",
        "should",
        "must",
        "have",
        "d'like",
        "can",
        "could",
      ].includes(lower)
    )
      return undefined;
  }
  return undefined;
}

/** Words of a piece that carry meaning besides its verb. */
export function objectWords(text: string): string[] {
  const words = wordsOf(text);
  const hit = leadingVerb(text);
  return words
    .filter((word, at) => !(hit !== undefined && at >= hit.from && at < hit.to) && (!isStopWord(word.lower) || text.includes(maskOpen)))
    .map((word) => word.lower);
}
