import { randomBytes } from "node:crypto";
import type { Database } from "../db/database.ts";
import { AppError, messageOf, unreachable } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RequestOutcome, ResumedRequest, UseCases } from "../orchestrator/use-cases.ts";
import { findConversation, openConversation } from "../planner/conversation-store.ts";
import { conversationsOfPlan, placeOfConversation, requestsToShow, type Place } from "./card-store.ts";
import { areNewEvents } from "../planner/request-store.ts";
import type { ActionId, Card } from "./cards.ts";
import type { ChatHandlers, ChatPlatform, IncomingAction, IncomingCommand, IncomingMessage } from "./chat-platform.ts";
import { commandIn, homeLists, meaningOf, suggestNames, type CommandMeaning, type CommandsDeps } from "./commands.ts";
import { formFor } from "./forms.ts";
import { notice, planCard, waitingNotice } from "./make-cards.ts";
import type { PlanFacts } from "../orchestrator/plan-facts.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { Outbox } from "./outbox.ts";
import { queueAskedFile, queuePrivate } from "./outbox-store.ts";
import { pressButton, type Pressed } from "./press-button.ts";
import { RunReporter } from "./run-reporter.ts";

export interface BotDeps {
  readonly database: Database;
  readonly useCases: UseCases;
  readonly platforms: readonly ChatPlatform[];
  readonly planFacts: (planVersionId: string) => Promise<PlanFacts>;
  readonly commands: CommandsDeps;
  readonly logger: Logger;
}

export interface Bot {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Works also while what was said in the same conversation is still being planned, however much that is. */
const waitsForNobody: ReadonlySet<ActionId> = new Set(["cancel", "reject", "settle", "log", "apply", "dismiss", "generate", "write"]);

/** Said at once, where a click takes its time. */
const atOnce: Partial<Record<ActionId, string>> = {
  apply: "Mending it in a checkout of its own, then linting it again: some ten seconds.",
  generate: "Making a playbook, then a syntax check, lint and a run in check mode: some ten seconds.",
};

/** How often plans are looked for that another process made and did not show. */
const missedEveryMs = 20_000;

/** Messages, clicks and commands in, cards out. All decisions are made by the use cases. */
export function createBot(deps: BotDeps): Bot {
  const { database, useCases, logger } = deps;
  const platforms = new Map(deps.platforms.map((platform) => [platform.name, platform]));
  const outbox = new Outbox({ database, platforms, logger });
  const reporter = new RunReporter({ ...deps, platforms, outbox });
  const pressing = { database, useCases, overview: deps.commands.overview, planFacts: deps.planFacts };
  const stops: (() => void)[] = [];

  function handlersOf(platform: ChatPlatform): ChatHandlers {
    const inOrder = oneAtATime();
    return {
      onMessage: (message) => inOrder(message.conversation, () => guarded(platform, message, () => onMessage(platform, message))),
      onAction: (action) => {
        const work = (): Promise<void> => guarded(platform, action, () => onAction(platform, action));
        return waitsForNobody.has(action.id) ? work() : inOrder(action.conversation, work);
      },
      onCommand: (command) => guarded(platform, command, () => onCommand(platform, command, inOrder)),
      onForm: (action) => onForm(action),
      onHome: (person) => homeLists(deps.commands, person),
      suggest: (kind, typed, person) => suggestNames(deps.commands, kind, typed, person),
    };
  }

  async function placeOf(platform: ChatPlatform, key: string): Promise<Place> {
    return { id: await openConversation(database, platform.name, key), platform: platform.name, key };
  }

  async function onMessage(platform: ChatPlatform, message: IncomingMessage): Promise<void> {
    // Other people's talk in a channel or thread is nothing to Chiffon, unless the thread is one of its own.
    if (message.addressed === false && (await findConversation(database, platform.name, message.conversation)) === undefined) return;
    const command = message.addressed === false ? null : commandIn(message.text);
    return command === null ? onRequest(platform, message) : onTypedCommand(platform, message, command);
  }

  async function onTypedCommand(platform: ChatPlatform, message: IncomingMessage, text: string): Promise<void> {
    const { conversation, person, eventKeys } = message;
    const meaning = await meaningOf(deps.commands, text, person);
    // A request's events are stored together with it: whatever dies in between, it is not lost.
    if (meaning.kind === "request") return onRequest(platform, { conversation, person, eventKeys, text: meaning.text });
    if (!(await database.transaction((sql) => areNewEvents(sql, platform.name, eventKeys)))) return;
    const place = await placeOf(platform, conversation);
    await onMeaning(platform, { conversation, person, answer: (card) => whisper(platform, place, person, card) }, meaning);
  }

  async function onRequest(platform: ChatPlatform, message: IncomingMessage): Promise<void> {
    const place = await placeOf(platform, message.conversation);
    const refusal = await receive(place, message);
    if (refusal !== null) await whisper(platform, place, message.person, refusal);
  }

  /** A message from anybody to its outcome in the conversation. What only its author is to read is given back. */
  async function receive(place: Place, message: IncomingMessage): Promise<Card | null> {
    const { person, text, eventKeys, thread = false, addressed } = message;
    const outcome = await useCases.receiveMessage({
      conversationId: place.id,
      platform: place.platform,
      person,
      text,
      eventKeys,
      thread,
      onAccepted: () =>
        void reporter.showLine(place).catch((error: unknown) => logger.warn({ error: messageOf(error) }, "no channel line")),
    });
    // People talk in threads with each other, too: what was not said to Chiffon and asks nothing of it is not answered.
    if (addressed === false && (outcome.kind === "no_work" || outcome.kind === "refused")) {
      await reporter.showLine(place);
      return outcome.kind === "no_work" && outcome.concernsPlan === true ? notice("info", outcome.text, outcome.help) : null;
    }
    return show(place, outcome);
  }

  /** Shows an outcome where it belongs; a refusal is given back, for one person only. */
  async function show(place: Place, outcome: RequestOutcome): Promise<Card | null> {
    switch (outcome.kind) {
      case "answered":
        await reporter.showPlan(outcome.planVersionId);
        await reporter.post(
          place,
          notice("info", outcome.echo, outcome.waitsFor === "approval" ? "The plan above waits for approval." : null),
        );
        return null;
      case "withdrawn":
        await reporter.showPlan(outcome.planVersionId);
        await reporter.post(place, notice("info", "Taken back. Nothing runs."), { topic: `withdrawn:${outcome.planVersionId}` });
        return null;
      case "modified":
      case "plan":
      case "question": {
        if (outcome.kind === "modified") await reporter.showPlan(outcome.replacedId);
        const version = await useCases.plan(outcome.planVersionId);
        if (version === undefined) throw new AppError("plan-missing", `plan version ${outcome.planVersionId} is gone`);
        const card = planCard(version, await deps.planFacts(version.id));
        const added = await reporter.post(place, card, { planVersionId: version.id, topic: `plan:${version.id}` });
        // The card that asked becomes the plan (or asks again) by itself; a second one would say the same.
        if (!added) await reporter.showPlan(version.id);
        await reporter.showLine(place);
        return null;
      }
      case "no_work":
        await reporter.post(place, notice("info", outcome.text, outcome.help), {
          requestId: outcome.requestId,
          topic: `request:${outcome.requestId}`,
        });
        await reporter.showLine(place);
        return null;
      case "refused":
        return notice("refusal", outcome.message, outcome.help);
      case "duplicate":
        return null;
      default:
        return unreachable(outcome);
    }
  }

  async function onAction(platform: ChatPlatform, action: IncomingAction): Promise<void> {
    const place = await placeOf(platform, action.conversation);
    const first = atOnce[action.id];
    if (first !== undefined) await whisper(platform, place, action.person, notice("info", first));
    const refusal = await after(platform, place, await pressButton(pressing, action));
    if (refusal !== null) await whisper(platform, place, action.person, refusal);
  }

  /** Shows what a click led to; what only the person who clicked is to read is given back. */
  async function after(platform: ChatPlatform, place: Place, pressed: Pressed): Promise<Card | null> {
    switch (pressed.kind) {
      case "nothing":
        return null;
      case "refused":
        return notice("refusal", pressed.text, pressed.help);
      case "said":
        return notice("info", pressed.text);
      case "done": {
        const seen = await conversationsOfPlan(database, pressed.planVersionId);
        return seen.some((one) => one.id === place.id) ? null : notice("info", pressed.text);
      }
      case "shown":
        await reporter.post(place, pressed.card);
        return null;
      case "plan":
        if (platform.onePerson !== true) return pressed.card;
        // A card like any other: kept up to date, and the run that it starts is shown here, too.
        await reporter.post(place, pressed.card, { planVersionId: pressed.planVersionId });
        return null;
      case "outcome":
        return show(place, pressed.outcome);
      case "file":
        if (platform.sendFile === undefined)
          return notice("info", tailOf(pressed.file.text), "`chiffon runs` with the run's number and --events prints all of it.");
        return (await queueAskedFile(database, place.id, pressed.file)) ? null : notice("info", "This log was sent here a moment ago.");
      default:
        return unreachable(pressed);
    }
  }

  async function onCommand(platform: ChatPlatform, command: IncomingCommand, inOrder: ReturnType<typeof oneAtATime>): Promise<void> {
    const meaning = await meaningOf(deps.commands, command.text, command.person);
    if (meaning.kind !== "request") return onMeaning(platform, command, meaning);
    return inOrder(command.conversation, async () => {
      const { conversation, person, eventKeys } = command;
      const place = await placeOf(platform, conversation);
      const refusal = await receive(place, { conversation, person, eventKeys, text: meaning.text });
      if (refusal !== null) await command.answer(refusal);
    });
  }

  async function onMeaning(
    platform: ChatPlatform,
    { conversation, person, answer }: Pick<IncomingCommand, "conversation" | "person" | "answer">,
    meaning: Exclude<CommandMeaning, { kind: "request" }>,
  ): Promise<void> {
    if (meaning.kind === "answer") return answer(meaning.card);
    const place = await placeOf(platform, conversation);
    const pressed = await pressButton(pressing, { conversation, person, ...meaning.action });
    const refusal = await after(platform, place, pressed);
    const where = meaning.action.id === "generate" ? "It is shown in this conversation." : "Done. The thread of that run shows it.";
    return answer(refusal ?? notice("info", where));
  }

  async function onForm(action: IncomingAction): Promise<ReturnType<typeof formFor>> {
    const version = await useCases.plan(action.target);
    return formFor(action, version === undefined ? undefined : { version, facts: await deps.planFacts(version.id) });
  }

  /** Through the outbox too: a refusal that nobody reads is as bad as none. */
  async function whisper(platform: ChatPlatform, place: Place, person: string, card: Card): Promise<void> {
    await database.transaction((sql) => queuePrivate(sql, place.id, person, card));
    if (platform.remote === undefined) await outbox.flush(place.id);
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
      // Not through the outbox: what failed may be the database.
      await platform
        .replyPrivately(where.conversation, where.person, card)
        .catch((problem: unknown) => logger.error({ error: messageOf(problem), id }, "the error could not be shown"));
    }
  }

  /** What a process planned and died before it showed it. Who shows it first, shows it: a plan's card is there once. */
  async function showMissed(): Promise<void> {
    const remote = deps.platforms.filter((platform) => platform.remote === true).map((platform) => platform.name);
    if (remote.length === 0) return;
    for (const { id, conversationId } of await requestsToShow(database, remote)) {
      const place = await placeOfConversation(database, conversationId);
      const outcome = await useCases.outcomeOf(id);
      if (place !== undefined && outcome !== undefined) await show(place, outcome);
    }
  }

  async function showResumed({ conversationId, person, outcome }: ResumedRequest): Promise<void> {
    const place = await placeOfConversation(database, conversationId);
    const platform = place === undefined ? undefined : platforms.get(place.platform);
    if (place === undefined || platform === undefined) return;
    const refusal = await show(place, outcome);
    if (refusal !== null) await whisper(platform, place, person, refusal);
  }

  /** What happened to a plan that nobody touched, said to those who wait for it. */
  async function tell(planVersionId: string, topic: "reminder" | "expired"): Promise<void> {
    const version = await useCases.plan(planVersionId);
    if (version === undefined || version.purpose === "preview") return;
    const facts = await deps.planFacts(planVersionId);
    for (const place of await conversationsOfPlan(database, planVersionId)) {
      if (!platforms.has(place.platform)) continue;
      await reporter.post(place, waitingNotice(version, facts, topic), { planVersionId, topic: `${topic}:${planVersionId}` });
    }
  }

  return {
    async start() {
      const failed = (error: unknown): void => logger.warn({ error: messageOf(error) }, "news of a request could not be shown");
      stops.push(
        useCases.onReminder((id) => void tell(id, "reminder").catch(failed)),
        useCases.onExpired((id) => void tell(id, "expired").catch(failed)),
        useCases.onResumed((resumed) => void showResumed(resumed).catch(failed)),
      );
      await outbox.start();
      for (const platform of deps.platforms) await platform.start(handlersOf(platform));
      await reporter.start();
      const look = (): Promise<void> => showMissed().catch(failed);
      await look();
      const timer = setInterval(() => void look(), missedEveryMs).unref();
      stops.push(() => clearInterval(timer));
    },
    async stop() {
      for (const stop of stops) stop();
      await reporter.stop();
      await outbox.stop();
      for (const platform of deps.platforms) await platform.stop();
    },
  };
}

/** The end of a long text, where a file cannot be sent. */
function tailOf(text: string): string {
  const lines = text.trimEnd().split("\n");
  const shown = lines.slice(-100);
  return lines.length === shown.length ? shown.join("\n") : `(${lines.length - shown.length} earlier lines)\n${shown.join("\n")}`;
}
