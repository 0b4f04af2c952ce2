import { first, type Database } from "../db/database.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { conversationStanding } from "../orchestrator/conversation-standing.ts";
import type { UseCases } from "../orchestrator/use-cases.ts";
import { asyncTasksToTell } from "../runs/async-task-store.ts";
import { asyncNotice } from "./async-notice.ts";
import {
  addCard,
  cardOfTopic,
  cardsOfPlanVersion,
  cardsOfRun,
  changeCard,
  conversationsOfPlan,
  plansToShow,
  runsToShow,
  type CardSubject,
  type Place,
  type ShownCard,
} from "./card-store.ts";
import type { CardFile, ChatPlatform, PostedCard } from "./chat-platform.ts";
import { lineCard } from "./line-card.ts";
import { planCard, progressCard, rejectionNotice, resultCard } from "./make-cards.ts";
import type { PlanFacts } from "../orchestrator/plan-facts.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import type { Outbox } from "./outbox.ts";
import { diffFile } from "./preview-diff.ts";

export interface RunReporterDeps {
  readonly database: Database;
  readonly useCases: UseCases;
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  readonly outbox: Outbox;
  readonly planFacts: (planVersionId: string) => Promise<PlanFacts>;
  readonly logger: Logger;
}

const finalStates: ReadonlySet<string> = new Set(["succeeded", "failed", "cancelled", "outcome_unknown"]);

/**
 * Keeps what conversations show equal to the rows: one line in the channel, one progress card a run, edited at a calm pace, then one result. It
 * reads the state each time, so a missed or doubled piece of news does no harm, and after a restart it goes on where it was.
 */
export class RunReporter {
  readonly #deps: RunReporterDeps;
  readonly #due = new Map<string, { again: boolean; kind: "run" | "plan" }>();
  /** By a clock that nobody can set back: the progress of a run would stand still for as long. */
  readonly #lastEdit = new Map<string, number>();
  readonly #loops = new Set<Promise<void>>();
  readonly #inPlanOrder = oneAtATime();
  readonly #inLineOrder = oneAtATime();
  #stops: (() => void)[] = [];
  #open = true;

  constructor(deps: RunReporterDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    this.#stops = [this.#deps.useCases.onRun((id) => this.#look("run", id)), this.#deps.useCases.onPlan((id) => this.#look("plan", id))];
    // What changed while nobody was there.
    const { database } = this.#deps;
    for (const id of await runsToShow(database)) this.#look("run", id);
    for (const id of await plansToShow(database)) this.#look("plan", id);
  }

  async stop(): Promise<void> {
    this.#open = false;
    for (const stop of this.#stops) stop();
    await Promise.all(this.#loops);
  }

  /** Shows a card at the end of a conversation. False: what it is about is shown there already. */
  async post(place: Place, card: PostedCard, subject: CardSubject = {}): Promise<boolean> {
    const platform = this.#deps.platforms.get(place.platform);
    if (platform === undefined) return false;
    const added = await addCard(this.#deps.database, { conversationId: place.id, card, subject, files: filesOf(platform, card) });
    await this.#deliver(platform, place.id);
    return added;
  }

  /** Brings the cards of a plan up to date now. */
  async showPlan(planVersionId: string): Promise<void> {
    await this.#showPlan(planVersionId);
  }

  /** The channel's line about a conversation, where it has one. */
  showLine(place: Place): Promise<void> {
    const platform = this.#deps.platforms.get(place.platform);
    if (platform?.hasChannelLine?.(place.key) !== true) return Promise.resolve();
    return this.#inLineOrder(place.id, async () => {
      const standing = await conversationStanding(this.#deps.database, place.id);
      if (standing === undefined) return;
      const card = lineCard(standing);
      const shown = await cardOfTopic(this.#deps.database, place.id, "line");
      if (shown === undefined) await this.post(place, card, { topic: "line" });
      else await this.#edit(platform, shown, card, true);
    });
  }

  /** On a platform of this process a card is shown when this resolves: in a pipe the next line may be about it. */
  async #deliver(platform: ChatPlatform, conversationId: string): Promise<void> {
    if (platform.remote === undefined) await this.#deps.outbox.flush(conversationId);
  }

  /** One look at a time per subject; news that come meanwhile are one more look. */
  #look(kind: "run" | "plan", id: string): void {
    const due = this.#due.get(id);
    if (due !== undefined) {
      due.again = true;
      return;
    }
    const entry = { again: false, kind };
    this.#due.set(id, entry);
    const loop = this.#loop(id, entry).finally(() => this.#loops.delete(loop));
    this.#loops.add(loop);
  }

  async #loop(id: string, entry: { again: boolean; kind: "run" | "plan" }): Promise<void> {
    do {
      entry.again = false;
      try {
        if (entry.kind === "run") await this.#showRun(id);
        else await this.#showPlan(id);
      } catch (error) {
        if (this.#open) this.#deps.logger.warn({ error: messageOf(error), id }, "a card could not be shown");
      }
    } while (entry.again && this.#open);
    this.#due.delete(id);
  }

  async #showRun(runId: string): Promise<void> {
    const { database, useCases } = this.#deps;
    const view = await useCases.run(runId);
    if (view === undefined) return;
    await this.#showPlan(view.run.planVersionId);
    if (view.run.purpose === "preview" && view.version.previewsVersion !== null) await this.#showPlan(view.version.previewsVersion);
    const ended = finalStates.has(view.run.state);
    const reported =
      view.run.state === "outcome_unknown" ||
      (ended && (await first(database, "select 1 as one from run_event where run_id = $1 and kind = 'report'", [runId])) !== undefined);
    const shown = await cardsOfRun(database, runId);
    // After the result of the run, which says that they were started.
    const jobs = reported ? await asyncTasksToTell(database, runId) : [];
    const subject = view.version.previewsVersion ?? view.run.planVersionId;
    for (const place of await conversationsOfPlan(database, subject)) {
      if (!this.#deps.platforms.has(place.platform)) continue;
      await this.#showOnce(place, shown, progressCard(view), runId, ended);
      if (reported) await this.#showOnce(place, shown, resultCard(view), runId, true);
      for (const job of jobs)
        await this.post(place, asyncNotice(job, view.version.requestPerson), {
          topic: job.endedAt === null ? `async-silent:${job.jobId}` : `async:${job.jobId}`,
        });
    }
  }

  /** Posts the card if this conversation has none of its kind for the run, else edits the one it has. */
  async #showOnce(place: Place, shown: readonly ShownCard[], card: PostedCard, runId: string, last: boolean): Promise<void> {
    const platform = this.#deps.platforms.get(place.platform);
    if (platform === undefined || !this.#open) return;
    const there = shown.find((one) => one.kind === card.kind && one.conversationId === place.id);
    if (there === undefined) await this.post(place, card, { runId });
    else await this.#edit(platform, there, card, last);
  }

  async #edit(platform: ChatPlatform, shown: ShownCard, card: PostedCard, last: boolean): Promise<void> {
    const wait = (this.#lastEdit.get(shown.id) ?? -Infinity) + (platform.editEveryMs ?? 300) - performance.now();
    if (wait > 0 && !last) {
      await new Promise((resolve) => setTimeout(resolve, wait).unref());
      const runId = card.kind === "progress" ? card.runId : "";
      if (this.#due.get(runId)?.again === true || !this.#open) return; // newer news are already here
    }
    const files = shown.kind === card.kind ? [] : filesOf(platform, card);
    if (!(await changeCard(this.#deps.database, shown, card, files))) return;
    this.#lastEdit.set(shown.id, performance.now());
    if (last) this.#lastEdit.delete(shown.id);
    await this.#deliver(platform, shown.conversationId);
  }

  /** In turn: news of a plan and of its runs come at once, and the older of two views must not be shown last. */
  #showPlan(planVersionId: string): Promise<void> {
    return this.#inPlanOrder(planVersionId, () => this.#showPlanNow(planVersionId));
  }

  async #showPlanNow(planVersionId: string): Promise<void> {
    const version = await this.#deps.useCases.plan(planVersionId);
    if (version === undefined) return;
    const card = planCard(version, await this.#deps.planFacts(planVersionId));
    for (const shown of await cardsOfPlanVersion(this.#deps.database, planVersionId)) {
      const platform = this.#deps.platforms.get(shown.platform);
      if (platform !== undefined) await this.#edit(platform, shown, card, true);
    }
    if (version.previewsVersion !== null) return;
    for (const place of await conversationsOfPlan(this.#deps.database, planVersionId)) {
      if (!this.#deps.platforms.has(place.platform)) continue;
      await this.showLine(place);
      const rejection = card.kind === "plan" ? rejectionNotice(card) : null;
      if (rejection !== null) await this.post(place, rejection, { planVersionId, topic: `rejected:${planVersionId}` });
    }
  }
}

/** A preview's differences are a file of their own, whatever of the card fits into a message. */
function filesOf(platform: ChatPlatform, card: PostedCard): readonly CardFile[] {
  if (card.kind === "line" || platform.sendFile === undefined) return [];
  const differences = diffFile(card);
  return [...(platform.files?.(card) ?? []), ...(differences === null ? [] : [differences])];
}
