import { wordsOf } from "../../mapping/text.ts";
import { leadingVerb } from "./clauses.ts";
import type { Vocabulary } from "../vocabulary.ts";

/** "radarr no", "kein Radarr", "rather not radarr": a service that is named so that it is not taken. */
export function isRefused(text: string, vocabulary: Vocabulary): boolean {
  const words = wordsOf(text);
  const named = vocabulary.servicesIn(words);
  const [first] = named;
  // "keep icecast running"
  if (first !== undefined && /^(?:please |just |but |always )*(?:keep|leave|lass|behalte|deja|mant[eé]n|laisse|garde)\b/i.test(text.trim()) && /\b(?:running|up|alive|online|as (?:it|they) (?:is|are)|where (?:it|they) (?:is|are)|laufen|corriendo|tourner)\s*$/i.test(text)) return true; // prettier-ignore
  if (first === undefined || leadingVerb(text) !== undefined) return false;
  const before = words.slice(0, first.from).map((word) => word.lower).join(" "); // prettier-ignore
  const behind = words.slice(named.at(-1)?.to ?? words.length).map((word) => word.lower).join(" "); // prettier-ignore
  // "azuracast stays up", "libretime must stay where it is"
  if (/^(?:(?:must|should|shall|has to|can|may|will|is to|soll|muss|darf|debe|doit)\s+)?(?:stays?|staying|remains?|remain|keeps? running|keep running|keep going|bleibt?|bleiben|se queda|quedarse|reste|rester)\b/.test(behind)) return true; // prettier-ignore
  return (
    /^(?:no|nope|nah|nein|non|nee|never|not|nicht|nie|jamais|nunca)(?: (?:thanks?|thank you|danke|gracias|merci|please|way|longer|mehr|more|mas|plus))*$/.test(
      behind,
    ) ||
    (/^(?:(?:but|and|just|please|rather|certainly|definitely|absolutely|anything|bloss|lieber)\s)*(?:not|no|but|never|nicht|kein\w*|non|pas)$/.test(
      before,
    ) &&
      behind === "" &&
      before !== "but")
  );
}

/** "kavita is too complicated for me", "we are sick of drone": what somebody thinks of a service is no order. Gives the service. */
export function judgedService(text: string, vocabulary: Vocabulary, isAll: boolean): string | undefined {
  const words = wordsOf(text);
  const [first] = vocabulary.servicesIn(words);
  if (first === undefined) return undefined;
  const before = words.slice(0, first.from).map((word) => word.lower).join(" "); // prettier-ignore
  const behind = words.slice(first.to).map((word) => word.lower).join(" "); // prettier-ignore
  if (weary.test(before) && !/\b(?:remove|replace|uninstall|delete|get rid)\b/.test(before)) return first.name;
  return !isAll && leadingVerb(text) === undefined && (found.test(behind) || fails.test(behind)) ? first.name : undefined;
}

const weary =
  /(?:^|\s)(?:(?:sick|tired|fed up|done|weary) (?:of|with)|(?:hate|hated|dislike|disliked|loathe|despise|cannot stand|can't stand|don't like|do not like|didn't like|never liked|don't trust|used to (?:use|have|run|like)|had enough of|genug von|satt|hasse|harto de|odio|marre de|deteste))(?: (?:the|that|this|our|my|old|all|dem|den|das|de))*$/;
/** "is too slow", "ist mir zu kompliziert": no state that somebody should mend. */
const found =
  /^(?:is|was|are|were|seems|looks|feels|got|became|ist|war|wirkt|es|era|parece|est|etait)\s+(?:\w+\s+){0,2}?(?:too|so|overkill|ugly|horrible|terrible|awful|annoying|complicated|bloated|expensive|overrated|rubbish|nonsense|hard|difficult|confusing|zu|hasslich|kompliziert|umstandlich|demasiado|muy|feo|complicado|trop|moche|complique|nul)\b|^(?:is|was|are|were)(?:n't| not| no longer)? (?:not |no longer |nothing )?(?:what|not for|no good|an option|worth|the right|not my|not our|nothing)\b(?! (?:i|we) (?:want|need|would like|am after|are after|mean)\b)/;
const fails =
  /^(?:sucks?|annoys?|bores?|confuses?|scares?|nervt|stinkt|disappoint(?:s|ed)|never (?:worked|works|convinced)|(?:is|was) (?:not|no) (?:for|my|our|good|nice|fun))\b/;
