import { generateKeyPairSync, sign } from "node:crypto";
import { canonicalJson, digestOf, sha256 } from "../../src/canonical-json.ts";
import { AppError } from "../../src/errors.ts";
import type { SealedPlan } from "../../src/planner/plan.ts";
import type { SignedApproval } from "../../src/runs/approval.ts";
import type {
  AttemptReference,
  AttemptResult,
  NumberedEvent,
  StartedProcess,
  StopReason,
  WorkItem,
  WorkSource,
} from "../../src/agents/work-source.ts";

export interface AttemptRecord {
  readonly item: WorkItem;
  started: StartedProcess[];
  events: NumberedEvent[];
  result: AttemptResult | null;
  stop: StopReason | null;
  claimedBy: string[];
}

/** The orchestrator's side of the port, without a database. `down` makes every call fail. */
export class InMemoryWorkSource implements WorkSource {
  readonly attempts = new Map<string, AttemptRecord>();
  readonly files = new Map<string, Uint8Array>();
  down = false;
  readonly #keys = generateKeyPairSync("ed25519");
  readonly #waiting: string[] = [];
  readonly #wakes = new Set<() => void>();
  readonly #finished = new Set<() => void>();
  #offset = 0;

  approve(plan: SealedPlan, changes: Partial<SignedApproval["approval"]> = {}): SignedApproval {
    const approval = {
      planVersionId: `${plan.planId}-${plan.version}`,
      digest: digestOf(plan),
      person: "alice",
      decidedAt: new Date().toISOString(),
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      nonce: "nonce",
      ...changes,
    };
    return { approval, signature: sign(null, Buffer.from(canonicalJson(approval)), this.#keys.privateKey).toString("base64") };
  }

  add(item: WorkItem): AttemptRecord {
    const record = this.adopt(item);
    this.#waiting.push(item.attemptId);
    this.#wakeAll();
    return record;
  }

  /** An attempt that an agent holds already. */
  adopt(item: WorkItem): AttemptRecord {
    const record: AttemptRecord = { item, started: [], events: [], result: null, stop: null, claimedBy: [] };
    this.attempts.set(item.attemptId, record);
    return record;
  }

  addFile(content: Uint8Array): string {
    const hash = sha256(content);
    this.files.set(hash, content);
    return hash;
  }

  askToStop(attemptId: string, reason: StopReason): void {
    this.#record(attemptId).stop = reason;
    this.#wakeAll();
  }

  shiftClock(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  /** Resolves with the result once it is finished. */
  async finished(attemptId: string): Promise<AttemptResult> {
    for (;;) {
      const { result } = this.#record(attemptId);
      if (result !== null) return result;
      await new Promise<void>((resolve) => this.#finished.add(resolve));
    }
  }

  publicKey(): Promise<string> {
    return this.#answer(() => this.#keys.publicKey.export({ type: "spki", format: "pem" }).toString());
  }

  claim(agentId: string): Promise<WorkItem | null> {
    return this.#answer(() => {
      const id = this.#waiting.shift();
      if (id === undefined) return null;
      const record = this.#record(id);
      record.claimedBy.push(agentId);
      return record.item;
    });
  }

  renew(attempt: AttemptReference): Promise<{ held: boolean; stop: StopReason | null }> {
    return this.#answer(() => ({ held: true, stop: this.#held(attempt).stop }));
  }

  started(attempt: AttemptReference, process: StartedProcess): Promise<void> {
    return this.#answer(() => void this.#held(attempt).started.push(process));
  }

  events(attempt: AttemptReference, events: readonly NumberedEvent[]): Promise<number> {
    return this.#answer(() => {
      const record = this.#held(attempt);
      for (const event of events) {
        const last = record.events.at(-1)?.number ?? 0;
        if (event.number <= last) continue;
        if (event.number !== last + 1) throw new AppError("event-gap", `event ${event.number} follows ${last}`);
        record.events.push(event);
      }
      return record.events.at(-1)?.number ?? 0;
    });
  }

  finish(attempt: AttemptReference, result: AttemptResult): Promise<void> {
    return this.#answer(() => {
      this.#held(attempt).result = result;
      const waiting = [...this.#finished];
      this.#finished.clear();
      for (const resolve of waiting) resolve();
    });
  }

  file(_snapshotHash: string, contentHash: string): Promise<Uint8Array> {
    return this.#answer(() => {
      const content = this.files.get(contentHash);
      if (content === undefined) throw new AppError("file-missing", `no file ${contentHash}`);
      return content;
    });
  }

  onWake(wake: () => void): () => void {
    this.#wakes.add(wake);
    return () => void this.#wakes.delete(wake);
  }

  now(): Promise<Date> {
    return this.#answer(() => new Date(Date.now() + this.#offset));
  }

  #held(attempt: AttemptReference): AttemptRecord {
    const record = this.#record(attempt.attemptId);
    if (record.item.fencing !== attempt.fencing) throw new AppError("attempt-fenced", "a newer fencing number exists");
    return record;
  }

  #record(attemptId: string): AttemptRecord {
    const record = this.attempts.get(attemptId);
    if (record === undefined) throw new AppError("attempt-unknown", attemptId);
    return record;
  }

  async #answer<T>(answer: () => T): Promise<T> {
    await Promise.resolve();
    if (this.down) throw new AppError("database-down", "the database does not answer");
    return answer();
  }

  #wakeAll(): void {
    for (const wake of this.#wakes) wake();
  }
}
