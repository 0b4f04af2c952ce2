import type { Database } from "../db/database.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";

export interface RegisteredAgent {
  readonly id: string;
  /** For people: the machine's name. */
  readonly name: string;
  /** How many steps it does at once. */
  readonly capacity: number;
}

const heartbeatMs = 15_000;

/** Says that this agent is there, every now and then, until the function given back is called. */
export async function registerAgent(
  deps: { readonly database: Database; readonly logger: Logger },
  agent: RegisteredAgent,
): Promise<() => Promise<void>> {
  const beat = async (state: "online" | "offline"): Promise<void> => {
    await deps.database.query(
      `insert into agent (id, name, kind, state, capacity) values ($1, $2, 'infra', $3, $4)
       on conflict (id) do update set name = excluded.name, state = excluded.state, capacity = excluded.capacity, last_heartbeat = chiffon.now()`,
      [agent.id, agent.name, state, agent.capacity],
    );
  };
  await beat("online");
  const timer = setInterval(() => {
    beat("online").catch((error: unknown) => deps.logger.warn({ error: messageOf(error) }, "no heartbeat, tried again soon"));
  }, heartbeatMs);
  return async () => {
    clearInterval(timer);
    await beat("offline");
  };
}
