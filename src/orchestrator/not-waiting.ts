import { first, type Database } from "../db/database.ts";
import { newerVersion, type PlanVersion } from "../planner/plan-store.ts";
import type { DecisionRefusal } from "./decision.ts";

/** Why a plan version cannot be decided, or undefined when it waits. */
export async function notWaiting(database: Database, version: PlanVersion): Promise<Omit<DecisionRefusal, "kind"> | undefined> {
  switch (version.state) {
    case "awaiting_approval": {
      const row = await first<{ over: boolean }>(database, "select expires_at <= chiffon.now() as over from plan_version where id = $1", [
        version.id,
      ]);
      return row?.over === true ? { code: "expired", message: `this plan expired at ${version.expiresAt ?? "its limit"}` } : undefined;
    }
    case "drafting":
    case "needs_input":
      return { code: "not-waiting", message: "this plan is not complete yet" };
    case "superseded":
    case "stale": {
      const newer = await newerVersion(database, version.id);
      const code = version.state === "stale" ? "stale" : "superseded";
      return {
        code,
        message: version.stateReason ?? `this plan is ${version.state}`,
        ...(newer === undefined ? {} : { newerVersionId: newer.id }),
      };
    }
    case "expired":
      return { code: "expired", message: "this plan has expired" };
    default:
      return { code: "already-decided", message: `this plan is already decided: ${version.stateReason ?? version.state}` };
  }
}
