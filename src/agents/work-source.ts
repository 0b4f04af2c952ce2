import { z } from "zod";
import type { SealedPlan } from "../planner/plan.ts";
import type { SignedApproval } from "../runs/approval.ts";
import type { AnsibleEvent } from "./infra/ansible-events.ts";

/**
 * Where an agent gets work and says how it went. In process under `start` (`createLocalWorkSource`), over HTTPS elsewhere.
 * Every call names the attempt and its fencing number; a call with an older number throws `attempt-fenced`.
 */
export interface WorkSource {
  /** The orchestrator's public key, PEM; and its time, by which expiry is judged. */
  publicKey(): Promise<string>;
  /** The next attempt for this agent, its target locks held and its lease begun; null when there is none. */
  claim(agentId: string): Promise<WorkItem | null>;
  /** Extends the lease (15 s). False: the attempt is no longer this agent's. `stop` asks it to end. */
  renew(attempt: AttemptReference): Promise<{ readonly held: boolean; readonly stop: StopReason | null }>;
  /** Tells that the process is about to be spawned; after this no other agent may take the attempt. */
  started(attempt: AttemptReference, process: StartedProcess): Promise<void>;
  /** Stores a batch. Numbers start at 1 and have no gaps; a number seen before is ignored. Returns the last stored number. */
  events(attempt: AttemptReference, events: readonly NumberedEvent[]): Promise<number>;
  finish(attempt: AttemptReference, result: AttemptResult): Promise<void>;
  /** The bytes of a sealed file by its content hash. */
  file(snapshotHash: string, contentHash: string): Promise<Uint8Array>;
  /** Calls back when there may be new work or a stop; returns the unsubscribe function. */
  onWake(wake: () => void): () => void;
  now(): Promise<Date>;
}

export interface AttemptReference {
  readonly attemptId: string;
  readonly fencing: number;
}
export type StopReason = "cancelled" | "timeout";

/** All an agent gets to know. It checks the approval and the digest over `plan` before it spawns anything. */
export interface WorkItem extends AttemptReference {
  readonly runId: string;
  readonly stepOrder: number;
  readonly plan: SealedPlan;
  readonly approval: SignedApproval;
}

export interface StartedProcess {
  readonly pid: number;
  readonly processStartTime: string;
  readonly bootId: string;
}

export interface NumberedEvent {
  readonly number: number;
  readonly event: AnsibleEvent;
}

export const hostCountsSchema = z.object({
  ok: z.number().int(),
  changed: z.number().int(),
  failures: z.number().int(),
  skipped: z.number().int(),
  unreachable: z.number().int(),
  rescued: z.number().int(),
  ignored: z.number().int(),
});
export type HostCounts = z.infer<typeof hostCountsSchema>;

/** C63. `status` is the word of the wire; the step's state is made from it in `run-states.ts`. */
export const executionSummarySchema = z.object({
  status: z.enum(["successful", "failed", "timeout", "cancelled"]),
  exitCode: z.number().int().nullable(),
  durationMs: z.number().int().nonnegative(),
  changedCount: z.number().int(),
  okCount: z.number().int(),
  failedCount: z.number().int(),
  skippedCount: z.number().int(),
  unreachableCount: z.number().int(),
  rescuedCount: z.number().int(),
  ignoredCount: z.number().int(),
  failedTasks: z.array(z.object({ host: z.string(), task: z.string(), message: z.string(), path: z.string().nullable() })),
  /** At most five, "task: message". */
  keyErrors: z.array(z.string()).max(5),
  hostsSummary: z.record(z.string(), hostCountsSchema),
});
export type ExecutionSummary = z.infer<typeof executionSummarySchema>;

/** How an attempt ended. `outcome_unknown`: the agent cannot tell (the machine went down, the folder is lost). */
export interface AttemptResult {
  readonly outcome: "succeeded" | "failed" | "timeout" | "cancelled" | "outcome_unknown" | "refused";
  /** P06, or the code of the refusal. Null when it succeeded. */
  readonly errorCode: string | null;
  readonly summary: ExecutionSummary | null;
  /** The last 10 KB of what ansible said, redacted. */
  readonly errorText: string | null;
  readonly resources: ResourceUse | null;
  /** Changed tasks per host, of a preview: what would change. */
  readonly preview: PreviewReport | null;
}

export interface ResourceUse {
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
  readonly wallMs: number;
}

export interface PreviewReport {
  readonly hosts: Readonly<Record<string, { readonly changes: readonly { readonly task: string; readonly diff: string | null }[] }>>;
  /** Tasks that check mode cannot predict, by name. */
  readonly unpredictable: readonly string[];
  /** Hosts on which a task failed in check mode: what comes after it was not looked at. Absent in reports of older versions. */
  readonly stopped?: readonly { readonly host: string; readonly task: string }[];
}
