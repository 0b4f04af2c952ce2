import type { AppError } from "../errors.ts";
import type { SaidText } from "../orchestrator/run-progress.ts";
import { emptySummary, type RunView } from "../orchestrator/views.ts";
import type { PlaybookCatalog } from "../mapping/playbook.ts";
import { leftOutOf } from "../planner/left-out.ts";
import type { PlanVersion } from "../planner/plan-store.ts";
import { workDigestOf } from "../planner/work-digest.ts";
import type { ExecutionSummary } from "../agents/work-source.ts";
import type { StepState } from "../runs/run-states.ts";

/** The one JSON document of `--json`; absent parts are null. */
export interface CommandDocument {
  readonly request: { readonly id: string; readonly text: string } | null;
  readonly plan: PlanDocument | null;
  readonly approval: { readonly person: string; readonly planVersionId: string } | null;
  readonly run: RunDocument | null;
  readonly audit: { readonly entry: number; readonly commit: string | null } | null;
  readonly error: { readonly code: string; readonly message: string; readonly help: string | null } | null;
}

export interface PlanDocument {
  readonly id: string;
  readonly version: number;
  readonly digest: string | null;
  /** The same for the same work, whenever it is planned: what a standing approval names. */
  readonly workDigest: string | null;
  readonly state: string;
  /** How it was planned, where a person should know: a model that did not answer, a budget that is spent. */
  readonly notes: readonly string[];
  /** Parts of the request that no step takes up, as written. */
  readonly leftOut: readonly string[];
  readonly steps: readonly PlanDocumentStep[];
}

export interface PlanDocumentStep {
  readonly order: number;
  readonly name: string;
  readonly playbook: string | null;
  readonly confidence: number;
  readonly method: string;
  readonly candidates: readonly { readonly playbook: string; readonly name: string; readonly confidence: number }[];
  readonly why: string;
  readonly hosts: readonly string[];
  readonly mayAlsoActOn: readonly string[];
  readonly variables: Readonly<Record<string, unknown>>;
  readonly risk: string | null;
}

interface RunDocument {
  readonly id: string;
  readonly number: number;
  readonly purpose: string;
  readonly state: string;
  readonly steps: readonly {
    readonly order: number;
    readonly state: string;
    readonly reason: string | null;
    readonly errorCode: string | null;
    readonly summary: ExecutionSummary;
    readonly preview: unknown;
    readonly said: readonly SaidText[];
    readonly suggestions: readonly unknown[];
    readonly suggestionsTotal: number;
  }[];
}

export const emptyDocument: CommandDocument = { request: null, plan: null, approval: null, run: null, audit: null, error: null };

/** Playbooks are given by their path in the repo. */
export function planDocument(version: PlanVersion, catalog: PlaybookCatalog, notes: readonly string[]): PlanDocument {
  const paths = new Map(catalog.playbooks.map((playbook) => [playbook.id, playbook.driver?.path ?? playbook.path]));
  const pathOf = (id: string): string => paths.get(id) ?? id;
  return {
    id: version.planId,
    version: version.version,
    digest: version.digest,
    workDigest: version.sealed === null ? null : workDigestOf(version.sealed, [...paths.values()]),
    state: version.state,
    notes,
    leftOut: leftOutOf(version).map(({ phrase }) => phrase),
    steps: version.draft.map((draft) => {
      const sealed = version.sealed?.steps.find((step) => step.order === draft.order);
      return {
        order: draft.order,
        name: draft.name,
        playbook: sealed?.playbookPath ?? (draft.mapping.playbook === null ? null : pathOf(draft.mapping.playbook)),
        confidence: draft.mapping.confidence,
        method: draft.mapping.method,
        candidates: draft.mapping.candidates.map((candidate) => ({ ...candidate, playbook: pathOf(candidate.playbook) })),
        why: draft.mapping.why,
        hosts: sealed?.hosts ?? draft.requestedHosts,
        mayAlsoActOn: sealed?.mayAlsoActOn ?? [],
        variables: sealed?.variables ?? draft.variables,
        risk: sealed?.risk ?? null,
      };
    }),
  };
}

export function requestDocument(version: PlanVersion): CommandDocument["request"] {
  return { id: version.requestId, text: version.requestText };
}

export function runDocument(view: RunView): RunDocument {
  return {
    id: view.run.id,
    number: view.run.number,
    purpose: view.run.purpose,
    state: view.run.state,
    steps: view.steps.map((step) => ({
      order: step.order,
      state: step.state,
      reason: step.reason,
      errorCode: step.errorCode,
      summary: step.summary ?? emptySummary(statusOf(step.state)),
      preview: step.preview,
      said: step.said,
      suggestions: step.suggestions,
      suggestionsTotal: step.suggestionsTotal,
    })),
  };
}

export function errorDocument(error: Pick<AppError, "code" | "message" | "help">): NonNullable<CommandDocument["error"]> {
  return { code: error.code, message: error.message, help: error.help ?? null };
}

function statusOf(state: StepState): ExecutionSummary["status"] {
  return state === "succeeded"
    ? "successful"
    : state === "timeout"
      ? "timeout"
      : state === "failed" || state === "outcome_unknown"
        ? "failed"
        : "cancelled";
}
