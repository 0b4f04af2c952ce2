import type { AttemptResult, NumberedEvent, StartedProcess } from "../../src/agents/work-source.ts";

/** In the order of a run. "stored" and "told": the other side knows, the agent had no answer yet. */
export const momentsToKill = [
  "while the sealed files are fetched",
  "before it says that it spawns",
  "after it said that it spawns",
  "after the spawn, before the first event",
  "before the first events are stored",
  "when the first events are stored",
  "between two tasks",
  "in the middle of a task",
  "after the last event, before the end is read",
  "before the result is told",
  "when the result is told",
] as const;
export type MomentToKill = (typeof momentsToKill)[number];

/** One line a thing that the source was told and kept. */
export interface Told {
  readonly started?: StartedProcess;
  readonly events?: readonly NumberedEvent[];
  readonly result?: AttemptResult;
}
