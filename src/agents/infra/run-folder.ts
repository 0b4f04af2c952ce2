import { existsSync, lstatSync, mkdirSync, openSync, closeSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { AppError, exitCodes } from "../../errors.ts";
import type { AttemptResult } from "../work-source.ts";
import { readJson, supervisorStatus } from "./supervisor.ts";

/** What the agent must know of an attempt after a restart. No variable and no secret is in it. */
export const runNoteSchema = z.object({
  attemptId: z.string(),
  fencing: z.number().int(),
  runId: z.string(),
  stepOrder: z.number().int(),
  playbook: z.string(),
  preview: z.boolean(),
  snapshotHash: z.string(),
  /** The plan names hosts: a run that matches none has failed. */
  actsOnHosts: z.boolean().default(false),
  removeFiles: z.array(z.string()),
  removeFolders: z.array(z.string()),
  /** `env`: paths of password files, never what they hold. */
  syntaxCheck: z.object({ argv: z.array(z.string()), cwd: z.string(), env: z.record(z.string(), z.string()).default({}) }),
});
export type RunNote = z.infer<typeof runNoteSchema>;

const noteFile = "attempt.json";
const reportedFile = "reported";
const markDays = 90;

/** Makes the folder of an attempt. It, and a mark that outlives it, exist once: a second start of the same attempt is refused. */
export function makeRunFolder(agentFolder: string, attemptId: string): string {
  if (!/^[A-Za-z0-9._-]{1,120}$/.test(attemptId) || attemptId.startsWith("."))
    throw new AppError("attempt-id-wrong", `${JSON.stringify(attemptId)} is no attempt id`);
  const folder = join(agentFolder, "runs", attemptId);
  try {
    mkdirSync(join(agentFolder, "spawned"), { recursive: true, mode: 0o700 });
    closeSync(openSync(join(agentFolder, "spawned", attemptId), "wx", 0o600));
    mkdirSync(join(agentFolder, "runs"), { recursive: true, mode: 0o700 });
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    throw new AppError("attempt-already-spawned", `attempt ${attemptId} was started before and is not started twice`, {
      exitCode: exitCodes.notApproved,
    });
  }
  return folder;
}

export function writeRunNote(folder: string, note: RunNote): void {
  // Whole or not at all: a run whose note is half written would be forgotten.
  writeFileAtomic.sync(join(folder, noteFile), JSON.stringify(note), { mode: 0o600, fsync: false });
}

/** The summary stays beside output and events for as long as they do. */
export function keepResult(folder: string, result: AttemptResult): void {
  try {
    writeFileAtomic.sync(join(folder, "result.json"), JSON.stringify(result), { mode: 0o600, fsync: false });
  } catch {
    // A full disk: the result goes to the orchestrator all the same.
  }
}

/** What must not outlive the run: its variables and what ansible kept for it. The supervisor removes the same at the end. */
export async function removeLeftovers(note: RunNote): Promise<void> {
  for (const path of note.removeFiles) await rm(path, { force: true });
  for (const path of note.removeFolders) await rm(path, { recursive: true, force: true });
}

export interface KnownRun {
  readonly folder: string;
  readonly note: RunNote;
  readonly reported: boolean;
}

export function listRuns(agentFolder: string): KnownRun[] {
  const parent = join(agentFolder, "runs");
  if (!existsSync(parent)) return [];
  return readdirSync(parent).flatMap((name) => {
    const folder = join(parent, name);
    const note = runNoteSchema.safeParse(readJson(join(folder, noteFile)));
    return note.success ? [{ folder, note: note.data, reported: existsSync(join(folder, reportedFile)) }] : [];
  });
}

export function markReported(folder: string): void {
  writeFileSync(join(folder, reportedFile), "");
}

/** Marks of attempts so old that nobody can ask for them again. */
export async function forgetOldAttempts(agentFolder: string): Promise<void> {
  const folder = join(agentFolder, "spawned");
  if (!existsSync(folder)) return;
  const oldest = Date.now() - markDays * 24 * 3_600_000;
  for (const name of readdirSync(folder)) if (lstatSync(join(folder, name)).mtimeMs < oldest) await rm(join(folder, name), { force: true });
}

/** Keeps the last `keep` folders of every playbook; never removes one that runs or was not reported. */
export async function rotateRuns(agentFolder: string, keep: number): Promise<void> {
  const perPlaybook = Map.groupBy(
    listRuns(agentFolder).filter((run) => run.reported && supervisorStatus(run.folder).kind !== "running"),
    (run) => run.note.playbook,
  );
  for (const runs of perPlaybook.values()) {
    const newestFirst = runs.toSorted((a, b) => lstatSync(b.folder).ctimeMs - lstatSync(a.folder).ctimeMs);
    for (const run of newestFirst.slice(keep)) await rm(run.folder, { recursive: true, force: true });
  }
}

const tailBytes = 10 * 1024;

/** The end of what ansible wrote, standard error first; already masked by the supervisor. */
export function outputTail(folder: string, bytes: number = tailBytes): string {
  const errors = tailOf(folder, "stderr", bytes / 2);
  const output = tailOf(folder, "stdout", bytes - errors.length);
  return Buffer.concat([errors, output]).toString("utf8").replaceAll("\0", "\uFFFD");
}

function tailOf(folder: string, name: string, bytes: number): Buffer {
  const parts: Buffer[] = [];
  let room = bytes;
  for (const file of [`${name}.tail.log`, `${name}.tail.old.log`, `${name}.log`]) {
    const path = join(folder, file);
    if (room <= 0 || !existsSync(path)) continue;
    const part = readEnd(path, room);
    parts.unshift(part);
    room -= part.length;
  }
  return Buffer.concat(parts);
}

function readEnd(path: string, bytes: number): Buffer {
  const { size } = statSync(path);
  // The logs are bounded to some MB by the supervisor.
  return size <= bytes ? readFileSync(path) : readFileSync(path).subarray(size - bytes);
}
