import type { Database } from "../db/database.ts";
import { runChannel } from "./run-event.ts";

/** News of runs, in process or from other processes on the same database. It says only which run: whoever cares reads the rows. */
export interface RunFeed {
  subscribe(onRun: (runId: string) => void): () => void;
  stop(): Promise<void>;
}

export async function startRunFeed(database: Database): Promise<RunFeed> {
  const subscribers = new Set<(runId: string) => void>();
  const stop = await database.listen(runChannel, (runId) => {
    for (const subscriber of subscribers) subscriber(runId);
  });
  return {
    subscribe(onRun) {
      subscribers.add(onRun);
      return () => subscribers.delete(onRun);
    },
    stop,
  };
}
