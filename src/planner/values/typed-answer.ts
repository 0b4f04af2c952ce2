import { formValue, type FormValueField } from "../../form-value.ts";
import type { InventoryNames } from "../../mapping/inventory-names.ts";
import type { Playbook, PlaybookVariable } from "../../mapping/playbook.ts";
import { fold, nameKey, wordsOf } from "../../mapping/text.ts";
import { leadingVerb, objectWords } from "../sentence/clauses.ts";
import { createHostReader } from "../hosts/hosts-in-text.ts";
import { isApproval } from "../change/modification-words.ts";
import { fieldName, type Question } from "../question.ts";
import { isQuestion, isSmallTalk } from "../sentence/speech.ts";
import { tokensOf } from "./stated-values.ts";
import { keysOf, placesOf } from "./variable-keys.ts";
import type { Vocabulary } from "../vocabulary.ts";

export interface AnswerContext {
  readonly question: Question;
  readonly inventory: InventoryNames;
  readonly vocabulary: Vocabulary;
  /** The playbook that a step has, if it has one. */
  readonly playbookOf: (step: number) => Playbook | undefined;
}

/** What a text answers of a question. */
export type TypedAnswer =
  | {
      readonly kind: "answer";
      /** By `<step>.<variable>`. */
      readonly values: Readonly<Record<string, unknown>>;
      /** Playbook by step. */
      readonly choices: Readonly<Record<number, string>>;
      /** Names of the inventory by step, for what was asked about its place; `only`: they are all its places. */
      readonly hosts: Readonly<Record<number, { readonly names: readonly string[]; readonly only: boolean }>>;
      /** What was understood, for the person. */
      readonly echo: string;
      /** Free text of which only the place says that it is the value: what reads as something else is something else. */
      readonly guessed: boolean;
    }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "none" };

/** Reads a message as the answer to what was asked: `name = value` lines, the plain value, a candidate's number or name, a place. */
export function readTypedAnswer(text: string, context: AnswerContext): TypedAnswer {
  const said = text.trim();
  if (said === "") return { kind: "none" };
  const named = namedValues(said, context);
  if (named.kind !== "none") return named;
  const chosen = chosenCandidate(said, context);
  if (chosen.kind !== "none") return chosen;
  const placed = namedPlace(said, context);
  if (placed.kind !== "none") return placed;
  return plainValue(said, context);
}

type Missing = Question["missing"][number];

/** Every line says `name = value`, `name: value`, or, with one line, `name value`. */
function namedValues(text: string, context: AnswerContext): TypedAnswer {
  const lines = text.split(/\n+|;\s+/).map((line) => line.trim()).filter((line) => line !== ""); // prettier-ignore
  const values: Record<string, unknown> = {};
  const echo: string[] = [];
  for (const line of lines) {
    const pair =
      /^(?:[-*•]\s+)?(?:(?:the|set|with|and|use)\s+)*(?:step\s*)?(?:(\d+)\s*[.:]\s*)?([\p{L}_][\p{L}\p{N}_ .-]{0,80}?)\s*(?:=|:(?!\/\/)|\s(?:is|should be|to|ist|es|est)\s)\s*(.+)$/iu.exec(
        line,
      ) ?? bareNamed(line, context);
    if (pair?.[2] === undefined || pair[3] === undefined) return { kind: "none" };
    const wanted = fieldsNamed(pair[2], pair[1], context);
    if (wanted.length === 0) return { kind: "none" };
    if (wanted.length > 1) {
      const names = wanted.map((one) => fieldName(one.step, one.variable.name));
      return { kind: "refused", message: `${pair[2]} is asked for in several steps: write ${names.join(" or ")}` };
    }
    const [field] = wanted as [Missing];
    const read = formValue(fieldOf(field.variable), unquoted(pair[3]));
    if (read.kind === "refused") return { kind: "refused", message: read.message };
    if (read.kind === "empty") continue;
    values[fieldName(field.step, field.variable.name)] = read.value;
    echo.push(`${field.variable.name} = ${shown(read.value)}`);
  }
  return echo.length === 0 ? { kind: "none" } : { kind: "answer", values, choices: {}, hosts: {}, echo: echo.join(", "), guessed: false };
}

/** "port 8080" for a missing port. */
function bareNamed(line: string, context: AnswerContext): readonly (string | undefined)[] | null {
  const words = line.replace(/^(?:the|set|with|and|use)\s+/i, "");
  for (let to = words.length; to > 0; to = words.lastIndexOf(" ", to - 1)) {
    const name = words.slice(0, to);
    const value = words.slice(to + 1).trim();
    if (value !== "" && fieldsNamed(name, undefined, context).length > 0) return [line, undefined, name, value];
  }
  return null;
}

function fieldsNamed(name: string, step: string | undefined, { question, playbookOf }: AnswerContext): readonly Missing[] {
  const tokens = tokensOf(name);
  return question.missing.filter(({ step: order, variable }) => {
    if (step !== undefined && Number(step) !== order) return false;
    if (variable.name.toLowerCase() === name.trim().toLowerCase()) return true;
    const playbook = playbookOf(order);
    return (
      playbook !== undefined &&
      keysOf(variable, playbook).some((key) => placesOf(tokens, key).some((place) => place.from === 0 && place.to === tokens.length))
    );
  });
}

/** A number or name among the candidates of the step that has none yet. */
function chosenCandidate(text: string, { question }: AnswerContext): TypedAnswer {
  const prefixed = /^step\s*(\d+)\s*[:,-]?\s*(.+)$/is.exec(text);
  const asked = prefixed === null ? question.unmapped : question.unmapped.filter((one) => one.step === Number(prefixed[1]));
  const [one] = asked;
  if (one === undefined || asked.length > 1) return { kind: "none" };
  const said = (prefixed?.[2] ?? text)
    .replace(/^(?:(?:i mean|take|use|pick|choose|number|no\.?|nr\.?|option|#|the)\s*)+/i, "")
    .replace(/\s+(?:one|please|playbook)$/i, "")
    .replace(/[.!]+$/, "")
    .trim();
  const ordinal = ["first", "second", "third"].indexOf(said.toLowerCase());
  const number = /^[1-9]$/.test(said) ? Number(said) : ordinal + 1;
  const key = nameKey(said.replace(/\.ya?ml$/i, ""));
  const chosen =
    number > 0
      ? one.candidates[number - 1]
      : one.candidates.find((candidate) => key !== "" && [candidate.name, candidate.playbook].some((name) => nameKey(name) === key));
  if (chosen === undefined) {
    return number > 0
      ? {
          kind: "refused",
          message: `${one.candidates.length === 0 ? "no playbook is" : `only ${one.candidates.length} are`} offered for "${one.name}"`,
        }
      : { kind: "none" };
  }
  return {
    kind: "answer",
    values: {},
    choices: { [one.step]: chosen.playbook },
    hosts: {},
    echo: `"${one.name}" means ${chosen.name}`,
    guessed: false,
  };
}

/** "on web1", "web1 and web2", "everywhere" for a place that was asked about. */
function namedPlace(text: string, { question, inventory, vocabulary }: AnswerContext): TypedAnswer {
  const asked = [...new Set([...question.unknownHosts, ...question.unclearPlaces].map((one) => one.step))];
  if (asked.length === 0 || /:[!&]|(?:^|\s)[!&~]\S|\*|@\//.test(text)) return { kind: "none" };
  const said = text.replace(/^(?:(?:no|i mean|i meant|use|take|only|just|sorry|please)[\s,]+)+/i, "").replace(/[.!]+$/, "");
  const reader = createHostReader(inventory, vocabulary);
  const read = (words: string): ReturnType<typeof reader.read> => reader.read(words, { allowUnknown: false, fromIsValue: false });
  const found = [read(said), read(`on ${said}`)].find((one) => one.isOnlyHosts);
  if (found === undefined) return { kind: "none" };
  const names = found.hosts;
  const only = /\b(?:only|just)\b/i.test(text);
  const hosts = Object.fromEntries(asked.map((step) => [step, { names, only }]));
  return { kind: "answer", values: {}, choices: {}, hosts, echo: `on ${names.join(", ").replaceAll("!", "not ")}`, guessed: false };
}

/** One field is asked for, and the text is nothing else: it is the value. */
function plainValue(text: string, { question, vocabulary }: AnswerContext): TypedAnswer {
  const [field] = question.missing;
  const others = question.unmapped.length + question.unknownHosts.length + question.unclearPlaces.length;
  if (field === undefined || question.missing.length > 1 || others > 0 || text.includes("\n")) return { kind: "none" };
  const { variable } = field;
  const isTextual = !["int", "float", "bool"].includes(variable.type) && (variable.choices ?? []).length === 0;
  const quoted = unquoted(text) !== text;
  if (
    isTextual &&
    !quoted &&
    (isApproval(text) || isSmallTalk(text) || isQuestion(text) || /\?\s*$/.test(text) || isRequest(text, vocabulary))
  )
    return { kind: "none" };
  const value = unquoted(text.replace(/^(?:(?:it'?s|it is|use|take|make it|let'?s say|set it to)\s+)+/i, ""));
  const read = formValue(fieldOf(variable), value);
  if (read.kind === "empty") return { kind: "none" };
  if (read.kind === "refused")
    return isRequest(text, vocabulary) || wordsOf(text).length > 3 ? { kind: "none" } : { kind: "refused", message: read.message };
  return {
    kind: "answer",
    values: { [fieldName(field.step, variable.name)]: read.value },
    choices: {},
    hosts: {},
    echo: `${variable.name} = ${shown(read.value)}`,
    guessed: isTextual && !quoted,
  };
}

/** A verb with something to act on. */
function isRequest(text: string, vocabulary: Vocabulary): boolean {
  return leadingVerb(text) !== undefined && (objectWords(text).length > 0 || vocabulary.servicesIn(wordsOf(fold(text))).length > 0);
}

function fieldOf(variable: PlaybookVariable): FormValueField {
  return {
    label: variable.name,
    type: variable.type,
    required: variable.required,
    default: variable.default ?? null,
    choices: variable.choices ?? null,
  };
}

const unquoted = (text: string): string => /^"([^"]*)"$|^'([^']*)'$|^`([^`]*)`$/.exec(text.trim())?.slice(1).find((part) => part !== undefined) ?? text.trim(); // prettier-ignore

function shown(value: unknown): string {
  return typeof value === "string" ? (/^\S+$/.test(value) ? value : JSON.stringify(value)) : (JSON.stringify(value) ?? "");
}
