import { isFunctionWord } from "../../mapping/stop-words.ts";
import { wordsOf } from "../../mapping/text.ts";
import { leadingVerb } from "../sentence/clauses.ts";
import type { Vocabulary } from "../vocabulary.ts";

export function isParameter(text: string, vocabulary: Vocabulary): boolean {
  const words = wordsOf(text);
  const first = words[0];
  if (first === undefined) return true;
  // "…, starts 2027-04-02", "clean install": when and how, no order of its own.
  if (/^(?:starts?|starting|begins?|beginning|ends?|ending|expires?|expiring|due|valid)\s+(?:on\s+|at\s+|from\s+|until\s+)?\d/i.test(text) || /^(?:a\s+)?(?:clean|fresh|silent|quick|full)\s+(?:re)?install(?:ation)?$/i.test(text.trim())) return true; // prettier-ignore
  // "…, compressed, …"
  if (words.length === 1 && /[^e]ed$/.test(first.lower)) return true;
  if (/^(?:host ?name|hold back|holding back|exclud\w+|skip(?:ping)?|but not|leave out)\b/i.test(text)) return true;
  if (
    /^(?:with|without|using|use|port|version|title|named|called|mit|con|avec|ohne|sin|sans|as|at|through|under|via|by|both|each|only|no|title|domain|hostname|path|-{1,2}\w)/i.test(
      text,
    ) &&
    vocabulary.servicesIn(words.slice(0, 3)).length === 0
  )
    return true;
  if (/^[a-z_]+\s*[=:]\s*\S/i.test(text)) return true;
  // "imap server is mail.example.org"
  const stated = /^(?:the |its |with )?([\p{L}_ -]{2,24}?)\s+(?:is|should be|must be|=|:)\s+\S+$/iu.exec(text)?.[1];
  if (stated !== undefined && wordsOf(stated).length > 0 && wordsOf(stated).every((word) => vocabulary.isVariableWord(word.lower)))
    return true;
  // "schedule 0 3 * * *", "limit 500": a variable's word and its value, however much the word could be an order.
  const second = words[1];
  if (second !== undefined && /^(?:schedule|limit|mount|partition|format|label|export|import|scale|size|view|book|order)$/.test(first.lower) && vocabulary.isVariableWord(first.lower) && /^\d/.test(text.slice(first.end).trimStart()) && vocabulary.thingAt(words) === undefined) return true; // prettier-ignore
  // "allow 400 connections", "keep 14 days"
  const counted = /^(?:allow|keep|permit|at most|at least|up to|max(?:imum)?|limit to)\s+\d+\s*([a-z]+)/i.exec(text)?.[1];
  if (counted !== undefined && vocabulary.isVariableWord(counted)) return true;
  const value = words.findIndex((word) => /^[\d.:/]+$|^\/|^v?\d+[\d.]*[a-z%]{0,3}$|:\/\/|\uE000/i.test(word.text));
  return (
    leadingVerb(text) === undefined &&
    value > 0 &&
    value <= 3 &&
    words.slice(0, value).some((word) => !isFunctionWord(word.lower) && vocabulary.isVariableWord(word.lower)) &&
    (vocabulary.servicesIn(words.slice(0, value)).length === 0 || (value === 2 && vocabulary.isVariableWord(words[1]?.lower ?? "")))
  );
}

/** "The hostname should be git.": a sentence that only says a value belongs to the step before. */
export function isValueSentence(sentence: string, vocabulary: Vocabulary): boolean {
  const [first, second] = wordsOf(sentence);
  // "snapshot /srv/tanks": an order, though a variable is called so.
  if (
    /^(?:backup|restart|remove|restore|reboot|clean|stop|start)$/.test(leadingVerb(sentence)?.verb ?? "") &&
    !/^\S+\s*[:=]/.test(sentence)
  )
    return false;
  // "login is mmeier", "my name: Ana"
  if (/^(?:my |his |her |the |their |its )?(?:login|user ?name|username|account|e-?mail|name|room|number|ticket|date|kennung|benutzername|usuario|identifiant)\s*(?:is|:|=|ist|es|est)\s*\S+$/i.test(sentence)) return true; // prettier-ignore
  // "heap of 8g please"
  const measured = /^(?:the |its |a )?([\p{L}_ -]{2,24}?)\s+(?:of|at|to|=|:)?\s*\d\S*(?:\s+(?:please|pls|bitte))?\s*$/iu.exec(
    sentence,
  )?.[1];
  if (measured !== undefined && leadingVerb(measured) === undefined && vocabulary.servicesIn(wordsOf(measured)).length === 0 && wordsOf(measured).every((word) => vocabulary.isVariableWord(word.lower))) return true; // prettier-ignore
  // "Domain errors.example.org", "Port 8090": a variable's word and its value.
  if (
    first !== undefined &&
    second !== undefined &&
    vocabulary.isVariableWord(first.lower) &&
    leadingVerb(sentence) === undefined &&
    /^\s*[\p{L} -]{2,24}:?\s+(?:\S*[\d/.]\S*|"[^"]*")\s*$/u.test(sentence) &&
    isParameter(sentence, vocabulary)
  )
    return true;
  return (
    saysOnlyValues(sentence, vocabulary) ||
    (leadingVerb(sentence) === undefined &&
      vocabulary.servicesIn(wordsOf(sentence)).length === 0 &&
      /^(?:the\s+|its\s+|with\s+|use\s+)?[\w -]{2,30}?(?:\s+(?:should be|is|must be|will be|=)|:)\s+\S+$/i.test(sentence) &&
      isParameter(sentence.replace(/^(?:the|its)\s+/i, ""), vocabulary))
  );
}

/** "Hostname: files, port: 8082.", "Title "Friday", stats port 8090": names of variables, each with its value. */
function saysOnlyValues(sentence: string, vocabulary: Vocabulary): boolean {
  const pieces = sentence
    .replace(/\s+\bif\b.*$|\s*\bplease\b.*$|\s*[:;][-~]?[)D(]+\s*$/i, "")
    .split(/\s*[,;]\s*|\s+(?:and|und|y|et)\s+/)
    .filter((piece) => piece.trim() !== "");
  return pieces.length > 0 && pieces.every((piece) => isKeyAndValue(piece, vocabulary));
}

function isKeyAndValue(piece: string, vocabulary: Vocabulary): boolean {
  const match =
    /^(?:the |its |with )?([\p{L}][\p{L}_ -]*?)(?:\s*[:=]\s*|\s+(?:is\s+|should be\s+)?)("[^"]*"|'[^']*'|\uE000\d+\uE001|\S+)$/u.exec(
      piece.trim(),
    );
  const [, key, value] = match ?? [];
  if (key === undefined || value === undefined) return false;
  const parts = key.split(/[\s_-]+/);
  const isAssigned = /[:=]/.test(piece.slice(key.length, piece.length - value.length));
  const isValue = isAssigned || /^["'\uE000]|\d|^[/~]|\w\.\w|^\p{Ll}{2}-\p{Lu}{2}$/u.test(value);
  return (
    parts.length <= 3 &&
    isValue &&
    parts.every((part) => vocabulary.isVariableWord(part.toLowerCase())) &&
    vocabulary.servicesIn(wordsOf(key)).length === 0
  );
}
