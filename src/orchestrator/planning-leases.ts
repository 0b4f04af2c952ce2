import type { Database } from "../db/database.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { leaseSeconds, renewPlanning } from "../planner/request-store.ts";

/** Says for as long as this process lives that it will plan what it accepted. */
export interface PlanningLeases {
  hold(requestId: string): void;
  release(requestId: string): void;
  stop(): void;
}

/** Who accepted a request and never asked for its plan does not keep it from others for longer. */
const longestHoldMs = 10 * 60_000;

export function createPlanningLeases(deps: { readonly database: Database; readonly logger: Logger }): PlanningLeases {
  const held = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  function renew(): void {
    for (const [id, since] of held) if (Date.now() - since > longestHoldMs) held.delete(id);
    if (held.size === 0) return stop();
    renewPlanning(deps.database, [...held.keys()]).catch((error: unknown) =>
      deps.logger.warn({ error: messageOf(error) }, "the leases of requests that are being planned were not renewed"),
    );
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    hold(id) {
      held.set(id, Date.now());
      timer ??= setInterval(renew, (leaseSeconds * 1000) / 4).unref();
    },
    release(id) {
      held.delete(id);
      if (held.size === 0) stop();
    },
    stop() {
      held.clear();
      stop();
    },
  };
}
