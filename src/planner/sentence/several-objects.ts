import type { Playbook } from "../../mapping/playbook.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { nameParts, stem, wordsOf } from "../../mapping/text.ts";
import { leadingVerb, maskQuotes } from "./clauses.ts";
import { type RequestedStep, stepLimit } from "../decomposition.ts";
import { type FillOptions, fillParameters } from "../values/fill-parameters.ts";
import { isTyped } from "../values/fitting-value.ts";

/**
 * "lock ida and jon" for a playbook that locks one login: a step each. One step stays one where the playbook takes a list.
 * Which it is can only be told when the playbook is known, so this comes between reading a request and mapping its steps for good.
 */
export async function separateObjects(
  steps: readonly RequestedStep[],
  playbookOf: (step: RequestedStep) => Promise<Playbook | undefined>,
  options: FillOptions,
): Promise<RequestedStep[]> {
  const separated: { readonly step: RequestedStep; readonly from: number }[] = [];
  for (const [left, step] of steps.entries()) {
    const playbook = hasList(step.intent) && step.proposed === undefined ? await playbookOf(step) : undefined;
    const intents = playbook === undefined ? [] : objectsApart(step, playbook, options);
    const room = stepLimit - separated.length - (steps.length - left - 1);
    const parts = intents.length > 1 && intents.length <= room ? intents : [step.intent];
    for (const intent of parts) separated.push({ step: parts.length === 1 ? step : { ...step, intent, name: intent.slice(0, 80) }, from: step.order });
  }
  if (separated.length === steps.length) return [...steps];
  // Who had to wait for the step that was taken apart waits for all of its parts.
  const ordersOf = (old: number): number[] => separated.flatMap((part, at) => (part.from === old ? [at + 1] : []));
  return separated.map(({ step }, at) => ({ ...step, order: at + 1, dependsOn: step.dependsOn.flatMap(ordersOf) }));
} // prettier-ignore

const joint = /\s*,\s*(?:and|und|y|et|&)\s+|\s*,\s*|\s+(?:and|und|y|et|&|plus|as well as|sowie)\s+/giu;
const hasList = (text: string): boolean => new RegExp(joint.source, "iu").test(text);

/** The same order once for each of the objects it names; empty where it names but one, or they belong together. */
function objectsApart(step: RequestedStep, playbook: Playbook, options: FillOptions): string[] {
  if (playbook.verb === "deploy" && playbook.service !== null && !playbook.variables.some((variable) => /_(?:state|action)$/.test(variable.name))) return [];
  const pieces = piecesOf(step.intent);
  const first = pieces[0]?.text;
  if (first === undefined || pieces.length > 3 * stepLimit || !(pieces.some((piece) => piece.isLast) || repeatsKey(pieces))) return [];
  const fill = (intent: string): Readonly<Record<string, unknown>> => fillParameters({ ...step, intent }, playbook, options).variables;
  // "hp-301 at 10.0.0.1 and hp-302 at 10.0.0.2": the first values tell what the objects are.
  const whole = fill(step.intent);
  const lists = new Set(Object.values(whole).flatMap((value) => (Array.isArray(value) ? value.map(String) : [])));
  const values = fill(first);
  for (const { name } of playbook.variables) {
    const value = values[name];
    if (!isOfOne(playbook, name) || Array.isArray(whole[name]) || !standsIn(value, first)) continue;
    const parts = apart(pieces, { name, value: String(value), lists }, fill);
    if (parts.length > 1) return parts;
  }
  return [];
} // prettier-ignore

interface Piece {
  readonly text: string;
  /** Joined by an "and", with which a list ends. */
  readonly isLast: boolean;
}

/** Commas inside of quotes and brackets join nothing. */
function piecesOf(text: string): Piece[] {
  const { masked, unmask } = maskQuotes(text);
  const brackets: string[] = [];
  const open = masked.replaceAll(/\([^()]*\)/g, (inside) => `\uE003${brackets.push(inside) - 1}\uE004`);
  const back = (part: string): string => unmask(part.replaceAll(/\uE003(\d+)\uE004/g, (_, at: string) => brackets[Number(at)] ?? ""));
  const pieces: Piece[] = [];
  let from = 0;
  let isLast = false;
  for (const match of [...open.matchAll(joint), undefined]) {
    const text = back(open.slice(from, match?.index)).trim();
    if (text !== "") pieces.push({ text, isLast });
    from = (match?.index ?? 0) + (match?.[0].length ?? 0);
    isLast = match !== undefined && match[0].trim() !== ",";
  }
  return pieces;
}

/** "zone A 220 cents, zone C 90 cents": the same word begins what is said of each. */
const repeatsKey = (pieces: readonly Piece[]): boolean => {
  const starts = pieces.slice(1).map(({ text }) => wordsOf(text)).flatMap((words) => (words.length > 1 && !isStopWord(words[0]?.lower ?? "") ? [words[0]?.lower] : []));
  return starts.some((word) => wordsOf(pieces[0]?.text ?? "").slice(-5).some((one) => one.lower === word));
}; // prettier-ignore

const standsIn = (value: unknown, text: string): boolean => ["string", "number"].includes(typeof value) && text.includes(String(value));

/** A name, a folder, a domain or a port of which the playbook takes one. */
function isOfOne(playbook: Playbook, name: string): boolean {
  const variable = playbook.variables.find((one) => one.name === name);
  const last = nameParts(name).at(-1) ?? "";
  if (variable === undefined || variable.type === "list" || variable.type === "bool") return false;
  if (variable.type === "raw" && /(?:[^s]s|list)$/.test(last) && !/(?:address|alias|dns|status|nfs)$/.test(last)) return false;
  return /^(?:name|username|user|account|login|member|address|email|mailbox|domain|hostname|path|folder|directory|port|printer|queue|share|list|flag|alert|bucket|database|db|project|repo|repository|branch|room|client|customer|service|unit|app|application|container|site|vhost|team|group|carrier|supplier|product|job|device|snapshot|volume|source|topic|table|index|zone|stack|vm|student|camera|scene|course|channel|partition|key|package|file|number|no|nr|id|code|zone|meter|valve|card|satellite|street|operator|person|employee|point|dataset|vlan|tag|rule|job|mailbox|alias|profile|license|licence)$/.test(
    last,
  );
}

/** "and keep her home", "without the mails": says how, not what else. */
const isAside =
  /^(?:\(|(?:keep|keeping|leave|leaving|spare|sparing|preserve|without|with|but|not|no|her|his|its|their|behalte|behalt|lass|ohne|mit|conserva|deja|sin|con|garde|laisse|sans|avec)\b)/i;

const hasSigns = (value: string): boolean => /[\d_.-]/.test(value);

/** The order once for each piece that names another object; what names none belongs to the one before, "both …" to all. */
function apart(
  pieces: readonly Piece[],
  { name, value: firstValue, lists }: { readonly name: string; readonly value: string; readonly lists: ReadonlySet<string> },
  fill: (intent: string) => Readonly<Record<string, unknown>>,
): string[] {
  const first = pieces[0]?.text ?? "";
  const words = wordsOf(first);
  const verb = leadingVerb(first);
  const lead = first.slice(0, words[Math.max(verb?.to ?? 1, 1) - 1]?.end ?? 0);
  const head = first.slice(0, first.indexOf(firstValue)).replace(/["']$/, "");
  const said = new Set(wordsOf(head).map((word) => stem(word.lower)));
  const isService = /(?:service|unit|app)(?:_name)?$/.test(name);
  const isNamedAnew = (piece: string): boolean => standsIn(fill(`${head}${piece}`)[name], piece) && wordsOf(piece).length === 1;
  const parts = [first];
  const shared: string[] = [];
  const values = new Set([firstValue]);
  // What follows something that is no object is none either: "badge_7, it was lost and found".
  let isOpen = true;
  let tail = "";
  for (const [at, { text: piece }] of pieces.slice(1).entries()) {
    // "…, both valid from May", "driver zpl for both", "but keep their files"
    const forAll =
      /^(.+\S)\s+(?:for|on|in|to|on each of)\s+(?:both|all|each|every one|beide|alle|ambos|todos|tous)(?:\s+of\s+them)?$/i.exec(piece)?.[1];
    if (
      forAll !== undefined ||
      /^(?:both|each|all|alle|beide|jeweils|ambos|todos|tous|les deux)\b|^(?:(?:but|and)\s+)?(?:keep|leave|spare)\b.*\b(?:their|both|them)\b/i.test(
        piece,
      )
    ) {
      shared.push(forAll ?? piece);
      continue;
    }
    // "a and b, owner x": behind the whole list of bare names it holds for all of them.
    const isListOver = parts.length > 1 && parts.length === values.size && !pieces.slice(at + 1).some((later) => later.isLast);
    if (isListOver && parts.every((part, place) => part.replace(/["']$/, "").endsWith([...values][place] ?? "")) && !isNamedAnew(piece)) {
      shared.push(piece);
      continue;
    }
    // Nothing is taken apart by a comma alone: "duplex" behind one is no printer.
    const isInList =
      isOpen &&
      (pieces.slice(at + 1).some((later) => later.isLast) || wordsOf(piece)[0]?.lower === wordsOf(head).at(-1)?.lower) &&
      leadingVerb(piece) === undefined &&
      !isAside.test(piece);
    const start = wordsOf(piece)[0]?.lower ?? "";
    const repeats = isStopWord(start) || said.has(stem(start));
    const orders = repeats ? [`${lead} ${piece}`, `${head}${piece}`] : [`${head}${piece}`, `${lead} ${piece}`];
    const own = orders.find((intent) => {
      const value = isInList ? fill(intent)[name] : undefined;
      if (!standsIn(value, piece) || values.has(String(value)) || firstValue.includes(String(value)) || lists.has(String(value)))
        return false;
      const before = wordsOf(piece.slice(0, piece.indexOf(String(value))));
      return (
        before.every((word) => isStopWord(word.lower) || said.has(stem(word.lower))) &&
        isTyped(String(value)) === isTyped(firstValue) &&
        (isService || hasSigns(String(value)) || !hasSigns(firstValue))
      );
    });
    if (own === undefined) {
      parts.push(`${parts.pop() ?? ""}, ${piece}`);
      isOpen = false;
    } else {
      const value = String(fill(own)[name]);
      values.add(value);
      tail = own
        .slice(own.indexOf(value) + value.length)
        .replace(/^["']/, "")
        .trim();
      parts.push(own);
    }
  }
  // "switch a and b off", "silence a and b for 2h": what stands behind the last of them holds for all that end with their name.
  const names = [...values];
  const ends = (part: string, at: number): boolean => part.replace(/["']$/, "").endsWith(names[at] ?? "");
  return parts.map((part, at) => [tail !== "" && at < parts.length - 1 && ends(part, at) ? `${part} ${tail}` : part, ...shared].join(", "));
}
