import type { InventoryNames } from "../../mapping/inventory-names.ts";
import type { Playbook, PlaybookVariable } from "../../mapping/playbook.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { nameParts, stem, wordsOf } from "../../mapping/text.ts";
import type { ModelStep } from "./model-reply.ts";
import { isSaid } from "../sentence/said-words.ts";

export interface GroundedValues {
  /** By the playbook's own variable names; each stands in the person's words. */
  readonly values: Readonly<Record<string, string>>;
  /** Names of variables for which the model made a value up. */
  readonly invented: readonly string[];
}

/** Values that a model found: only for variables of the playbook that a request may set, only as the person wrote them. */
export function groundedValues(model: ModelStep, text: string, playbooks: readonly Playbook[], inventory: InventoryNames): GroundedValues {
  const playbook = playbooks.find((one) => one.id === model.playbook);
  const values: Record<string, string> = {};
  const invented: string[] = [];
  for (const { variable: name, value } of model.values) {
    const variable = playbook?.variables.find((one) => one.name === name);
    if (variable === undefined || variable.secret || /^ansible_/i.test(name) || Object.hasOwn(values, name)) continue;
    // Its own default changes nothing, whoever says it.
    if (String(variable.default) === value) continue;
    if (carriesValue(text, value, variable, playbook, inventory)) values[name] = value;
    else invented.push(name);
  }
  return { values, invented };
}

/** The words hold this value, as one that this variable can be meant by. */
export const carriesValue = (
  text: string,
  value: string,
  variable: PlaybookVariable,
  playbook: Playbook | undefined,
  inventory: InventoryNames,
): boolean =>
  isSaid(text, value) &&
  !saysSomethingElse(value, inventory, playbook) &&
  (looksLikeValue(value, variable) || partsNamed(variable.name, text) > 0);

/** "web1" in "deploy gitea on web1" says where, and "gitea" says what: neither is a title or a user. */
function saysSomethingElse(value: string, { hosts, groups }: InventoryNames, playbook: Playbook | undefined): boolean {
  const words = wordsOf(value).map((word) => word.lower);
  const names = new Set([...hosts, ...Object.keys(groups)].map((name) => name.toLowerCase()));
  const own = new Set(nameParts(`${playbook?.name ?? ""} ${playbook?.service ?? ""}`));
  return words.every((word) => names.has(word) || own.has(word) || isStopWord(word));
}

/** A plain word can be anything in a sentence; a "yes" is not consent to everything that can be switched on. */
const looksLikeValue = (value: string, variable: PlaybookVariable): boolean => variable.type !== "bool" && /[\d/:@.]/.test(value);

/** How many parts of a variable's name the words say. */
export const partsNamed = (name: string, text: string): number => {
  const said = new Set(wordsOf(text).map((word) => stem(word.lower)));
  return nameParts(name).filter((part) => part.length > 2 && said.has(stem(part))).length;
};
