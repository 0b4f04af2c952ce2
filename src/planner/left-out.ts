import { isStopWord } from "../mapping/stop-words.ts";
import { fold, nameParts, normalizeText, stem, wordsOf } from "../mapping/text.ts";
import { withoutForwarded } from "./sentence/forwarded.ts";
import type { PlanVersion } from "./plan-store.ts";

/** What of a request is in no step of its plan. */
export interface LeftOut {
  /** As written. */
  readonly phrase: string;
  /** It says when; a plan begins as soon as it is approved. */
  readonly isMoment: boolean;
}

/**
 * The parts of a request that say when, on which condition, how much, from or to where, or with which option something is to be done, and that
 * no step took up: "at 22:00" where nothing runs later, "to /mnt/usb" where the playbook has no such variable. At most five. A plan
 * without them may still be what the person wants, so they are told of it and decide.
 */
export function leftOutOf({ requestText: text, draft, sealed }: Reading): LeftOut[] {
  if (sealed === null) return [];
  const taken = takenUp(draft, sealed.steps);
  // "tell me when a site is down" describes the playbook that was found by it.
  const isDescription = draft.some((step) => step.mapping.method === "semantic");
  const found: (LeftOut & { readonly from: number; readonly to: number })[] = [];
  const own = withoutForwarded(normalizeText(text)).own;
  const plain = withoutMarks(own);
  for (const { kind, pattern } of kinds) {
    if (isDescription && kind !== "option" && kind !== "place") continue;
    for (const match of plain.matchAll(pattern)) {
      const from = match.index + (match[0].length - match[0].trimStart().length);
      const phrase = own.slice(from, match.index + match[0].length).replace(/[\s,.;:!?)]+$/, "");
      const to = from + phrase.length;
      if (found.some((one) => from < one.to && one.from < to)) continue;
      // "as discussed on Tuesday" tells of something else.
      if (kind === "moment" && /\w(?:ed|said|wrote) $/.test(plain.slice(0, from))) continue;
      const isMoment = kind === "moment" || (kind === "condition" && !/^(?:until|till|bis|hasta|jusqu)/.test(fold(phrase)));
      if (!isTaken(kind, phrase, taken)) found.push({ phrase, isMoment, from, to });
    }
  }
  return found
    .toSorted((a, b) => a.from - b.from)
    .slice(0, 5)
    .map(({ phrase, isMoment }) => ({ phrase, isMoment }));
}

/** For the card and for errors. */
export const leftOutWords = ({ phrase, isMoment }: LeftOut): string =>
  `not in this plan: "${phrase}"${isMoment ? "; it begins as soon as it is approved" : ""}`;

type Reading = Pick<PlanVersion, "requestText" | "draft" | "sealed">;
type Kind = "moment" | "condition" | "restriction" | "place" | "option" | "amount";

const days = "(?:mon|tues|wednes|thurs|fri|satur|sun)days?|montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonntags?|lunes|martes|miercoles|jueves|viernes|sabado|domingo|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"; // prettier-ignore
const units = "seconds?|secs?|minutes?|mins?|minuten|minutos|hours?|hrs?|stunden?|horas?|heures?|days?|tagen?|dias?|jours?|weeks?|wochen?|semanas?|semaines?|months?"; // prettier-ignore
const numbers = "\\d+|an?|one|two|three|four|five|six|ten|half an|eine[rm]?|zwei|drei|funf|zehn|una?|dos|tres|cinco|diez|une?|deux|trois|cinq|dix"; // prettier-ignore
const clause = "[^,;:.!?\\n]*(?:[.:](?=\\S)[^,;:.!?\\n]*)*";
const whole = (words: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}_/.-])(?:${words})(?![\\p{L}\\p{N}_/-])`, "gu");

// Of two that overlap the first kind counts. Without accents, in lower case.
const kinds: readonly { readonly kind: Kind; readonly pattern: RegExp }[] = [
  {
    kind: "condition",
    pattern: new RegExp(
      `(?<![\\p{L}\\p{N}_-])(?:only (?:if|when|after|once)|(?:but )?not (?:before|until|if|while)|as soon as|as long as|in case|unless|until|till|while|whenever|when|once|after|before|if|sobald|solange|nachdem|bevor|falls|wenn|bis|nach dem|nach der|vor dem|vor der|hasta que|hasta|cuando|antes de|despues de|si|des que|jusqu'a|quand|avant|apres)(?![\\p{L}\\p{N}_'-])${clause}`,
      "gu",
    ),
  },
  {
    kind: "moment",
    pattern: whole(
      [
        "(?:at|um|gegen|around|a las|a) \\d{1,2}(?::\\d{2}|h\\d{2}|h)(?: ?(?:am|pm|uhr))?|(?:at|um|gegen|around) \\d{1,2} ?(?:am|pm|uhr|o'clock)",
        "(?:at|over|during) (?:night|noon|midnight|lunch|the weekend)|(?:heute|morgen) (?:abend|nacht|fruh|mittag)|(?:this|tomorrow) (?:morning|noon|afternoon|evening|night)|esta (?:noche|tarde)|ce soir|cette nuit",
        `(?:(?:on|by|next|this|every|each|am|jeden|el|los|cada|le|chaque) )+(?:${days})(?: (?:morning|noon|afternoon|evening|night))?|(?:next|nachste) (?:week|month|woche)|tonight|tomorrow|manana|demain`,
        `in (?:${numbers}) (?:more )?(?:${units})|dentro de (?:${numbers}) (?:${units})|dans (?:${numbers}) (?:${units})`,
        `(?:every|each|jeden?|jede|cada|chaque) (?:(?:${numbers}|other) )?(?:night|morning|evening|nacht|noche|nuit|month|monat|mes|mois|${units})|hourly|nightly|taglich|stundlich`,
      ].join("|"),
    ),
  },
  { kind: "option", pattern: /(?<=\s)(?:--?[a-z][\w-]*(?:[= ]@?[\w./@-]+)?|@[\w./-]+\.\w+)/gu },
  {
    kind: "restriction",
    pattern: new RegExp(`(?<![\\p{L}\\p{N}_-])(?:without|except(?: for)?|but not|ohne|ausser|excepto|salvo|sauf|sin|sans)(?![\\p{L}\\p{N}_'-])${clause}`, "gu"),
  }, // prettier-ignore
  {
    kind: "place",
    pattern: /(?<=\s)(?:(?:to|into|from|onto|in|at|under|below|nach|von|aus|desde|vers|depuis) )?(?:~?\/[\w.@+-]+(?:\/[\w.@+-]*)*|[a-z]+:\/\/\S+|[\w./-]+\.(?:ya?ml|json|ini|conf|cfg|env|csv|txt|sql|zip|tgz|gz|tar|iso|deb))(?![\w/-])/gu,
  }, // prettier-ignore
  { kind: "amount", pattern: /(?<=\s)(?:(?:with|mit|con|avec|port|version|v) )?(?<![\w.:/-])\d+(?:[.,]\d+)?(?:[a-z%]{1,3})?(?![\w.:/-])(?: ?(?:%|percent|prozent|cpus?|cores?|kerne|gi?b|mi?b|ti?b|threads?|workers?|replicas?|copies|megs?|gigs?))/gu },
]; // prettier-ignore

// "as soon as possible", "when you have time", "if that's ok", "once that is done".
const idle = new Set(
  "possible possibly time chance moment minute free ready done finished complete completed ended over ok okay fine convenient needed necessary required you'd think want like mind forget remember know ask asked see look can able that's it's you're already ever case someone somebody anybody anyone please moglich fertig zeit passt geht hast posible puedes listo tiempo tout possible pret temps fini".split(" "),
); // prettier-ignore

function isTaken(kind: Kind, phrase: string, { parts, stems, text, values, excludes }: Taken): boolean {
  if (kind === "restriction" && excludes && /^(?:but|except|aus|excepto|salvo|sauf|ohne|without|sin|sans)/.test(fold(phrase))) return true;
  const words = wordsOf(phrase)
    .map((word) => word.lower)
    .slice(kind === "condition" || (kind === "place" && /^\p{L}+ /u.test(phrase)) ? 1 : 0);
  const isValue = (word: string): boolean => {
    const number = /^\d[\d.,:]*/.exec(word)?.[0];
    return number !== undefined && values.some((value) => value.match(/\d[\d.,:]*/g)?.includes(number) === true);
  };
  if (kind === "moment") {
    const said = words.filter((word) => /\d/.test(word));
    return said.length > 0 && said.every((word) => parts.has(word) || isValue(word));
  }
  const content = words.filter((word) => !isStopWord(word) && !idle.has(word));
  if (content.length === 0) return kind !== "option";
  const isSaid = (word: string): boolean =>
    parts.has(word) || stems.has(stem(word)) || (word.length > 3 && text.includes(word)) || isValue(word);
  return kind === "place" || kind === "option" ? content.every(isSaid) : content.some(isSaid);
}

interface Taken {
  readonly parts: ReadonlySet<string>;
  readonly stems: ReadonlySet<string>;
  readonly text: string;
  readonly values: readonly string[];
  readonly excludes: boolean;
}

function takenUp(draft: Reading["draft"], steps: NonNullable<Reading["sealed"]>["steps"]): Taken {
  const requestedHosts = draft.flatMap((step) => step.requestedHosts);
  const variables = steps.flatMap((step) => Object.entries(step.variables));
  const values = variables.map(([, value]) => fold(typeof value === "string" ? value : JSON.stringify(value)));
  const said = [
    ...steps.flatMap((step) => [step.name, step.playbook, step.playbookPath, ...step.hosts]),
    ...requestedHosts,
    ...variables.map(([name]) => name),
    ...values,
  ];
  const parts = new Set(said.flatMap((one) => [fold(one), ...nameParts(one)]));
  return {
    parts,
    stems: new Set([...parts].map(stem)),
    text: fold(said.join("\n")),
    values,
    excludes: requestedHosts.some((name) => name.startsWith("!")),
  };
}

/** Lower case without accents, every character in its place. */
const withoutMarks = (text: string): string => Array.from(text, (one) => (one.length === fold(one).length ? fold(one) : one)).join("");
