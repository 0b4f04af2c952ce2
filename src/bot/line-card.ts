import type { ConversationStanding } from "../orchestrator/conversation-standing.ts";
import type { LineCard } from "./cards.ts";
import { resultCard } from "./make-cards.ts";

/** One line about a thread, for those who read only the channel. */
export function lineCard(standing: ConversationStanding): LineCard {
  return { kind: "line", person: standing.person, requestText: standing.requestText, ...stateOf(standing) };
}

type LineState = Pick<LineCard, "state" | "stateText">;

function stateOf({ outcome, version, run }: ConversationStanding): LineState {
  if (run !== null) return runState(run);
  if (version === null) return withoutPlan(outcome);
  switch (version.state) {
    case "drafting":
      return { state: "planning", stateText: "making a plan" };
    case "needs_input":
      return { state: "asking", stateText: "waits for an answer" };
    case "awaiting_approval":
      // Votes so far, where more than one is needed.
      return {
        state: "waiting",
        stateText: version.stateReason === null ? "waiting for approval" : `waiting for approval, ${version.stateReason}`,
      };
    case "approved":
      return { state: "running", stateText: "approved" };
    case "nothing_to_do":
      return { state: "closed", stateText: "closed, nothing to do" };
    case "stale":
      return { state: "closed", stateText: "the repo changed, a new version is needed" };
    default:
      return { state: "closed", stateText: version.state };
  }
}

function withoutPlan(outcome: ConversationStanding["outcome"]): LineState {
  switch (outcome) {
    case null:
      return { state: "planning", stateText: "reading the request" };
    case "no_work":
      return { state: "closed", stateText: "nothing to run" };
    case "failed":
      return { state: "failed", stateText: "no plan could be made" };
    default:
      return { state: "planning", stateText: "making a plan" };
  }
}

function runState(view: NonNullable<ConversationStanding["run"]>): LineState {
  const { run, steps } = view;
  switch (run.state) {
    case "queued":
      return { state: "running", stateText: "approved, starting" };
    case "waiting":
      return { state: "running", stateText: `approved, waits: ${run.waitingReason ?? "for its turn"}` };
    case "running": {
      const ended = steps.filter((step) => !["pending", "queued", "running"].includes(step.state)).length;
      return {
        state: "running",
        stateText: steps.length === 1 ? "running" : `running, step ${Math.min(ended + 1, steps.length)} of ${steps.length}`,
      };
    }
    case "succeeded":
      return { state: "done", stateText: resultCard(view).verdict };
    case "outcome_unknown":
      return { state: "look", stateText: "outcome unknown, please look" };
    case "failed":
    case "cancelled":
      return { state: "failed", stateText: resultCard(view).verdict };
  }
}
