import { wordsOf } from "../../mapping/text.ts";

// What a sentence does: asks for work, asks a question, chats, tells what somebody else said, or tries to change our rules.

const rules =
  "(?:instructions?|prompts?|rules?|guidelines?|polic(?:y|ies)|restrictions?|safety|constraints?|anweisungen|regeln|instrucciones|consignes)";
/** Whatever follows such words is somebody else's order. */
const resets = [
  new RegExp(`^\\s*#+\\s*(?:(?:new|updated|real|hidden|important|system|admin)\\s+)+(?:${rules}|message|prompt|task|order)\\b`, "i"),
  new RegExp(`\\b(?:ignore|disregard|forget|override|bypass|ignoriere|vergiss|ignora|olvida|oublie)\\b[^.!?\\n]{0,60}\\b${rules}\\b`, "i"),
  /\b(?:ignore|disregard|forget)\s+(?:everything|anything|all|what(?:ever)?)\b[^.!?\n]{0,30}\b(?:above|before|previous(?:ly)?|earlier|so far|until now|you (?:know|were told|have been told))\b/i,
  /\b(?:ignoriere|ignorier|vergiss|vergesst|ignora|ignore[zs]?|olvida|oublie[zs]?)\s+(?:alles|todo|tout)\b[^.!?\n]{0,20}\b(?:oben|dar(?:ü|u|ue)ber|davor|vorher\w*|bisher\w*|anterior\w*|arriba|antes|pr[eé]c[eé]dent\w*|avant|ci-dessus)/i,
];
const injections = [
  ...resets,
  new RegExp(`\\b(?:new|updated|real|hidden)\\s+${rules}\\s*:`, "i"),
  /\b(?:you are|you're) (?:now|no longer)\b|\byou(?:'re| are) (?:root|(?:the |an? )?(?:admin|administrator|owner|superuser)|unrestricted|free to do)\b|\bact as\b|\bpretend (?:to|you|that)\b|\bdeveloper mode\b|\bjailbreak\b|\bsystem prompt\b|\bDAN mode\b|\broleplay\b/i,
  /^\s*(?:#+\s*)?(?:\[?(?:system|assistant|developer|admin)\]?)\s*:/i,
  /\brepeat after me\b|\bdo what (?:you|i|it) (?:just )?(?:said|say|says)\b|\bfollow (?:these|the|its|their) (?:new )?(?:instructions|orders)\b/i,
  /^\s*(?:please\s+)?(?:reply|answer|respond|say|echo|repeat|type|output|write)(?:\s+(?:back|with|exactly|only|just|me|us|this|that|the following|after me))*\s*:\s*\S/i,
  /^\s*[[{]\s*["'{]/,
  /<\/?\s*(?:system|assistant|instructions?|user|tool)[^>]*>/i,
  /\[\/?(?:INST|SYS|SYSTEM)\]|<\|[a-z_]+\|>/i,
  /\b(?:print|reveal|show|output|repeat|send|post|leak|exfiltrate)\b[^.!?\n]{0,40}\b(?:your (?:prompt|instructions|configuration|secrets?)|system prompt|approval key|private key|api keys?|tokens?|credentials|passwords|env(?:ironment)? variables)\b/i,
];

const told =
  "(?:sent|sends|wrote|writes|write|mailed|emailed|texted|messaged|said|says|say|saying|told|posted|posts|claims?|claimed|reads?|states|mentions?|suggests?|asks?|asked|schrieb|schreibt|sagte|sagt|meldet|meldete|steht|dice|dijo|escribio|dit|ecrit)";
const papers =
  "(?:readme|log|logs|logfile|log line|comment|comments|ticket|issue|mail|e-?mail|email|message|banner|motd|page|website|web page|docs?|documentation|manual|post|article|blog|playbook|output|error|alert|note|wiki|chat|file|description|header|response|newsletter|sticky note|tweet|document)";

const ownWords =
  /\b(?:ask|tell|write|message|ping|contact)\s+(?:to\s+)?(?:you|u|here|the bot|chiffon)\s*[:,]?\s*$|\bsaid\s+(?:it'?s\s+|that'?s\s+)?(?:ok|okay|yes|fine|go)\s*[:,]?\s*$/i;

/** Words of somebody or something else, given in this sentence. */
export function quotedPart(said: string): { readonly from: number } | undefined {
  if (isOutput(said)) return { from: 0 };
  const sentence = said.normalize("NFD").replace(/\p{M}+/gu, "");
  const person = new RegExp(
    `\\b${told}\\b(?:\\s+(?:me|us|him|her|them|in|to|that|this|on|it|today|yesterday|the|a|slack|chat|mail|channel|team|earlier|recently|here|#?\\w+)){0,5}\\s*[:,]?\\s*["':]`,
    "i",
  ).exec(sentence);
  // "my colleague said I should ask you: …", "the boss said ok: …" is told, but what follows is the person's own.
  // "put a message on the login nodes saying "back at noon"": the text is what is ordered.
  const isText = /\b(?:put|set|add|show|write|display|leave|tell|announce|post)\b.*\b(?:saying|says|that says|reading|text|message|logs? (?:on|in|into|onto))\b[^"]*"/i.test(sentence); // prettier-ignore
  if (person !== null && !isText && !ownWords.test(sentence.slice(person.index, person.index + person[0].length)))
    return { from: person.index };
  const paper = isText
    ? null
    : (new RegExp(
        `\\b${papers}\\b[^.!?\\n]{0,60}(?<!\\b(?:can|could|to|should|will|may|must|people|everybody|everyone|we|they)\\s)\\b(?:${told}|there is|stands|contains?|has)\\b(?!-|\\s+to\\b)`,
        "i",
      ).exec(sentence) ??
      new RegExp(
        `^(?:in|from|according to|per)\\s+(?:the|this|that|my|our|a)\\s+[^.!?\\n]{0,40}\\b${papers}\\b[^.!?\\n]{0,40}(?::|\\b${told}\\b|\\bit\\b)`,
        "i",
      ).exec(sentence));
  if (paper !== null) return { from: 0 };
  const label = new RegExp(`^\\s*(?:the\\s+)?(?:${papers}|quote|fwd?|re|zitat|from)\\b[^.!?\\n:]{0,40}:\\s*\\S`, "i").exec(sentence);
  return label === null || /^\s*(?:note|file|page|re)\b/i.test(sentence) ? undefined : { from: 0 };
}

/** A line that a program wrote: of Ansible, or one that begins with a time. */
const isOutput = (line: string): boolean =>
  /^\s*(?:(?:TASK|PLAY|RUNNING HANDLER|HANDLER)\s+(?:\[|RECAP)|(?:ok|changed|fatal|failed|skipping|unreachable|included|rescued|ignored):\s+\[|=> [{(]|\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|[A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d )/.test(
    line,
  );

export function isInjected(sentence: string): boolean {
  return injections.some((pattern) => pattern.test(sentence));
}

/** "ignore all previous instructions": what stands behind it is its second half. */
export const forgetsRules = (sentence: string): boolean => resets.some((pattern) => pattern.test(sentence));

/** "already approved", "skip the approval", "I am the admin": changes nothing, whoever says it. */
export function isApprovalClaim(text: string): boolean {
  return (
    /\b(?:ignore|skip|bypass|without|no need for|don't need|forget|disable|omit)\b[^.!?;:\n]{0,25}\b(?:approvals?|confirmation|permission|asking|checks?|review|preview)\b/i.test(
      text,
    ) ||
    /\bapproval\b[^.;\n]{0,40}\b(?:given|granted|received|obtained)\b|\b(?:skip|ignore|bypass)\b[^.;\n]{0,12}\b(?:buttons?|clicks?|cards?)\b/i.test(
      text,
    ) ||
    /\b(?:already|pre-?|was|is|been|has)\s*-?approved\b|\bapproved by\b|\bapproval\s*(?:=|:)|\bapproved\s*(?:=|:)|^\s*approved\b|\b(?:boss|manager|admin|ceo|cto|owner|security team)\b[^.!?;:\n]{0,30}\b(?:approved|signed off|allowed|agreed|ok(?:'d|ayed)?)\b|^\s*(?:i am|i'm|im) (?:the |an? )?(?:admin|root|owner|boss|administrator)\b|\bno (?:approval|confirmation)\b|\bapproval\w*\s*(?:=|is (?:not )?(?:needed|required|there|given))/i.test(
      text,
    )
  );
}

const polite =
  /^(?:(?:hi|hey|hello|hallo|please|pls|ok|okay|so|well|and|hola|salut|bonjour|@\w+)[\s,!]+)*(?:can|could|would|will)\s+(?:you|u|we|someone|somebody|anyone|the bot)\b(?!\s+(?:explain|tell me (?:what|why|how|the)|describe|say|recommend|compare|think|help me understand|remember))|^(?:(?:hi|hey|hello|please|so)[\s,!]+)*(?:would|do) (?:you|u) mind\b|^how about\b|^(?:why (?:don't|not)|why not) (?:we|you)?\b|^would it be possible\b|^is it possible (?:to|for you)\b|^(?:kannst|konntest|konnen sie|konnten sie|kann jemand)\b|^(?:puedes|podrias|puede|podemos)\b|^(?:peux-tu|pouvez-vous|pourrais-tu|pourriez-vous|tu peux|vous pouvez|est-ce que tu peux|est-ce que vous pouvez)\b|^kun je\b/i;
const asking =
  /^(?:(?:hi|hey|hello|ok|okay|so|well|and|but|also|btw|by the way|quick question|question|hmm|just wondering|wondering|hallo|hola|salut|bonjour|thanks)[\s,:!.-]+)*(?:what|whats|what's|which|who|whose|where|when(?=\s+(?:is|are|was|were|does|do|did|will|can|could|should|would|has|have|had|shall|may)\b[^,]*$)|why|how|is|are|am|was|were|does|do(?!\s+(?:not|it|this|that|the|a)\b|n't)|did|has|have|had|should|shall|may|can (?:i|we|it|they|one)|could (?:i|we|it|they)|would(?=\s+(?!(?:you|u|someone|somebody|anyone|the bot|love|like)\b))|will (?:it|there|this|that)|isn't|aren't|doesn't|don't (?:we|you|i)|any (?:idea|chance)|i wonder|i was wondering|do you|(?:can|could|may|might|must|should|will|would)\s+(?!(?:you|u|we|someone|somebody|anyone|anybody|one|the bot|chiffon|please|it|that|this)\b)(?:the |our |my |all |any )?[\p{L}-]+s?\s+(?:use|have|be|run|see|reach|access|get|log|connect|still|also|only|already|do|go|work|support|share|print|join|open|handle|send|read|write|become|happen|break|fail|cause|lose|interrupt|affect|mean|hurt|help|need|take|cost|survive|stay|remain|exist|count|matter|die|crash|stop working)\b|wie|was|welche[rsn]?|wer|wo|wann|warum|wieso|weshalb|ist|sind|hat|haben|gibt es|que|cual|cuales|como|cuando|donde|por que|quien|hay|es|quel(?:le)?s?|comment|pourquoi|quand|ou est|qui|est-ce|c'est quoi|qu'est|combien|hoe|wat|waarom)(?!\p{L})/iu;
const explaining =
  /\b(?:explain|tell me (?:what|why|how(?! full| much)|about|the difference)|describe|what(?:'s| is) the difference|difference between|(?:only|just) (?:want|wanted|would like) to (?:know|understand)|i(?:'m| am) (?:only|just) (?:asking|wondering|curious)|recommend|which (?:one )?is better|pros and cons|do you know|can you explain|what do you think|erklare?|was ist|que es|c'est quoi)\b/i;
const wantsReport = /^(?:how (?:full|much (?:disk|space|storage|room))|wie voll|cuanto espacio|combien d'espace)\b/i;

/** Whether something would be wise, or a thought that nobody has made up their mind about. */
const isDoubt = (text: string): boolean =>
  /\b(?:is(?:n't)? it|is(?:n't)? now|would(?:n't)? it(?: be)?|(?:might|could|will) it be|ware es|ist es|seria|es (?:mas )?|serait-il|est-il|est-ce)\b[^.,;]{0,20}?\b(?:risk(?:y)?|safe|wise|smart|clever|sensible|dangerous|better|good (?:idea|time|moment)|bad (?:idea|time)|necessary|worth|harmful|too (?:early|late|soon)|reasonable|recommended|hurt|riskant|sicher|sinnvoll|klug|gefahrlich|besser|arriesgado|seguro|prudente|peligroso|mejor|risque|sage|prudent|dangereux)\b/i.test(
    text,
  ) ||
  /^(?:(?:so|well|hmm|and|but|ok)[\s,]+)*(?:(?:i|we)(?:'m|'re|'ve been| am| are| was| were| have been)? )?(?:still |just )?(?:(?:not|un)\s?(?:sure|certain|decided)|undecided|wonder(?:ing)?|thinking (?:about|of)|considering|toying with|debating|curious)\b/i.test(text) ||
  /^(?:(?:so|well|hmm|and|but|ok)[\s,]+)*(?:(?:maybe|perhaps|one day|some day|someday|eventually|at some point)\s+(?:i|we)\b|(?:i|we) (?:might|may)\b)/i.test(text) ||
  /^(?:(?:so|well|hmm|and|but|ok|just)[\s,]+)*(?:imagine|suppose|supposing|assuming|assume|hypothetically|in theory|let's say|say we|what if|if (?:i|we) (?:were|had)|stell dir vor|angenommen|imagina|supongamos|imagine[zs]?|supposons)\b/i.test(text) ||
  /^(?:todo|to-do|plan|idea|reminder|note to self)\b[^:]{0,40}\b(?:next|tomorrow|later|future|some ?day|week|month|year)\b[^:]*:/i.test(text); // prettier-ignore

export function isQuestion(sentence: string): boolean {
  const text = plain(sentence);
  if (isDoubt(text) && !/^(?:would|is) it (?:be )?possible\b/i.test(text)) return true;
  if (wantsReport.test(text) || polite.test(text)) return false;
  if (/\bwhat would (?:change|you change|be changed)\b/i.test(text)) return false;
  // "Could I get a Metabase for finance?", "could the team have a wiki?"
  if (
    /^(?:can|could|may|might) (?:i|we|they|(?:the|our|my) \p{L}+(?: \p{L}+)?) (?:please |also |maybe )*(?:get|have)\b/iu.test(text) &&
    /\b(?:get|have) (?:an?|the|some|our|one|\p{Lu})/u.test(text)
  )
    return false;
  // "check the disks on db1, tell me what is above 80": an order, and what to tell about it.
  const order = /^([^,]+),\s*(?:and )?(?:tell|let|show) (?:me|us)\b/i.exec(text)?.[1];
  if (order !== undefined && /^(?:check|scan|test|verify|measure|report|inspect|look at)\b/i.test(order) && !explaining.test(order))
    return false;
  return asking.test(text) || explaining.test(text);
}

/** "I'd like to watch …", "something that …", "a place where …": something to have rather than an order. */
export const isWish = (sentence: string): boolean =>
  /^(?:i|we|my \w+|our \w+|the \w+)(?:'d| would| could| should)? (?:like|love|want|wants|need|needs|have|use)(?: to| a| an| some)?\b|^(?:\w+\s+){1,4}(?:should|could|can|must) be able to\b|^(?:something|somewhere|some (?:tool|way|place)|an?|one|our own|my own|etwas|algo|quelque chose)\b/i.test(
    sentence.trim(),
  );

/** "Which disk is full? Make me a report.": the second sentence asks for what the first one is about. */
export const isReportWanted = (sentence: string | undefined): boolean =>
  sentence !== undefined &&
  /^(?:please\s+)?(?:(?:make|give|send|show)(?:\s+(?:me|us))?(?:\s+an?)?\s*(?:report|list|overview)?|(?:show|list|print|send|give)\s+(?:it|them|that|this)|show me|(?:check|find out|have a look|take a look|look it up|tell me|let me know)|report|bericht|informe|rapport|zeige?(?:\s+(?:mir|uns))?(?:\s+(?:es|das|sie))?|muestra(?:me|melo)?|montre(?:-moi)?)(?:\s+to\s+\S+@\S+)?(?:\s+(?:please|bitte|mal|por favor|it|them|that|for me|for us|to me|to us|now|here))*$/i.test(
    sentence.trim(),
  );

/** "Please set that up": an order for what the question before was about. */
export const isOrderForAsked = (sentence: string | undefined): boolean =>
  sentence !== undefined &&
  /^(?:please\s+|then\s+|if so,?\s+)*(?:set (?:that|it|this|one) up|do (?:that|it|so)|make (?:that|it|this) (?:happen|possible|work)|arrange (?:that|it)|install (?:that|it|one)|take care of (?:it|that))(?:\s+(?:please|for us|for me|then))*$/i.test(
    sentence.trim(),
  );

/** "We need three things for the summer school": the things themselves follow. */
export const isAnnouncement = (sentence: string): boolean =>
  /^(?:(?:we|i)(?:'ll| will)?\s+(?:need|want|have|would like)|there are|here are|a|the following|some|several)?\s*(?:\d+|two|three|four|five|some|several|a few|a couple of|following|these)\s+(?:things|tasks|jobs|steps|changes|items|requests|todos?|wishes)\b[^:,]*:?$/i.test(
    sentence.trim(),
  );

/** "shopping list for you:" */
export const isHeading = (sentence: string): boolean =>
  /^(?:[\p{L}']+\s){0,3}(?:list|todos?|to-dos?|plan|tasks?|wishes|order)(?:\s(?:for|of|to)\s(?:you|me|us|today|do|the \p{L}+))?(?:\splease)?\s*:$/iu.test(
    sentence.trim(),
  );

/** "We need for the election office:", "please do the following:": a line above a list that orders nothing itself. */
export const isPreamble = (sentence: string, names: boolean): boolean =>
  /:\s*$/.test(sentence) &&
  !names &&
  /^(?:(?:hi|hello|hey|dear|good (?:morning|evening|afternoon)|please|pls|so|ok|could you|can you|would you|kindly|bitte|hallo|hola|bonjour)\b[\s,!]*)*(?:(?:i|we)(?:'d| would| will|'ll)?\s+(?:need|want|like|have)\b|(?:do|run|take care of|see to|arrange|handle|work through)\b|wir brauchen|ich brauche|necesitamos|necesito|nous avons besoin|il nous faut|for\b|what we need|needed|wanted|[\p{L}\s,']*\b(?:following|things|steps|this|these|list|todos?|tasks)\b[\p{L}\s]*:)/iu.test(
    sentence.trim(),
  );

/** "Kind regards, Public Works", "that's it, have a quiet night", "Jo": how a message ends. */
export const isClosing = (sentence: string, before: string | undefined): boolean => {
  const text = plain(sentence).trim();
  if (/^(?:(?:with )?(?:kind|kindest|best|warm|many|all the best|friendly|mit)\s*(?:freundlichen\s+)?(?:regards|wishes|greetings|thanks|gr(?:u|ue)(?:ss|ß)en?)|regards|greetings|sincerely|yours (?:sincerely|truly|faithfully)|yours|mfg|lg|vg|viele gr(?:u|ue)(?:ss|ß)e|liebe gr(?:u|ue)(?:ss|ß)e|saludos|un saludo|atentamente|cordialement|bien a vous|salutations|(?:thanks|thank you|thx|cheers|danke|gracias|merci)\b[^:]{0,40}$)(?:[\s,!.-]|$)/i.test(text)) return wordsOf(text).length <= 9;
  if (/^(?:and\s+)?(?:that(?:'s| is| was| would be| will be|'ll be)|this is)\s+(?:it|all|everything)(?:\s+(?:for (?:now|today|me|us)|from (?:me|us)))?(?:$|[\s,;.!]*(?:have|thanks?|thank|bye|see|good|enjoy|cheers|i|you)\b)/i.test(text)) return true;
  if (/^(?:have|enjoy)\s+(?:a|an|your|the)\s+(?:\w+\s+){0,2}(?:day|night|evening|weekend|shift|one|time|holiday|morning|afternoon|lunch)\b/i.test(text)) return true;
  if (/(?:^|[\s,])(?:bye|bye bye|ciao|see you|see ya|tschuss|adios|au revoir)(?:\s+(?:all|everyone|everybody))?[\s!.]*$/i.test(text) && wordsOf(text).length <= 6) return true;
  // A name of its own below the thanks.
  return before !== undefined && isSmallTalkOrThanks(before) && /^\p{Lu}[\p{L}'-]*(?:\s+\p{Lu}[\p{L}'.-]*){0,2}(?:,\s*[\p{L} ]{1,30})?$/u.test(sentence.trim());
}; // prettier-ignore

const isSmallTalkOrThanks = (sentence: string): boolean => isSmallTalk(sentence) || isClosing(sentence, undefined);

/** "checkout is broken": why something is asked for, behind the order. */
export const isComplaint = (sentence: string): boolean =>
  /^(?:the |our |my |all |everything |everybody |it )?(?:[\p{L}\d-]+\s){0,3}(?:is|are|'s|keeps?)\s+(?:completely |totally |still |really |so |all |already |again )*(?:broken|down|slow|dead|on fire|burning|crashing|waiting|angry|urgent|stuck|hanging|wrong|not working|complaining|failing|annoyed)\b[^,]*$/iu.test(
    sentence.trim(),
  );

/** Cuts "can you please", "I would like you to": what remains is the wish itself. */
export function withoutPoliteness(sentence: string): string {
  return sentence
    .replace(
      /^(?:\s*(?:hi|hey|hello|hallo|hola|salut|bonjour|good (?:morning|evening|afternoon)|guten (?:morgen|tag|abend)|moin|buenos dias|ok|okay|so|well|thanks|thank you|please|pls|bot|chiffon|@\w+|dear \w+|(?:team|folks|all)(?=\s*[,!:]))\b[\s,!.:-]+)+/i,
      "",
    )
    .replace(/^(?:can|could|would|will)\s+(?:you|u|someone|somebody|anyone|we)\s+(?:please\s+|kindly\s+|maybe\s+|also\s+|just\s+)*/i, "")
    .replace(
      /^(?:would|do) (?:you|u) mind\s+|^how about\s+(?:we\s+|you\s+)?|^why (?:don't|not)\s+(?:we\s+|you\s+)?|^(?:would it be possible|is it possible)\s+(?:for you\s+)?to\s+/i,
      "",
    )
    .replace(
      /^(?:i|we)(?:'d| would)? (?:want|like|need|love) (?:you|u) to\s+|^(?:i|we) (?:want|need|would like|'d like|have) to\s+|^i'd like to\s+|^we'd like to\s+|^(?:let's|lets|let us)\s+|^(?:it's|it is) time to\s+|^(?:go ahead and|make sure (?:to|you|that you)|please)\s+/i,
      "",
    )
    .replace(
      /^(?:kannst du|konntest du|könntest du|können sie|kannst|puedes|podrías|podrias|peux-tu|pouvez-vous|pourrais-tu|tu peux)\s+(?:bitte\s+|mal\s+)*/i,
      "",
    );
}

const chat =
  /^(?:hi|hey|hello|yo|hallo|hola|salut|bonjour|moin|good (?:morning|evening|afternoon|night)|morning|thanks?|thank you|thx|ty|cheers|great|nice|cool|awesome|perfect|wow|lol|haha|ok|okay|sure|bye|goodbye|see you|welcome|well done|good (?:job|bot|work)|bad bot|you(?:'re| are) (?:great|awesome|the best|funny|welcome|cool|amazing)|are you|who are you|how are you|how's it going|what's up|sup|tell me a joke|sing|i love you|happy (?:birthday|new year|friday)|merry christmas|guten (?:morgen|tag|abend)|danke|gracias|merci|ping|test|lovely|sorry|never ?mind|nvm|forget it|all good|no worries)\b/i;

/** Thanks and the like in a word that may also be somebody's short name for a service. */
const courtesy =
  /^(?:ta|tia|ty|tks|tnx|thnx|np|kthx|kthxbye|cheers|appreciated|much appreciated|bedankt|dank ?(?:je|u)|dankjewel|grazie|obrigad[oa]|merci|danke|gracias|arigato|dziekuje|tack|kiitos|mahalo)(?:\s+(?:a lot|so much|very much|in advance|mate|love|all|everyone|everybody|again|schon|sehr|im voraus|de antemano|beaucoup|d'avance|mille|bot|chiffon))*$/i;

export function isSmallTalk(sentence: string): boolean {
  const text = plain(sentence);
  if (courtesy.test(text.replace(/[\s.!,;:)-]+$/, ""))) return true;
  if (!chat.test(text) || /^(?:never ?mind|forget it)\b.*[,;.].*\b(?:only|just|instead|please)\b/i.test(text)) return false;
  return wordsOf(text.replace(chat, "")).length <= 6;
}

const plain = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .replace(/^[\s"'¿¡(*_-]+/, "");

/** "…, thanks!" behind an order. */
export const withoutThanks = (sentence: string): string =>
  sentence.replace(
    /(?:[\s,;-]+(?:please|pls|plz|bitte|por favor|s'il (?:te|vous) pla[iî]t|svp|thanks?(?: (?:a lot|so much|in advance|again))?|thank you(?: (?:so|very) much)?|thx|cheers|danke(?: sch(?:ö|oe?)n)?|gracias|merci)(?:\s*[:;]-?[)D])?)+[\s.!]*$/iu,
    "",
  );
