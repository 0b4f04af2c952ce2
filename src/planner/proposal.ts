import type { Mapping } from "../mapping/mapping.ts";
import type { PlaybookCatalog } from "../mapping/playbook.ts";
import type { RequestedStep } from "./decomposition.ts";
import { fillParameters, type FillOptions } from "./values/fill-parameters.ts";

/** Where the mapper is not certain, what a model would take is the first that the person may pick. Confidence stays the mapper's own. */
export function withProposal(mapping: Mapping, step: RequestedStep, catalog: PlaybookCatalog): Mapping {
  const proposed = catalog.playbooks.find((playbook) => playbook.id === step.proposed?.playbook);
  if (mapping.playbook !== null || proposed === undefined) return mapping;
  const known = mapping.candidates.find((candidate) => candidate.playbook === proposed.id);
  const first = known ?? { playbook: proposed.id, name: proposed.name, confidence: 0 };
  return {
    ...mapping,
    candidates: [first, ...mapping.candidates.filter((candidate) => candidate !== known)].slice(0, 3),
    suggestion: "choose",
  };
}

/** "as a dry run", for a playbook that has a switch for it: set also where the whole request is a preview, should it ever be run. */
export function dryRunValues(previewOnly: boolean, mapping: Mapping, catalog: PlaybookCatalog): Record<string, unknown> {
  const playbook = previewOnly ? catalog.playbooks.find((one) => one.id === mapping.playbook) : undefined;
  const variable = playbook?.variables.find((one) => /(?:^|_)dry_?run$/.test(one.name) && /^(?:bool|raw)$/.test(one.type));
  return variable === undefined ? {} : { [variable.name]: true };
}

/** Values that a model found in the words, for variables that the rules left open and with words that they did not use. */
export function proposedValues(
  step: RequestedStep,
  mapping: Mapping,
  catalog: PlaybookCatalog,
  options: FillOptions,
): Record<string, unknown> {
  const playbook = catalog.playbooks.find((one) => one.id === mapping.playbook);
  if (playbook === undefined || step.proposed?.playbook !== playbook.id) return {};
  const filled = fillParameters(step, playbook, options);
  const used = new Set(Object.values(filled.variables).map(String));
  const open = Object.entries(step.proposed.values).filter(([name, value]) => !Object.hasOwn(filled.variables, name) && !used.has(value));
  return Object.fromEntries(open);
}
