import type { Database } from "../db/database.ts";
import { runChannel, readNews } from "./run-event.ts";

/** News of runs, in process or from other processes on the same database. It says only which run: whoever cares reads the rows. */
export interface RunFeed {
  subscribe(onRun: (runId: string) => void): () => void;
  stop(): Promise<void>;
}

/** Reading a whole run takes as long as its start, which it would slow down; nobody sees the difference, and a run this short is told of once. */
const calmMilliseconds = 250;

/** The end of a run is told at once; all other news of a run within a moment are one piece of news. */
export async function startRunFeed(database: Pick<Database, "listen">): Promise<RunFeed> {
  const subscribers = new Set<(runId: string) => void>();
  const waiting = new Map<string, NodeJS.Timeout>();
  const tell = (runId: string): void => {
    clearTimeout(waiting.get(runId));
    waiting.delete(runId);
    for (const subscriber of subscribers) subscriber(runId);
  };
  const stop = await database.listen(runChannel, (payload) => {
    const { runId, ended } = readNews(payload);
    if (ended) tell(runId);
    else if (!waiting.has(runId)) waiting.set(runId, setTimeout(tell, calmMilliseconds, runId));
  });
  return {
    subscribe(onRun) {
      subscribers.add(onRun);
      return () => subscribers.delete(onRun);
    },
    async stop() {
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
      await stop();
    },
  };
}
