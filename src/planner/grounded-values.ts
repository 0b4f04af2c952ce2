import type { Playbook } from "../mapping/playbook.ts";
import type { ModelStep } from "./model-reply.ts";
import { isSaid } from "./said-words.ts";

export interface GroundedValues {
  /** By the playbook's own variable names; each stands in the person's words. */
  readonly values: Readonly<Record<string, string>>;
  /** Names of variables for which the model made a value up. */
  readonly invented: readonly string[];
}

/** Values that a model found: only for variables of the playbook that a request may set, only as the person wrote them. */
export function groundedValues(model: ModelStep, text: string, playbooks: readonly Playbook[]): GroundedValues {
  const playbook = playbooks.find((one) => one.id === model.playbook);
  const values: Record<string, string> = {};
  const invented: string[] = [];
  for (const { variable: name, value } of model.values) {
    const variable = playbook?.variables.find((one) => one.name === name);
    if (variable === undefined || variable.secret || /^ansible_/i.test(name) || Object.hasOwn(values, name)) continue;
    // Its own default changes nothing, whoever says it.
    if (String(variable.default) === value) continue;
    if (isSaid(text, value)) values[name] = value;
    else invented.push(name);
  }
  return { values, invented };
}
