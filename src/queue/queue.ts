import { PgBoss, type Db } from "pg-boss";
import type { Database, Sql } from "../db/database.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";

/** Wake-ups. A job carries no truth: whoever it wakes looks at our own rows, so a job delivered twice does nothing. */
export interface Queue {
  /**
   * Wakes the worker of `name` once `sql`'s transaction is committed. Priority 1 (most urgent) to 5.
   * `startAfterSeconds` 0 is at once.
   */
  wake(sql: Sql, name: QueueName, data: Readonly<Record<string, string>>, options?: WakeOptions): Promise<void>;
  /** One worker a queue and process; its errors are logged, the job ends in the dead-letter queue. */
  work(name: QueueName, handler: (data: Readonly<Record<string, string>>) => Promise<void>): Promise<void>;
  deadLetters(): Promise<number>;
  stop(): Promise<void>;
}

export type QueueName = "step-attempt" | "finish-run";
const names: readonly QueueName[] = ["step-attempt", "finish-run"];
const deadLetter = "dead-letter";

export interface WakeOptions {
  readonly priority?: number;
  readonly startAfterSeconds?: number;
}

const longestStopMs = 5_000;
const noJob = "00000000-0000-0000-0000-000000000000";

/** A wake-up is handled in moments, whatever the step's own limit is; an hour is far beyond that. */
const expireInSeconds = 3_600;

export async function startQueue(options: { readonly database: Database; readonly logger: Logger }): Promise<Queue> {
  const { database, logger } = options;
  const boss = new PgBoss({
    db: bossDatabase(database),
    backend: database.kind,
    schema: "pgboss",
    useListenNotify: true,
    schedule: false,
  });
  boss.on("error", (error) => logger.error({ error: error.message }, "queue error"));
  boss.on("warning", (warning) => logger.warn({ warning }, "queue warning"));
  await boss.start();

  await ensureQueue(boss, deadLetter, {});
  for (const name of names) await ensureQueue(boss, name, { deadLetter });
  // Fills pg-boss's cache of queue definitions, which `updateQueue` empties: inside a transaction it could not ask for them.
  for (const name of names) await boss.findJobs(name, { id: noJob });

  return {
    async wake(sql, name, data, wake = {}) {
      await boss.send(
        name,
        { ...data },
        {
          db: sqlDatabase(sql),
          priority: bossPriority(wake.priority ?? 3),
          ...(wake.startAfterSeconds === undefined || wake.startAfterSeconds === 0 ? {} : { startAfter: wake.startAfterSeconds }),
        },
      );
    },
    async work(name, handler) {
      let worker = "";
      const polling = { pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 5, batchSize: 1 };
      worker = await boss.work<Record<string, string>>(name, polling, async (jobs) => {
        try {
          for (const job of jobs) await handler(job.data);
        } catch (error) {
          logger.error({ error: messageOf(error), queue: name }, "job failed");
          throw error;
        } finally {
          // pg-boss would look for the next one only at its next poll: a backlog would take seconds a job.
          boss.notifyWorker(worker);
        }
      });
    },
    async deadLetters() {
      return (await boss.findJobs(deadLetter, {})).length;
    },
    async stop() {
      // At once where nothing is being handled; pg-boss's own waiting looks only every half second.
      const handled = Promise.all(names.map((name) => boss.offWork(name, { wait: true })));
      await Promise.race([handled, new Promise((resolve) => setTimeout(resolve, longestStopMs).unref())]);
      await boss.stop({ graceful: true, timeout: 1_000, close: false });
    },
  };
}

/** Ours: 1 is the most urgent. pg-boss serves the higher number first. */
function bossPriority(priority: number): number {
  return 6 - priority;
}

async function ensureQueue(boss: PgBoss, name: string, extra: { readonly deadLetter?: string }): Promise<void> {
  // retryLimit 0: pg-boss's default of 2 and its 15-minute expiry would run a playbook twice. Retries are ours (P05).
  const options = { retryLimit: 0, expireInSeconds, notify: true, ...extra };
  if ((await boss.getQueue(name)) === null) await boss.createQueue(name, options);
  else await boss.updateQueue(name, options);
}

function sqlDatabase(sql: Sql): Db {
  return { executeSql: async (text, values) => ({ rows: [...(await sql.query(text, values ?? []))] }) };
}

function bossDatabase(database: Database): Db {
  return {
    async executeSql(text, values) {
      // Without parameters it may be several statements (schema, maintenance).
      const rows = values === undefined || values.length === 0 ? await database.exec(text) : await database.query(text, values);
      return { rows: [...rows] };
    },
    async listen(channel, onNotification, onReconnect) {
      const stop = await database.listen(channel, onNotification, onReconnect);
      return { close: stop };
    },
  };
}
