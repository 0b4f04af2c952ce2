import { randomUUID } from "node:crypto";
import { appendAudit, writeAudit } from "../audit/audit-log.ts";
import type { Database, Sql } from "../db/database.ts";
import { storable } from "../db/storable.ts";
import type { PlaybookCatalog } from "../mapping/playbook.ts";
import type { DraftStep } from "../planner/plan.ts";
import {
  createPlan,
  createPlanVersion,
  movePlanVersion,
  newerVersion,
  nextVersion,
  saveQuestion,
  saveSeal,
  takeAnswer,
  type PlanVersion,
} from "../planner/plan-store.ts";
import { isEmptyQuestion, type Question } from "../planner/question.ts";
import { sealedMatter } from "../policy/plan-matter.ts";
import type { Policy } from "../policy/policy.ts";
import { reasonOf } from "./draft-steps.ts";
import { refusal } from "./request-outcome.ts";
import type { SealPlan, SealResult } from "./seal-plan.ts";
import type { RequestOutcome } from "./use-cases.ts";

export interface MakeVersionDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly sealPlan: SealPlan;
}

/** Everything of a version that waits to be stored. */
interface Wanted {
  readonly person: string;
  readonly purpose: "run" | "preview";
  readonly draft: readonly DraftStep[];
  readonly question: Question;
  readonly catalog: PlaybookCatalog;
}

export type VersionMade = Extract<RequestOutcome, { kind: "plan" | "question" }>;
export type VersionOutcome = VersionMade | Refused;

type Refused = Extract<RequestOutcome, { kind: "refused" }>;

/** What else belongs into the same transaction. */
export type Together = (sql: Sql, made: VersionMade) => Promise<void>;

/**
 * Seals first and stores then, all in one transaction: no version is ever left half made, and one that waits is replaced only by one that is
 * whole.
 */
export interface MakeVersion {
  /** The first version of a new plan. */
  begin(plan: Wanted & { readonly requestId: string }, together?: Together): Promise<VersionOutcome>;
  /** The next version of a plan, in the place of those that wait. */
  next(
    plan: Wanted & { readonly planId: string; readonly requestId: string },
  ): Promise<{ outcome: VersionOutcome; superseded: readonly string[] }>;
  /** The next version in the place of one certain version; refused when that one no longer waits. */
  replace(
    about: PlanVersion,
    plan: Omit<Wanted, "purpose"> & { readonly saidText: string; readonly facts: Readonly<Record<string, unknown>> },
    together?: Together,
  ): Promise<VersionOutcome>;
  /** Ends or narrows the question of a version. */
  answer(
    about: PlanVersion,
    plan: Omit<Wanted, "purpose"> & { readonly facts: Readonly<Record<string, unknown>> },
    together?: Together,
  ): Promise<VersionOutcome>;
}

export function createMakeVersion(deps: MakeVersionDeps): MakeVersion {
  const { database } = deps;

  async function sealFor(place: Pick<PlanVersion, "planId" | "version" | "requestId">, plan: Wanted): Promise<SealResult | Refused> {
    if (!isEmptyQuestion(plan.question)) return { kind: "question", question: plan.question };
    const result = await deps.sealPlan.seal({ version: place, draft: storable(plan.draft), catalog: plan.catalog, purpose: plan.purpose });
    if (result.kind === "question" || plan.purpose === "preview") return result;
    // What was asked for is known only now: the policy may let a person ask for some playbooks or hosts and not for others.
    const allowed = await deps.policy.may(plan.person, sealedMatter(result.sealed, "request", [plan.person]));
    if (allowed.allowed) return result;
    const facts = { code: allowed.code, reason: allowed.reason };
    await writeAudit(database, {
      actor: plan.person,
      action: "plan.sealed",
      resource: `request:${place.requestId}`,
      result: "refused",
      facts,
    });
    return refusal("not-allowed", allowed.reason);
  }

  /** From `drafting` or `needs_input` to what it waits for. Null: it was answered or replaced in the same moment. */
  async function settle(sql: Sql, id: string, version: number, plan: Wanted, result: SealResult): Promise<VersionMade | null> {
    if (result.kind === "question") {
      await saveQuestion(sql, id, plan.draft, result.question);
      if (!(await movePlanVersion(sql, id, "needs_input"))) return null;
      return { kind: "question", planVersionId: id, reason: reasonOf(result.question) };
    }
    const { sealed, digest, risk } = result;
    const expiresMinutes = deps.policy.expiresMinutes(sealedMatter(sealed, "approve", []));
    const draft = storable(plan.draft); // before the digest: what is sealed is what is stored
    if (!(await saveSeal(sql, id, { draft, sealed, digest, risk, expiresMinutes }))) return null;
    if (!(await movePlanVersion(sql, id, "awaiting_approval"))) return null;
    await appendAudit(sql, {
      actor: plan.person,
      action: plan.purpose === "preview" ? "preview.sealed" : "plan.sealed",
      resource: `plan_version:${id}`,
      result: "done",
      facts: {
        digest,
        version,
        risk,
        steps: sealed.steps.map((step) => ({
          order: step.order,
          playbook: step.playbookPath,
          hosts: step.hosts.length,
          variables: Object.keys(step.variables),
        })),
      },
    });
    return { kind: "plan", planVersionId: id };
  }

  async function begin(plan: Wanted & { readonly requestId: string }, together?: Together): Promise<VersionOutcome> {
    const planId = randomUUID();
    const result = await sealFor({ planId, version: 1, requestId: plan.requestId }, plan);
    if (result.kind === "refused") return result;
    return database.transaction(async (sql) => {
      await createPlan(sql, { id: planId, requestId: plan.requestId });
      const version = await createPlanVersion(sql, { planId, purpose: plan.purpose, madeBy: plan.person, draft: plan.draft });
      const made = await settle(sql, version.id, version.version, plan, result);
      if (made === null) throw new Error("a new plan version did not settle");
      await together?.(sql, made);
      return made;
    });
  }

  /** Null: somebody else's version came first. */
  async function add(
    sql: Sql,
    planId: string,
    number: number,
    plan: Wanted & { readonly saidText?: string },
    result: SealResult,
  ): Promise<{ made: VersionMade; superseded: readonly string[] } | null> {
    await sql.query("select id from plan where id = $1 for update", [planId]);
    if ((await nextVersion(sql, planId)) !== number) return null;
    const version = await createPlanVersion(sql, {
      planId,
      purpose: plan.purpose,
      madeBy: plan.person,
      draft: plan.draft,
      ...(plan.saidText === undefined ? {} : { saidText: plan.saidText }),
    });
    const made = await settle(sql, version.id, number, plan, result);
    if (made === null) throw new Error("a new plan version did not settle");
    return { made, superseded: version.superseded };
  }

  async function next(
    plan: Wanted & { readonly planId: string; readonly requestId: string },
  ): Promise<{ outcome: VersionOutcome; superseded: readonly string[] }> {
    const number = await nextVersion(database, plan.planId);
    const result = await sealFor({ planId: plan.planId, version: number, requestId: plan.requestId }, plan);
    if (result.kind === "refused") return { outcome: result, superseded: [] };
    const added = await database.transaction((sql) => add(sql, plan.planId, number, plan, result));
    return added === null
      ? { outcome: refusal("superseded", "somebody made a new version of this plan in the same moment"), superseded: [] }
      : { outcome: added.made, superseded: added.superseded };
  }

  const replace: MakeVersion["replace"] = async (about, given, together) => {
    const plan = { ...given, purpose: about.purpose };
    const number = await nextVersion(database, about.planId);
    const result = await sealFor({ planId: about.planId, version: number, requestId: about.requestId }, plan);
    if (result.kind === "refused") return result;
    const made = await database.transaction(async (sql) => {
      await sql.query("select id from plan where id = $1 for update", [about.planId]);
      // Against a decision in the same moment: exactly one of the two finds it waiting. An answer since then changed what the reply was about.
      if (!(await isUnchanged(sql, about))) return null;
      const added = await add(sql, about.planId, number, plan, result);
      if (added === null) return null;
      await appendAudit(sql, {
        actor: given.person,
        action: "plan.modified",
        resource: `plan_version:${added.made.planVersionId}`,
        result: "done",
        facts: { replaces: about.id, said: given.saidText.slice(0, 500), ...given.facts },
      });
      await together?.(sql, added.made);
      return added.made;
    });
    return made ?? noLongerOpen(database, about.id);
  };

  const answer: MakeVersion["answer"] = async (about, given, together) => {
    const plan = { ...given, purpose: about.purpose };
    const result = await sealFor(about, plan);
    if (result.kind === "refused") return result;
    const made = await database.transaction(async (sql) => {
      if (!(await takeAnswer(sql, about.id, about.answers))) return null;
      await appendAudit(sql, {
        actor: given.person,
        action: "plan.answered",
        resource: `plan_version:${about.id}`,
        result: "done",
        facts: given.facts,
      });
      const settled = await settle(sql, about.id, about.version, plan, result);
      if (settled === null) throw new Error("an answered plan version did not settle");
      await together?.(sql, settled);
      return settled;
    });
    return made ?? noLongerOpen(database, about.id);
  };

  return { begin, next, replace, answer };
}

async function isUnchanged(sql: Sql, about: PlanVersion): Promise<boolean> {
  const rows = await sql.query("select id from plan_version where id = $1 and state = $2 and answers = $3 for update", [
    about.id,
    about.state,
    about.answers,
  ]);
  return rows.length > 0;
}

/** Why a plan version cannot be changed any more, with what came after it. */
export async function noLongerOpen(sql: Sql, id: string): Promise<Extract<RequestOutcome, { kind: "refused" }>> {
  const [row] = await sql.query<{ state: string; reason: string | null }>(
    "select state, state_reason as reason from plan_version where id = $1",
    [id],
  );
  const newer = await newerVersion(sql, id);
  const told =
    row === undefined
      ? refusal("unknown-plan", "there is no such plan")
      : row.state === "needs_input" || row.state === "awaiting_approval"
        ? refusal("answered", "somebody answered in the same moment; look at the plan as it is now")
        : refusal(
            newer === undefined ? "not-waiting" : "superseded",
            `this plan is no longer open: ${row.reason ?? row.state.replaceAll("_", " ")}`,
            newer === undefined ? "Ask again for a new plan." : `Version ${newer.version} took its place.`,
          );
  return newer === undefined ? told : { ...told, newerVersionId: newer.id };
}
