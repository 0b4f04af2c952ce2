import { normalizeText, wordsOf } from "../../mapping/text.ts";
import { sentencesOf } from "./clauses.ts";
import { isApprovalClaim, isInjected, isQuestion, isSmallTalk, quotedPart, withoutPoliteness } from "./speech.ts";
import { isConditional } from "./not-to-do.ts";
import { placeOf } from "./said-words.ts";

const denying =
  /\b(?:not|n't|dont|don't|doesn't|never|no|without|except|excluding|unless|instead of|rather than|leave|avoid|refrain|skip|but|nicht|kein\w*|ohne|niemals|nie|ausser|außer|lass|nunca|jamas|jamás|sin|salvo|excepto|ne|pas|jamais|sans|sauf|laisse|deja)\b/iu;
const depending =
  /\b(?:if|unless|when|whenever|in case|until|falls|wenn|sobald|si|cuando|quand|lorsque|might|maybe|perhaps|would|could|should)\b/iu;
const telling =
  /["`>{}]|\b(?:said|says|wrote|writes|told|ticket|log|logs|readme|comment|according|quote|email|mail|instruct\w*|system prompt)\b|:\s/iu;

/** A piece stands in a sentence that plainly asks: no denial, condition, question or report in it that could turn the piece into its opposite. */
export function isPlainOrder(text: string, piece: string): boolean {
  const sentence = sentencesOf(normalizeText(text)).find((one) => placeOf(wordsOf(one.text), piece) !== undefined);
  if (sentence === undefined) return false;
  const said = withoutPoliteness(sentence.text);
  return !(
    (sentence.isQuestion && isQuestion(sentence.text)) ||
    isQuestion(said) ||
    isInjected(said) ||
    isApprovalClaim(said) ||
    isConditional(said) ||
    isSmallTalk(said) ||
    quotedPart(said) !== undefined ||
    denying.test(said) ||
    depending.test(said) ||
    telling.test(said)
  );
}
