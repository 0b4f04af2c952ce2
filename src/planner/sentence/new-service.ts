import { isStopWord } from "../../mapping/stop-words.ts";
import { wordsOf } from "../../mapping/text.ts";
import { spokenVerb } from "../../mapping/verb-words.ts";
import { withoutVerb } from "./draft.ts";

const mostWords = 4;

/** The name of what somebody wants to have, where no playbook does it: "set up a matomo server" means matomo. Null: they want something else. */
export function newServiceIn(text: string): string | null {
  if (spokenVerb(wordsOf(text))?.verb !== "deploy") return null;
  const words = wordsOf(withoutVerb(text))
    .filter(({ lower }) => !isStopWord(lower))
    .map(({ text: word }) => word);
  return words.length === 0 || words.length > mostWords ? null : words.join(" ");
}
