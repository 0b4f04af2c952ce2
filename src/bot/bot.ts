import { randomBytes } from "node:crypto";
import type { Database } from "../db/database.ts";
import { AppError, messageOf, unreachable } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RequestOutcome, UseCases } from "../orchestrator/use-cases.ts";
import { isNewEvent, openConversation } from "../planner/request-store.ts";
import type { ChatHandlers, ChatPlatform, IncomingAction, IncomingMessage } from "./chat-platform.ts";
import { notice, planCard, type PlanFacts } from "./make-cards.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { RunReporter } from "./run-reporter.ts";

export interface BotDeps {
  readonly database: Database;
  readonly useCases: UseCases;
  readonly platforms: readonly ChatPlatform[];
  readonly planFacts: (planVersionId: string) => Promise<PlanFacts>;
  readonly logger: Logger;
}

export interface Bot {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Messages and clicks in, cards out. All decisions are made by the use cases. */
export function createBot(deps: BotDeps): Bot {
  const { database, useCases, logger } = deps;
  const platforms = new Map(deps.platforms.map((platform) => [platform.name, platform]));
  const reporter = new RunReporter({ ...deps, platforms });

  function handlersOf(platform: ChatPlatform): ChatHandlers {
    const inOrder = oneAtATime();
    return {
      onMessage: (message) => inOrder(message.conversation, () => guarded(platform, message, () => onMessage(platform, message))),
      onAction: (action) => inOrder(action.conversation, () => guarded(platform, action, () => onAction(platform, action))),
    };
  }

  async function onMessage(platform: ChatPlatform, message: IncomingMessage): Promise<void> {
    if (!(await isNewEvent(database, platform.name, message.eventKey))) return;
    const conversationId = await openConversation(database, platform.name, message.conversation);
    const outcome = await useCases.submitRequest({ conversationId, person: message.person, text: message.text });
    await show(platform, message, outcome);
  }

  async function show(
    platform: ChatPlatform,
    where: { readonly conversation: string; readonly person: string },
    outcome: RequestOutcome,
  ): Promise<void> {
    const place = { platform: platform.name, key: where.conversation };
    const conversationId = await openConversation(database, platform.name, where.conversation);
    switch (outcome.kind) {
      case "plan":
      case "question": {
        const version = await useCases.plan(outcome.planVersionId);
        if (version === undefined) throw new AppError("plan-missing", `plan version ${outcome.planVersionId} is gone`);
        await reporter.post(conversationId, place, planCard(version, await deps.planFacts(version.id)), { planVersionId: version.id });
        return;
      }
      case "no_work":
        await reporter.post(conversationId, place, notice("info", outcome.text, outcome.help));
        return;
      case "refused":
        await platform.replyPrivately(where.conversation, where.person, notice("refusal", outcome.message, outcome.help));
        return;
      default:
        unreachable(outcome);
    }
  }

  /** The card that asked becomes the plan (or asks again) by itself; a second one would say the same. */
  async function showAnswered(platform: ChatPlatform, action: IncomingAction, outcome: RequestOutcome): Promise<void> {
    if ((outcome.kind === "plan" || outcome.kind === "question") && outcome.planVersionId === action.target) {
      return reporter.showPlan(outcome.planVersionId); // waited for: in a pipe the next line may be about it
    }
    return show(platform, action, outcome);
  }

  async function onAction(platform: ChatPlatform, action: IncomingAction): Promise<void> {
    const { person, target } = action;
    const refuse = (text: string, help: string | null = null): Promise<void> =>
      platform.replyPrivately(action.conversation, person, notice("refusal", text, help));
    switch (action.id) {
      case "approve":
      case "reject": {
        const typed = action.typed === undefined ? {} : action.id === "approve" ? { typed: action.typed } : { reason: action.typed };
        const outcome = await useCases.decide({
          planVersionId: target,
          person,
          decision: action.id === "approve" ? "approved" : "rejected",
          ...typed,
        });
        if (outcome.kind === "refused")
          await refuse(outcome.message, outcome.code === "stale" ? "Make a new version to see what it would do now." : null);
        return;
      }
      case "preview": {
        const outcome = await useCases.preview(target, person);
        if (outcome.kind === "refused") await refuse(outcome.message);
        return;
      }
      case "cancel": {
        const outcome = await useCases.cancelRun(target, person);
        if (outcome.kind === "refused") await refuse(outcome.message);
        return;
      }
      case "renew":
        return show(platform, action, await useCases.renewPlan(target, person));
      case "retry":
        return show(platform, action, await useCases.retryFromFailed(target, person));
      case "answer":
        return showAnswered(
          platform,
          action,
          await useCases.answerQuestion({ planVersionId: target, person, values: action.form ?? {}, choices: {} }),
        );
      case "choose": {
        const [step = "", ...playbook] = (action.value ?? "").split(":");
        return showAnswered(
          platform,
          action,
          await useCases.answerQuestion({ planVersionId: target, person, values: {}, choices: { [Number(step)]: playbook.join(":") } }),
        );
      }
      case "settle": {
        // It frees locks: never by a guess.
        if (action.value !== "succeeded" && action.value !== "failed") return refuse("say whether it succeeded or failed");
        const outcome = await useCases.settleUnknown(target, person, action.value);
        if (outcome.kind === "refused") await refuse(outcome.message);
        return;
      }
      case "nothing_to_do":
      case "dismiss": {
        const outcome =
          action.id === "nothing_to_do"
            ? await useCases.closeAsNothingToDo(target, person)
            : await useCases.dismissSuggestion(target, person);
        if (outcome.kind === "refused") await refuse(outcome.message);
        return;
      }
      default:
        unreachable(action.id);
    }
  }

  /** A person always gets an answer; the details of an unexpected error go to the log under an id that the person sees. */
  async function guarded(
    platform: ChatPlatform,
    where: { readonly conversation: string; readonly person: string },
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      const known = error instanceof AppError;
      const id = randomBytes(4).toString("hex");
      logger.error({ error: messageOf(error), stack: error instanceof Error ? error.stack : undefined, id }, "message or action failed");
      const card = known
        ? notice("error", error.message, error.help ?? null)
        : notice("error", `Something went wrong here (error ${id}).`, "The log says more.");
      await platform
        .replyPrivately(where.conversation, where.person, card)
        .catch((problem: unknown) => logger.error({ error: messageOf(problem), id }, "the error could not be shown"));
    }
  }

  return {
    async start() {
      for (const platform of deps.platforms) await platform.start(handlersOf(platform));
      await reporter.start();
    },
    async stop() {
      await reporter.stop();
      for (const platform of deps.platforms) await platform.stop();
    },
  };
}
