import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

export type WarmState =
  | { readonly kind: "ready"; readonly pid: number; readonly memoryBytes: number; readonly version: string }
  | { readonly kind: "starting" }
  /** It will be tried again, or not at all; everything starts cold meanwhile. */
  | { readonly kind: "away"; readonly why: string };

const stateSchema = z.intersection(
  z.object({ agentPid: z.number().int() }),
  z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("ready"), pid: z.number().int(), memoryBytes: z.number(), version: z.string() }),
    z.object({ kind: z.literal("starting") }),
    z.object({ kind: z.literal("away"), why: z.string() }),
  ]),
);

/** How the warm process `name` of an agent stands, as the agent's process noted it; null: no agent that lives uses one. */
export function readWarmState(folder: string, name: string): WarmState | null {
  try {
    const state = stateSchema.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")));
    return existsSync(`/proc/${state.agentPid}`) ? state : null;
  } catch {
    return null;
  }
}
