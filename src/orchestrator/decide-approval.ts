import { writeAudit } from "../audit/audit-log.ts";
import type { Database } from "../db/database.ts";
import { storable } from "../db/storable.ts";
import { leftOutOf } from "../planner/left-out.ts";
import type { SealedPlan } from "../planner/plan.ts";
import { getPlanVersion, type PlanVersion } from "../planner/plan-store.ts";
import { actionToDecide, planMatter } from "../policy/plan-matter.ts";
import type { PolicyVote } from "../policy/policy.ts";
import type { AllowedDecision, Decision, DecisionOutcome, DecisionRefusal } from "./decision.ts";
import { notWaiting } from "./not-waiting.ts";
import type { StaleCheck } from "./stale-check.ts";
import { asksOnlyForPreview, fittingStanding } from "./standing-approval.ts";
import { becomeStale, storeDecision, type StoreDecisionDeps } from "./store-decision.ts";

export type { Decision, DecisionOutcome } from "./decision.ts";

export interface DecideApprovalDeps extends StoreDecisionDeps {
  readonly database: Database;
  readonly staleCheck: StaleCheck;
  /** SHA-256 over what a plan would do, whoever asks for it and whenever: what a standing approval is bound to. */
  readonly workDigest: (plan: SealedPlan) => Promise<string>;
}

const nothingChanged: Promise<readonly string[]> = Promise.resolve([]);

export interface DecideApproval {
  decide(decision: Decision): Promise<DecisionOutcome>;
  /** Approves a waiting plan in its owner's name when a standing approval of chiffon.yml fits in everything; null: it waits for a person. */
  decideStanding(planVersionId: string): Promise<DecisionOutcome | null>;
}

/**
 * Person, policy, expiry and digest; then one transaction with the vote, and, when it was the last that was wanted, the decision, the run, its audit
 * entry and its job. Exactly one decision a plan version.
 */
export function createDecideApproval(deps: DecideApprovalDeps): DecideApproval {
  const { database } = deps;

  async function refuse(decision: Decision, refusal: Omit<DecisionRefusal, "kind">): Promise<DecisionRefusal> {
    await writeAudit(database, {
      actor: decision.person,
      action: `plan.${decision.decision}`,
      resource: `plan_version:${decision.planVersionId.slice(0, 100)}`,
      result: "refused",
      facts: { code: refusal.code, ...(refusal.changes === undefined ? {} : { changes: refusal.changes.slice(0, 50) }) },
    });
    return { kind: "refused", ...refusal };
  }

  return {
    async decide(given) {
      const decision = storable(given); // a reason is typed by a person
      const version = await getPlanVersion(database, decision.planVersionId);
      if (version === undefined) return refuse(decision, { code: "unknown-plan", message: "there is no such plan" });
      const waiting = await notWaiting(database, version);
      if (waiting !== undefined) return refuse(decision, waiting);
      // Git looks at the repo meanwhile.
      const changes = decision.decision === "approved" ? changesSince(version) : nothingChanged;

      const matter = await planMatter(database, version, actionToDecide(version));
      const answer = await deps.policy.may(decision.person, matter);
      if (!answer.allowed) {
        // Four eyes keep somebody from saying yes to their own plan, not from saying no.
        if (answer.code !== "four-eyes" || decision.decision === "approved")
          return refuse(decision, { code: answer.code, message: answer.reason });
        const vote: PolicyVote = { person: deps.policy.nameOf(decision.person), account: decision.person, groups: [] };
        return finish(version, { ...decision, matter, vote, standing: null }, changes);
      }
      const asked = decision.decision === "approved" && version.purpose === "run";
      const word = asked ? deps.policy.confirmWord(matter) : null;
      if (word !== null && decision.typed?.trim().toLowerCase() !== word.toLowerCase()) {
        return refuse(decision, { code: "confirm-missing", message: `this plan is ${version.risk ?? ""}: type "${word}" to approve it` });
      }
      return finish(version, { ...decision, matter, vote: answer.vote, standing: null }, changes);
    },

    async decideStanding(planVersionId) {
      const version = await getPlanVersion(database, planVersionId);
      if (version?.state !== "awaiting_approval" || version.purpose !== "run" || version.sealed === null) return null;
      if (await asksOnlyForPreview(database, version.requestId)) return null;
      // "at 22:00": a person has to see that it would begin now.
      if (leftOutOf(version).length > 0) return null;
      const matter = await planMatter(database, version, "approve");
      const standing = await fittingStanding(database, deps.policy, matter, version.sealed, deps.workDigest);
      if (standing === null) return null;
      // It stands for the owner's click, so it gives no more than that would: not under four eyes, not where more people are wanted.
      const answer = await deps.policy.may(version.requestPerson, matter);
      if (!answer.allowed || deps.policy.missing(matter, [answer.vote]) !== null) return null;
      const decision: Decision = { planVersionId, person: version.requestPerson, decision: "approved" };
      return finish(version, { ...decision, matter, vote: answer.vote, standing }, changesSince(version));
    },
  };

  function changesSince({ sealed }: PlanVersion): Promise<readonly string[]> {
    const looking = sealed === null ? nothingChanged : deps.staleCheck.changes(sealed);
    looking.catch(() => undefined); // told where it is awaited; nobody asks when the policy refuses
    return looking;
  }

  async function finish(version: PlanVersion, decision: AllowedDecision, looking: Promise<readonly string[]>): Promise<DecisionOutcome> {
    if (decision.decision === "approved") {
      const changes = await looking;
      const stale = changes.length === 0 ? null : await becomeStale(database, decision, version, changes);
      if (stale !== null) return stale;
    }
    const outcome = await database.transaction((sql) => storeDecision(sql, deps, decision, version));
    if (outcome?.kind === "refused") return refuse(decision, outcome);
    if (outcome !== null) return outcome;
    // Somebody was quicker: say who.
    const after = await getPlanVersion(database, decision.planVersionId);
    const reason = after === undefined ? undefined : await notWaiting(database, after);
    return refuse(decision, reason ?? { code: "already-decided", message: "this plan was decided in the same moment" });
  }
}
