import { wordsOf } from "../../mapping/text.ts";
import { joinVerbs, type SpokenVerb, verbAt } from "../../mapping/verb-words.ts";

// Parts of a request that are no step: what must not happen, what depends on something, what is done already, shell commands.

/** "if the disk is full, prune": somebody has to decide whether it is. "If that works" says no more than the order of steps does. */
export function isConditional(text: string): boolean {
  return (
    isStanding(text) ||
    /^(?:but\s+|also\s+|only\s+)*(?:if|unless|whenever|in case|falls(?=\s+(?:der|die|das|es|ein|eine|nicht|noch|du|ihr|wir|sie|er|man|dein|mein|m(?:ö|oe?)glich|n(?:ö|oe?)tig)\b)|si)\s+(?!possible|es posible|m(?:ö|oe?)glich|n(?:ö|oe?)tig|you can|you could|you have time|you don't mind|(?:that|it|this) works|(?:(?:that|it|this|everything|all)(?:'s| is| was| went) )?(?:fine|ok|okay|good|successful|well)\b|needed|necessary)/i.test(
      text.trim(),
    )
  );
}

/** "when icecast stops, restart it" sets up a rule for later; "when you are done", "when it is up" only say the order. */
const isStanding = (text: string): boolean =>
  /^(?:but\s+|also\s+|only\s+|always\s+|immer\s+|jedes mal\s+|every time\s+|each time\s+|as often as\s+)*(?:when|wenn|sobald|cuando|quand|lorsque)\s+(?!(?:you|u|du|ihr|sie|tu|vous)\b|possible|ready|done|finished|time|convenient|able|m(?:ö|oe?)glich|fertig|posible|puedas|tu peux|vous pouvez)/i.test(
    text.trim(),
  ) &&
  !/\b(?:done|finished|ready|complete[d]?|up|back|running|through|over|online|there|ok|okay|fine|good|works?|worked|healthy|fertig|erledigt|durch|oben|l(?:ä|ae?)uft|liste?|termin\w+|fini\w*|pr(?:ê|e)te?)\b/i.test(
    text,
  );

/** "if the disk is full" with nothing to do behind it: what was said before depends on it. */
export function isBareCondition(text: string): boolean {
  const words = wordsOf(text);
  return !words.some((_, at) => at > 2 && (verbAt(words, at)?.verb ?? "other") !== "other");
}

// What may be said behind a "if" without making the step depend on anything.
const emptyCondition =
  /^(?:(?:that's |it's |that is |it is )?possible|needed|necessary|you (?:can|could|have|don't)|that'?s? (?:ok|okay|fine|works)|it works|it'?s ok|es posible|moglich|notig|nötig|möglich)\b/i;

/** "restart nginx if it is down", "reboot web1 unless people are on it": somebody has to look first. */
export function trailingCondition(text: string): string | undefined {
  const match = /^(.+?\S)\s+(?:but only |only |nur )?(?:if|unless|in case|provided|falls(?=\s+(?:der|die|das|es|ein|eine|nicht|noch|du|ihr|wir|sie|er|man|dein|mein|m(?:ö|oe?)glich|n(?:ö|oe?)tig)\b)|wenn|solange|si|a menos que|sauf si)\s+(.+)$/i.exec(text.trim());
  const [, order, condition] = match ?? [];
  if (order === undefined || /^(?:what|which|how|who|where|was|wie|que|comment)\b/i.test(order) || condition === undefined || emptyCondition.test(condition)) return undefined;
  const words = wordsOf(joinVerbs(order));
  const hit = words.map((_, at) => verbAt(words, at)).find((found) => found !== undefined);
  // Only an order can depend on something; "tell me if …" is what is wished for.
  return hit !== undefined && hit.from <= 2 && conditionalVerbs.has(hit.verb) ? condition : undefined;
} // prettier-ignore

/** "deploy or remove the wiki": which of the two is a person's to say. */
export function isAlternative(text: string): boolean {
  const words = wordsOf(text);
  const verbs = words.map((_, at) => verbAt(words, at)?.verb ?? "other");
  return words.some(({ lower }, at) => {
    if (at === 0 || !/^(?:or|oder|o|ou)$/.test(lower)) return false;
    const filled = /^(?:to|rather|even|else|maybe|perhaps|lieber|auch|doch)$/.test(words[at + 1]?.lower ?? "");
    const after = verbs[at + (filled ? 2 : 1)] ?? "other";
    return verbs.slice(0, at).some((before) => ![before, after].includes("other") && before !== after && (undoing.has(before) || undoing.has(after)));
  }); // prettier-ignore
}

const undoing = new Set<SpokenVerb>(["remove", "clean", "stop", "restore", "rollback"]);

const conditionalVerbs = new Set<SpokenVerb>([
  "restart",
  "reboot",
  "remove",
  "update",
  "rollback",
  "restore",
  "renew",
  "clean",
  "start",
  "move",
]);

/** "don't expose it to the internet": belongs to the step that stands. */
export const isSwitchedOff = (text: string): boolean =>
  /\b(?:expos\w+|reachable|publicly|from (?:the )?outside|to the (?:internet|outside|world)|available externally)\b/i.test(text);

/** "no reboot of db1", "kein Neustart": an act right behind the "no". */
const refusesWork = (text: string): boolean => (verbAt(wordsOf(text), 1)?.verb ?? "other") !== "other";

/** "cancel the reboot": names something that is not to be done. */
const saysWork = (text: string): boolean => {
  const words = wordsOf(text);
  return words.some((_, at) => at > 1 && (verbAt(words, at)?.verb ?? "other") !== "other");
};

type Negation = "act" | "none";

export function negationOf(text: string, isNamed: boolean): Negation {
  // "not more than 300 mbit": how much, not what not.
  if (
    /^(?:but\s+)?not\s+(?:more|less|over|above|below|under|longer|later|earlier|faster|slower|only|just|higher|lower|bigger|exceeding|mehr|weniger|länger)\b/i.test(
      text.trim(),
    )
  )
    return "none";
  const start = text
    .trim()
    .replace(/^(?:there(?:'s| is| was)|i see|we see|i have|we have)\s+(?=no (?:need|reason|point)\b)/i, "")
    .replace(/^no (?:reason|point)\b(?: in| for)?/i, "no need to")
    .replace(
      /^(?:i|we|wir|ich|nous|je)\s+(?=(?:do\s*n[o']t|dont|do not|never|must not|mustn't|no longer|not)\s+(?:want|need|like|use)\b)/i,
      "",
    );
  if (
    /^(?:please\s+)?(?:neither\b|never ?mind\s+(?:the|that|about|what)\b|forget\s+(?:about|what|that)\b|(?:scratch|scrap|strike) that\b)/i.test(
      start,
    )
  )
    return "act";
  if (/^(?:please\s+|bitte\s+)?(?:cancel|abort|call off)\s+(?:the|that|this|my|our|all|any)\b/i.test(start) && saysWork(start))
    return "act";
  if (/^(?:please\s+|bitte\s+)?[\p{L}]+\s+(?:nothing|nichts|nada|rien)\b/iu.test(start)) return "act";
  if (
    /^(?:please\s+|pls\s+|also\s+|but\s+|and\s+|just\s+|bitte\s+|you\s+(?:must|should|can)?\s*)*(?:do\s*n[o']t|dont|do not|never|no longer|must not|mustn't|should not|shouldn't|no need to|not|leave|keep your hands off|stay away from|hands off|under no circumstances|refrain from|avoid|stop before|don't|nicht|kein(?:e|en)?|no|ne|nada de|niemals|nunca|jamais|nothing|lass|deja|laisse)\b/i.test(
      start,
    )
  ) {
    if (/^(?:leave|lass|deja|laisse)\b/i.test(start))
      return /\b(?:alone|untouched|rest|everything else|others|as (?:it|they) (?:is|are)|out|in ruhe|tranquil|running)\b/i.test(start)
        ? "act"
        : "none";
    if (/^no longer\b/i.test(start)) return "act";
    if (/^(?:no|kein\w*)\b/i.test(start) && (isNamed || refusesWork(start))) return "act";
    if (/^(?:no|ne|kein\w*)\b/i.test(start))
      return /^(?:no|ne)\s+(?:need|toques|borres|instales|reinicies|elimines|touche|supprime|installe|pas)\b|^ne\s/i.test(start)
        ? "act"
        : "none";
    if (/^(?:please\s+)?(?:don't|do not|dont)\s+forget\b/i.test(start)) return "none";
    if (/^(?:please\s+)?(?:don't|do not|dont)\s+(?:hesitate|worry|wait)\b/i.test(start)) return "act";
    return "act";
  }
  if (
    /\b(?:nicht|bitte nicht)\s+(?:installieren|loschen|löschen|neustarten|anfassen|aktualisieren|starten|entfernen)\b/i.test(start) ||
    /\b(?:do not|don't|never)\s+(?:touch|run|deploy|install|remove|restart|update|delete|change)\b/i.test(start)
  )
    return "act";
  if (/^(?:instead of|rather than|anstatt|statt|en lugar de|en vez de|au lieu de|plut(?:o|ô)t que de)\s/i.test(start)) return "act";
  return isForbidden(start) || isLeftInGerman(start) ? "act" : "none";
}

/** "icecast bitte nicht neu starten", "starte icecast nicht neu", "darf nicht neu gestartet werden": the "nicht" of a German order stands at its end. */
function isLeftInGerman(text: string): boolean {
  const match = /\b(?:nicht|niemals|niet)\b(?!\s+(?:auf|in|an|bei|nur|op|mehr als|weniger|öffentlich|offentlich|erreichbar)\b)/i.exec(text);
  if (match === null) return false;
  // "moodle bitte nicht auf web1 installieren"
  const all = wordsOf(text);
  const orders = all.flatMap((_, at) => ((verbAt(all, at)?.verb ?? "other") === "other" ? [] : [at]));
  if (orders.length > 0 && orders.every((at) => at >= all.length - 2 && (all[at]?.start ?? 0) > match.index)) return true;
  const behind = wordsOf(text.slice(match.index + match[0].length).replace(/^\s*(?:mehr|wieder|jetzt|heute|noch|mal)\b/i, ""));
  // "… nicht", "… nicht neu", "… nicht neu starten", "… nicht gestartet werden"
  return behind.length <= 3 && behind.every(({ lower }) => /^(?:neu|bitte|an|auf|ab|aus|ein|um|werden|wird|mehr|alsjeblieft|\p{L}+en|\p{L}+t)$/u.test(lower));
} // prettier-ignore

const forbids =
  /\b(?:must|may|should|shall|can|need|do|does|is|are|will|has to|have to)(?:\s+(?:not|never|no longer|under no circumstances)|n['o]t)\s+(?:be\s+|to be\s+|get\s+)?(\p{L}+)|\b(?:nobody|no one|noone|none of (?:us|you|them)|niemand|nadie|personne(?: ne)?)\s+(?:may|must|should|can|shall|is (?:allowed|supposed) to|darf|soll|puede|debe|peut|doit)\s+(\p{L}+)/iu;
const needless =
  /\b(\p{L}+)(?:ing)?\s+(?:\p{L}+\s+){0,2}(?:is|are)(?:\s+not|n['o]t)\s+(?:needed|necessary|required|wanted|allowed|an option|planned|on the table)\b|\b(\p{L}+)\s+(?:is|are)\s+(?:forbidden|prohibited|off limits|unnecessary|verboten|prohibid[oa]|interdit\w*)\b/iu;

/** "db1 must not be rebooted", "nobody may reboot db1", "a reboot is not needed": said of the thing, not as an order. */
function isForbidden(text: string): boolean {
  const said = forbids.exec(text) ?? needless.exec(text);
  const word = said?.slice(1).find((one) => one !== undefined);
  if (word === undefined) return false;
  if (/^(?:touch|chang|affect|modif|mov|harm|los|delet)\p{L}*$/iu.test(word)) return true;
  const verb = verbAt(wordsOf(word), 0)?.verb ?? "other";
  // "registration must not be open", "it should not be reachable": how something is, not what is done to it.
  return verb !== "other" && !/^(?:open|closed?|enabled?|allowed|reachable|exposed?|set|changed|need|needed|want|have|get|like|show|shown|run|running|listen)$/i.test(word);
} // prettier-ignore

/** "once the backup is done": waits for a step that is already there. */
export const isDoneClause = (text: string): boolean =>
  /^(?:the\s+|that\s+|it\s+|this\s+|everything\s+|all\s+)?(?:[\w-]+\s+){0,3}(?:is|are|was|has|have|'s)\s+(?:been\s+)?(?:done|finished|up|running|complete[d]?|ready|ok|okay|healthy|there|successful|through|fertig|over)\b/i.test(
    text.trim(),
  );

/** "once the queue is empty", "after everyone has left": how things have to be first, which is no work of ours and nothing that was ordered. */
export const isAwaitedState = (text: string): boolean =>
  !isDoneClause(text) &&
  /^(?!(?:that|it|this|they|these|those|you|u|i|we)\b)(?:[\p{L}\d'-]+\s+){1,4}?(?:is|are|was|were|has|have|had|gets?|becomes?|left|ends?|ended|leaves?|closes?|closed|finish(?:ed|es)|complete[ds]|stops?|stopped)(?=\s|$)/iu.test(
    text.trim(),
  ) &&
  verbAt(wordsOf(text), 0) === undefined;

const shellCommand =
  /^(?:sudo\s+)?(?:rm\s+-|rm\s+\/|curl\s+(?:-|http)|wget\s+(?:-|http)|bash\s+-|sh\s+-c|nc\s+-|chmod\s+\S|chown\s+\S|dd\s+if=|mkfs|python3?\s+-|perl\s+-|cat\s+\/|:\(\)\{|eval\s|kill\s+-\d|iptables\s+-|echo\s+.*[|>]|shutdown\s+-|systemctl\s|ansible-\w+\s|ssh\s+\S+@|git\s+(?:push|reset|clone|clean)\b|(?:docker|podman|kubectl)\s+(?:run|exec|rm|stop|kill|apply|delete|cp)\b)/i;

export const isShell = (text: string): boolean => shellCommand.test(text.trim()) || /^[`$]\(?/.test(text.trim());
