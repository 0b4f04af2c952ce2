import type { Database } from "../db/database.ts";
import { visibleValue } from "../visible-text.ts";
import { expandHosts } from "../mapping/inventory-names.ts";
import type { TaskMapper } from "../mapping/task-mapper.ts";
import { stepLimit } from "../planner/decomposition.ts";
import { modificationContext, type Change, type ModificationContext } from "../planner/change/modification-change.ts";
import { applyChanges, type AddedStep, type ChangedStep } from "../planner/change/modification-apply.ts";
import type { DraftStep } from "../planner/plan.ts";
import type { PlanVersion } from "../planner/plan-store.ts";
import { emptyQuestion, type Question } from "../planner/question.ts";
import { fillStep, mapStep, unknownHostsOf, unmappedOf, type Known } from "./draft-steps.ts";
import type { MakeVersion } from "./make-version.ts";
import type { Planning } from "./plan-request.ts";
import type { ReadChange } from "./read-change.ts";
import type { RequestOutcome } from "./use-cases.ts";

export interface ModifyPlanDeps {
  readonly database: Database;
  readonly mapper: TaskMapper;
  readonly makeVersion: MakeVersion;
  readonly onPlan: (planVersionId: string) => void;
}

export type Modified = RequestOutcome | { readonly kind: "not-taken"; readonly message: string; readonly help: string | null };

export function contextOf(version: PlanVersion, known: Known): ModificationContext {
  return modificationContext({
    ...known,
    steps: version.draft.map((draft) => {
      const sealed = version.sealed?.steps.find((step) => step.order === draft.order);
      return {
        draft,
        playbook: known.catalog.playbooks.find((playbook) => playbook.id === draft.mapping.playbook),
        hosts: sealed?.hosts ?? expandHosts(draft.requestedHosts, known.inventory),
      };
    }),
  });
}

/** Makes the changes as the next version of the plan, with every check that a request has. `not-taken`: the plan stays as it is. */
export async function modifyPlan(
  deps: ModifyPlanDeps,
  planning: Planning,
  version: PlanVersion,
  changes: readonly Change[],
  known: Known,
  readBy?: ReadChange["readBy"],
): Promise<Modified> {
  const { request } = planning;
  const added: AddedStep[][] = [];
  for (const change of changes) {
    if (change.kind !== "add" && change.kind !== "exchange") continue;
    const steps = await Promise.all(
      change.steps.map(async (step) => ({ draft: await mapStep(step, known, deps.mapper), unknownHosts: step.unknownHosts })),
    );
    const strange = steps.find((step) => step.draft.mapping.playbook === null);
    if (strange !== undefined) return notMapped(strange.draft);
    added.push(steps);
  }
  const applied = applyChanges(contextOf(version, known).steps, changes, added);
  if (applied.kind === "refused") return { kind: "not-taken", message: applied.message, help: null };
  if (applied.steps.length > stepLimit) return { kind: "not-taken", message: `a plan has at most ${stepLimit} steps`, help: null };

  const filled = applied.steps.map((step) => fillStep(step.draft, known));
  const draft = filled.map((one) => one.draft);
  const refusedValue = newProblem(
    filled.flatMap((one) => one.missing),
    applied.steps,
    changes,
  );
  if (refusedValue !== undefined) return { kind: "not-taken", message: refusedValue, help: null };
  const question: Question = {
    ...emptyQuestion,
    unmapped: draft.flatMap((step) => unmappedOf(step)),
    missing: filled.flatMap((one) => one.missing),
    unknownHosts: applied.steps.flatMap((step) => [
      ...unknownHostsOf(step.draft.order, step.unknownHosts, known.inventory),
      ...kept(version.question?.unknownHosts ?? [], step),
    ]),
    unclearPlaces: applied.steps.flatMap((step) => kept(version.question?.unclearPlaces ?? [], step)),
    ambiguities: changes.some((change) => change.kind === "exchange" && change.replaced === "all")
      ? []
      : (version.question?.ambiguities ?? []),
  };
  const echo = changes.map((change) => inWords(change, version.draft)).join("; ");
  const saidText = request.text === "" ? echo : request.text;
  const modified = (planVersionId: string, kind: "plan" | "question"): RequestOutcome & { kind: "modified" } => ({
    kind: "modified",
    planVersionId,
    replacedId: version.id,
    echo,
    waitsFor: kind === "plan" ? "approval" : "input",
  });
  const outcome = await deps.makeVersion.replace(
    version,
    {
      person: request.person,
      draft,
      question,
      catalog: known.catalog,
      saidText,
      facts: { changes: changes.map((change) => change.kind), echo },
    },
    (sql, made) =>
      planning.record(
        sql,
        { outcome: "modification", result: modified(made.planVersionId, made.kind), aboutVersion: version.id },
        { echo, ...readBy },
      ),
  );
  if (outcome.kind === "refused") return outcome;
  deps.onPlan(version.id);
  deps.onPlan(outcome.planVersionId);
  return modified(outcome.planVersionId, outcome.kind);
}

function notMapped(draft: DraftStep): Modified {
  const nearest = draft.mapping.candidates.map((candidate) => candidate.name);
  return {
    kind: "not-taken",
    message: `there is no playbook that surely means "${draft.name}": ${draft.mapping.why}`,
    help: nearest.length === 0 ? null : `The nearest: ${nearest.join(", ")}.`,
  };
}

/** A value of this very message that was refused: the person is told, the plan stays. */
function newProblem(missing: Question["missing"], steps: readonly ChangedStep[], changes: readonly Change[]): string | undefined {
  const said = new Set(changes.flatMap((change) => (change.kind === "value" ? [change.variable] : [])));
  const isNew = (order: number): boolean => steps.find((step) => step.draft.order === order)?.from === null;
  const found = missing.find((one) => one.problem !== null && (said.has(one.variable.name) || isNew(one.step)));
  return found === undefined ? undefined : `${found.variable.name}: ${found.problem ?? ""}`;
}

/** What was asked about the place of a step is asked on, unless it was said now. */
function kept<T extends { readonly step: number }>(asked: readonly T[], step: ChangedStep): T[] {
  return step.placed ? [] : asked.filter((one) => one.step === step.from).map((one) => ({ ...one, step: step.draft.order }));
}

function inWords(change: Change, draft: readonly DraftStep[]): string {
  const name = (order: number): string => {
    const step = draft.find((one) => one.order === order);
    return draft.length === 1 ? "" : `step ${order}${step === undefined ? "" : ` (${step.name})`}`;
  };
  const names = (orders: readonly number[]): string => (orders.length === draft.length ? "" : orders.map(name).join(", "));
  const of = (text: string): string => (text === "" ? "" : `${text}: `);
  switch (change.kind) {
    case "hosts": {
      const said = [...change.hosts, ...change.unknown].map((host) => host.replace(/^!/, "not ")).join(", ");
      return `${of(names(change.steps))}${change.how === "not" ? "not on" : change.how === "also" ? "also on" : "on"} ${said}`;
    }
    case "value":
      return `${of(name(change.step))}${change.variable} = ${visibleValue(change.value)}`;
    case "without":
      return `without ${change.steps.map(name).join(", ")}`;
    case "order":
      return `in the order ${change.steps.map(name).join(", ")}`;
    case "add":
      return `${change.place === "first" ? "first" : "then"} ${change.steps.map((step) => step.name).join(", then ")}`;
    case "exchange": {
      const steps = change.steps.map((step) => step.name).join(", then ");
      return change.replaced === "all"
        ? `instead: ${steps}`
        : `${steps} in the place of ${change.replaced.map(name).join(", ") || "the step"}`;
    }
  }
}
