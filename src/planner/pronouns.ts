import { wordsOf } from "../mapping/text.ts";
import { leadingVerb } from "./clauses.ts";
import type { Draft } from "./draft.ts";

export const hasPronoun = (text: string): boolean =>
  /\b(?:it|them|these|those|both|this one|that one|everything|ihn|sie|es|lo)\b/i.test(text);

export function resolvePronoun(text: string, drafts: readonly Draft[], named: string | undefined): { text: string; wasPronoun: boolean } {
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
            /^(?:it|them|ihn|es|sie|lo|this|that|its)$/.test(word.lower) &&
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
