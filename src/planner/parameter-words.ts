import { wordsOf } from "../mapping/text.ts";
import { leadingVerb } from "./clauses.ts";
import type { Vocabulary } from "./vocabulary.ts";

export function isParameter(text: string, vocabulary: Vocabulary): boolean {
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

/** "The hostname should be git.": a sentence that only says a value belongs to the step before. */
export function isValueSentence(sentence: string, vocabulary: Vocabulary): boolean {
  return (
    leadingVerb(sentence) === undefined &&
    vocabulary.servicesIn(wordsOf(sentence)).length === 0 &&
    /^(?:the\s+|its\s+|with\s+|use\s+)?[\w -]{2,30}?(?:\s+(?:should be|is|must be|will be|=)|:)\s+\S+$/i.test(sentence) &&
    isParameter(sentence.replace(/^(?:the|its)\s+/i, ""), vocabulary)
  );
}
