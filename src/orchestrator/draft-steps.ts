import { AppError } from "../errors.ts";
import type { InventoryNames } from "../mapping/inventory-names.ts";
import type { PlaybookCatalog } from "../mapping/playbook.ts";
import type { TaskMapper } from "../mapping/task-mapper.ts";
import type { Decomposer } from "../planner/decomposer.ts";
import type { RequestedStep } from "../planner/decomposition.ts";
import type { ReadText } from "../planner/model/fallback-planner.ts";
import { fillParameters } from "../planner/values/fill-parameters.ts";
import type { DraftStep } from "../planner/plan.ts";
import { dryRunValues, proposedValues, withProposal } from "../planner/proposal.ts";
import type { Question } from "../planner/question.ts";
import type { Vocabulary } from "../planner/vocabulary.ts";
import type { QuestionReason } from "./use-cases.ts";

export interface DraftStepsDeps {
  readonly catalog: () => Promise<PlaybookCatalog>;
  readonly inventory: () => Promise<InventoryNames>;
  readonly decomposer: (inventory: InventoryNames, catalog: PlaybookCatalog) => Decomposer;
  readonly vocabulary: (catalog: PlaybookCatalog) => Vocabulary;
  readonly mapper: TaskMapper;
  /** Reads a whole request, with a language model where there is one. Absent: the rules alone. */
  readonly readRequest?: ReadRequest;
}

export interface TextToRead {
  readonly text: string;
  readonly person: string;
  /** Undefined: a sentence of nobody's conversation, only to be mapped. */
  readonly request?: { readonly id: string; readonly number: number; readonly conversationId: string };
}

export type ReadRequest = (text: TextToRead, known: Known) => Promise<ReadText>;

/** The repo as a request is read against it. */
export interface Known {
  readonly catalog: PlaybookCatalog;
  readonly inventory: InventoryNames;
  readonly vocabulary: Vocabulary;
  readonly decomposer: Decomposer;
}

/** Throws where there is nothing that could be planned with. */
export async function readKnown(deps: DraftStepsDeps): Promise<Known> {
  const reading = deps.inventory();
  reading.catch(() => undefined); // told below; where there are no playbooks either, that is the nearer reason
  const catalog = await deps.catalog();
  if (catalog.playbooks.length === 0) {
    throw new AppError("repo-without-playbooks", "the repo holds no playbook that can be used", {
      help:
        catalog.rejected[0] === undefined
          ? "Point CHIFFON_REPO at your Ansible repo."
          : `${catalog.rejected[0].path}: ${catalog.rejected[0].reason}`,
    });
  }
  const inventory = await reading;
  return { catalog, inventory, vocabulary: deps.vocabulary(catalog), decomposer: deps.decomposer(inventory, catalog) };
}

/** A requested step with its playbook, if there is one that is certain. */
export async function mapStep(step: RequestedStep, known: Known, mapper: TaskMapper, previewOnly = false): Promise<DraftStep> {
  const mapping = await mapper.map(step, known.catalog);
  const options = { vocabulary: known.vocabulary, hosts: known.inventory.hosts };
  return {
    order: step.order,
    name: step.name,
    intent: step.intent,
    mapping: withProposal(mapping, step, known.catalog),
    variables: { ...dryRunValues(previewOnly, mapping, known.catalog), ...proposedValues(step, mapping, known.catalog, options) },
    requestedHosts: step.hosts,
    dependsOn: step.dependsOn,
  };
}

/** The values that its words and `given` state, in the playbook's own names, and those that are missing. */
export function fillStep(
  step: DraftStep,
  known: Known,
  given: Readonly<Record<string, unknown>> = step.variables,
): { readonly draft: DraftStep; readonly missing: Question["missing"] } {
  const playbook = known.catalog.playbooks.find((one) => one.id === step.mapping.playbook);
  if (playbook === undefined) return { draft: step, missing: [] };
  const filled = fillParameters(step, playbook, { vocabulary: known.vocabulary, hosts: known.inventory.hosts, given });
  return {
    draft: { ...step, variables: { ...filled.variables } },
    missing: [
      ...filled.missing.map((variable) => ({ step: step.order, variable, problem: null })),
      ...filled.refused.flatMap((one) => {
        const variable = playbook.variables.find((candidate) => candidate.name === one.name);
        return variable === undefined ? [] : [{ step: step.order, variable, problem: one.reason }];
      }),
    ],
  };
}

export function unmappedOf(step: DraftStep): Question["unmapped"] {
  const { mapping } = step;
  return mapping.playbook === null
    ? [{ step: step.order, name: step.name, why: mapping.why, candidates: mapping.candidates, suggestion: mapping.suggestion }]
    : [];
}

export function unknownHostsOf(step: number, words: readonly string[], inventory: InventoryNames): Question["unknownHosts"] {
  return words.map((word) => ({ step, word, nearest: nearestNames(word, inventory) }));
}

export function reasonOf(question: Question): QuestionReason {
  if (question.unknownHosts.length > 0) return "unknown_host";
  if (question.unmapped.length > 0) return "unmapped";
  return question.missing.length > 0 ? "missing" : "ambiguous";
}

/** For the audit entry. */
export function draftFacts(draft: readonly DraftStep[], question: Question): Record<string, unknown> {
  return {
    steps: draft.map((step) => ({
      order: step.order,
      playbook: step.mapping.playbook,
      confidence: step.mapping.confidence,
      method: step.mapping.method,
      candidates: step.mapping.candidates,
    })),
    unknownHosts: question.unknownHosts.map((one) => one.word),
    missing: question.missing.map((one) => one.variable.name),
  };
}

/** Names of the inventory that share the most letters with a word, at most three. */
function nearestNames(word: string, inventory: InventoryNames): string[] {
  const names = [
    ...new Set([...Object.keys(inventory.groups).filter((group) => group !== "all" && group !== "ungrouped"), ...inventory.hosts]),
  ];
  const pairs = (text: string): Set<string> =>
    new Set(Array.from({ length: Math.max(1, text.length - 1) }, (_, index) => text.toLowerCase().slice(index, index + 2)));
  const wanted = pairs(word);
  const likeness = (name: string): number => {
    const own = pairs(name);
    return [...wanted].filter((pair) => own.has(pair)).length / Math.max(1, wanted.size + own.size);
  };
  return names.toSorted((a, b) => likeness(b) - likeness(a)).slice(0, 3);
}
