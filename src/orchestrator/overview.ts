import { writeAudit } from "../audit/audit-log.ts";
import { matterOf, type Policy, type PolicyAction } from "../policy/policy.ts";
import { planMatter } from "../policy/plan-matter.ts";
import type { Database, Sql } from "../db/database.ts";
import { getPlanVersion } from "../planner/plan-store.ts";

/** What stands where, for the lists that people ask for. Read from the rows each time. */
export interface Overview {
  /** Plans that this person could approve now, those that expire first first. */
  waitingFor(person: string): Promise<readonly WaitingPlan[]>;
  /** What this person asked, newest first. */
  requestsOf(person: string, limit: number): Promise<readonly AskedRequest[]>;
  openRuns(): Promise<readonly ListedRun[]>;
  lastRuns(limit: number): Promise<readonly ListedRun[]>;
  agents(): Promise<readonly ListedAgent[]>;
  mayDo(person: string, action: PolicyAction): Promise<boolean>;
  /** Why this person may not look at it, with an audit entry; null: they may. Requests and logs are for those who may ask, the audit log for admins. */
  refusedLook(person: string, resource: string, action?: "request" | "admin"): Promise<string | null>;
}

export interface WaitingPlan {
  readonly planVersionId: string;
  readonly requestNumber: number;
  readonly text: string;
  readonly person: string;
  readonly risk: string;
  readonly expiresAt: string | null;
}

export interface AskedRequest {
  readonly number: number;
  readonly text: string;
  readonly at: string;
  /** Of its newest plan version; null: none was made. */
  readonly planState: string | null;
  readonly runNumber: number | null;
  readonly runState: string | null;
}

export interface ListedRun {
  readonly id: string;
  readonly number: number;
  readonly state: string;
  readonly purpose: "run" | "preview";
  readonly text: string;
  readonly person: string;
  readonly at: string;
}

export interface ListedAgent {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly lastHeartbeat: string;
}

/** Each of them is checked against the policy for each look. */
const mostWaiting = 50;

export function createOverview({ database, policy }: { readonly database: Database; readonly policy: Policy }): Overview {
  return {
    async waitingFor(person) {
      const rows = await database.query<{ id: string }>(
        "select id from plan_version where state = 'awaiting_approval' and purpose = 'run' and expires_at > chiffon.now() order by expires_at limit $1",
        [mostWaiting],
      );
      const waiting: WaitingPlan[] = [];
      for (const { id } of rows) {
        const version = await getPlanVersion(database, id);
        if (version === undefined || !(await policy.may(person, await planMatter(database, version, "approve"))).allowed) continue;
        waiting.push({
          planVersionId: id,
          requestNumber: version.requestNumber,
          text: version.requestText,
          person: version.requestPerson,
          risk: version.risk ?? "change",
          expiresAt: version.expiresAt,
        });
      }
      return waiting;
    },

    async requestsOf(person, limit) {
      const rows = await database.query(
        `select request.number, request.text, ${iso("request.created_at")} as at, version.state as "planState", run.number as "runNumber", run.state as "runState"
         from request
         left join lateral (select plan_version.id, plan_version.state from plan_version join plan on plan.id = plan_version.plan_id
           where plan.request_id = request.id and plan.previews_version is null order by plan_version.created_at desc limit 1) version on true
         left join run on run.plan_version_id = version.id
         where request.person = $1 and (request.outcome is null or request.outcome not in ('answer', 'modification', 'withdrawal'))
         order by request.number desc limit $2`,
        [person, limit],
      );
      return rows.map((row) => ({ ...(row as AskedRequest), number: Number(row["number"]) }));
    },

    openRuns: () => listRuns(database, "run.state in ('queued', 'waiting', 'running', 'outcome_unknown')", 50),
    lastRuns: (limit) => listRuns(database, "run.purpose = 'run'", limit),

    async agents() {
      return database.query<ListedAgent & Record<string, unknown>>(
        `select name, kind, state, ${iso("last_heartbeat")} as "lastHeartbeat" from agent where revoked_at is null order by name`,
      );
    },

    mayDo: async (person, action) => (await policy.may(person, matterOf(action))).allowed,

    async refusedLook(person, resource, action = "request") {
      const answer = await policy.may(person, matterOf(action));
      if (answer.allowed) return null;
      const facts = { code: answer.code, reason: answer.reason };
      await writeAudit(database, { actor: person, action: "look.refused", resource: resource.slice(0, 200), result: "refused", facts });
      return answer.reason;
    },
  };
}

async function listRuns(sql: Sql, condition: string, limit: number): Promise<readonly ListedRun[]> {
  const rows = await sql.query(
    `select run.id, run.number, run.state, run.purpose, request.text, request.person, ${iso("run.created_at")} as at
     from run join plan_version on plan_version.id = run.plan_version_id join plan on plan.id = plan_version.plan_id
     join request on request.id = plan.request_id where ${condition} order by run.number desc limit $1`,
    [limit],
  );
  return rows.map((row) => ({ ...(row as ListedRun), number: Number(row["number"]) }));
}

function iso(column: string): string {
  return `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
