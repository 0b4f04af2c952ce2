import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../canonical-json.ts";
import type { PlanStep, SealedPlan } from "../../planner/plan.ts";
import type { Environment } from "./environment.ts";

const limitLength = 2_000;
/** A Unix socket's path has at most 107 bytes, and ansible adds a name of some thirty. */
const controlPathLength = 60;
const fileCaches = /(?:^|\.)(?:jsonfile|yaml|pickle)$/;

export function modeArguments(plan: SealedPlan, step: PlanStep): string[] {
  const tags = step.tags.length === 0 ? [] : [`--tags=${step.tags.join(",")}`];
  return plan.purpose === "preview" || step.check ? [...tags, "--check", "--diff"] : tags;
}

export async function limitArguments(runFolder: string, step: PlanStep): Promise<string[]> {
  if (step.limit === null) return [];
  const text = step.limit.join(",");
  if (text.length <= limitLength) return [`--limit=${text}`];
  const file = join(runFolder, "limit.txt");
  await writeFile(file, `${step.limit.join("\n")}\n`, { mode: 0o600 });
  return [`--limit=@${file}`];
}

/** The user's own callback folders may lie in the copy. */
export function callbacksFor(settings: Environment, base: string, tree: string): Environment {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value.replaceAll(base, tree)]));
}

/** Facts that are kept below the repo would be written into the sealed copy, which is read-only; each run has a folder of its own for them. */
export function factCacheFor(plan: SealedPlan, runFolder: string): Environment {
  const plugin = plan.ansibleConfig["CACHE_PLUGIN"];
  const place = plan.ansibleConfig["CACHE_PLUGIN_CONNECTION"];
  if (typeof plugin !== "string" || !fileCaches.test(plugin)) return {};
  const isElsewhere = typeof place === "string" && /^[/~$]/.test(place);
  return isElsewhere ? {} : { ANSIBLE_CACHE_PLUGIN_CONNECTION: join(runFolder, "facts") };
}

/** Ssh connections of this run only, so that they can be closed with it. */
export function controlPathFolder(runFolder: string, attemptId: string): string {
  const own = join(runFolder, "cp");
  return own.length <= controlPathLength ? own : join(tmpdir(), `chiffon-${sha256(attemptId + runFolder).slice(0, 12)}`);
}
