import pLimit from "p-limit";
import type { Database } from "../db/database.ts";
import type { Logger } from "../logger.ts";
import type { DraftStep } from "../planner/plan.ts";
import { getPlanVersion } from "../planner/plan-store.ts";
import { emptyQuestion, type Question } from "../planner/question.ts";
import type { Policy } from "../policy/policy.ts";
import { acceptRequest } from "./accept-request.ts";
import { answerQuestion } from "./answer-question.ts";
import { readKnown, type DraftStepsDeps } from "./draft-steps.ts";
import { acceptEdit, planEdit } from "./edit-plan.ts";
import { createMakeVersion } from "./make-version.ts";
import { planNewRequest } from "./plan-new-request.ts";
import { planRequest, type Planning, type PlanRequestDeps } from "./plan-request.ts";
import { createPlanningLeases } from "./planning-leases.ts";
import { replyToPlan, type ReplyToPlanDeps } from "./reply-to-plan.ts";
import { refusal, storedOutcome } from "./request-outcome.ts";
import { resumeRequests, startResuming } from "./resume-requests.ts";
import type { ReadChangeByModel } from "./read-change.ts";
import type { SealPlan } from "./seal-plan.ts";
import type { Acceptance, Answer, Done, RequestOutcome, ResumedRequest, UseCases } from "./use-cases.ts";

export { textProblem } from "./accept-request.ts";

export interface SubmitRequestDeps extends DraftStepsDeps {
  readonly database: Database;
  readonly logger: Logger;
  readonly policy: Policy;
  readonly sealPlan: SealPlan;
  readonly onPlan: (planVersionId: string) => void;
  /** A request of a dead process was planned. */
  readonly onResumed: (resumed: ResumedRequest) => void;
  /** A new plan waits; what it becomes is what the person is told. */
  readonly onSealed: (planVersionId: string) => Promise<void>;
  readonly withdraw: (planVersionId: string, person: string) => Promise<Done>;
  /** Reads a reply to a plan that the rules did not understand. */
  readonly readChange?: ReadChangeByModel;
  readonly signal: AbortSignal;
}

type Intake = Pick<
  UseCases,
  "submitRequest" | "receiveMessage" | "acceptRequest" | "acceptMessage" | "planRequest" | "editPlan" | "outcomeOf" | "resumeRequests"
>;

export interface SubmitRequest extends Intake {
  answer(answer: Answer): Promise<RequestOutcome>;
  /** Seals these steps as a new version of a plan; used by renew, retry and preview too. */
  seal(plan: NewSeal): Promise<RequestOutcome>;
  /** Takes up requests of dead processes, now and every few seconds, until the signal. */
  startResuming(): void;
}

export interface NewSeal {
  readonly planId: string;
  readonly person: string;
  readonly purpose: "run" | "preview";
  readonly draft: readonly DraftStep[];
  /** What was still asked about these steps. */
  readonly question?: Question | null;
}

/** Plans that are made at a time: clicks and forms are answered between them, however many people ask in the same minute. */
const plannedAtOnce = 3;

/** What people say: stored first, planned then, once; shared by everything that brings a request to a plan. */
export function createSubmitRequest(deps: SubmitRequestDeps): SubmitRequest {
  const { database, logger } = deps;
  const leases = createPlanningLeases({ database, logger });
  deps.signal.addEventListener("abort", () => leases.stop(), { once: true });
  const makeVersion = createMakeVersion(deps);
  const parts: ReplyToPlanDeps = { ...deps, makeVersion };
  const accepting = { database, policy: deps.policy, leases };
  const few = pLimit(plannedAtOnce);
  const planning: PlanRequestDeps = { database, leases, work: (current) => few(() => work(current)), signal: deps.signal };
  const resuming = {
    ...planning,
    logger,
    onPlan: deps.onPlan,
    onResumed: deps.onResumed,
  };

  async function work(current: Planning): Promise<RequestOutcome> {
    const { intake } = current.request;
    if (intake.mode === "edit") return planEdit(parts, current);
    const outcome =
      intake.mode === "message" ? await replyToPlan(parts, current) : await planNewRequest(parts, current, await readKnown(deps));
    // Only what was asked as a whole may start by itself: a plan that a reply changed waits for its click.
    if (outcome.kind === "plan" && !intake.previewOnly) await deps.onSealed(outcome.planVersionId);
    return outcome;
  }

  async function planned(accepted: Acceptance, onAccepted?: () => void): Promise<RequestOutcome> {
    if (accepted.kind !== "accepted") return accepted;
    onAccepted?.();
    return planRequest(planning, accepted.requestId);
  }

  const submit: Pick<Intake, "acceptRequest" | "acceptMessage"> = {
    acceptRequest: (request) =>
      acceptRequest(accepting, {
        ...request,
        intake: { mode: "request", thread: false, previewOnly: request.previewOnly === true, values: {} },
      }),
    acceptMessage: (message) =>
      acceptRequest(accepting, {
        ...message,
        intake: { mode: "message", thread: message.thread, previewOnly: message.previewOnly === true, values: {} },
      }),
  };

  async function seal(plan: NewSeal): Promise<RequestOutcome> {
    const catalog = await deps.catalog();
    const [row] = await database.query<{ request_id: string }>("select request_id from plan where id = $1", [plan.planId]);
    if (row === undefined) return refusal("unknown-plan", "there is no such plan");
    const { outcome, superseded } = await makeVersion.next({
      ...plan,
      question: plan.question ?? emptyQuestion,
      requestId: row.request_id,
      catalog,
    });
    for (const id of superseded) deps.onPlan(id);
    return outcome;
  }

  return {
    ...submit,
    submitRequest: async (request) => planned(await submit.acceptRequest(request)),
    receiveMessage: async (message) => planned(await submit.acceptMessage(message), message.onAccepted),
    editPlan: async (edit) => planned(await acceptEdit(accepting, edit)),
    planRequest: (id) => planRequest(planning, id),
    outcomeOf: (id) => storedOutcome(database, id),
    resumeRequests: () => resumeRequests(resuming),
    async answer(given) {
      const outcome = await answerQuestion(parts, given);
      if (
        outcome.kind === "plan" &&
        given.previewOnly !== true &&
        (await getPlanVersion(database, outcome.planVersionId))?.modifications.length === 0
      )
        await deps.onSealed(outcome.planVersionId);
      return outcome;
    },
    seal,
    startResuming: () => startResuming(resuming),
  };
}
