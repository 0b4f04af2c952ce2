import { first, type Database } from "../db/database.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { UseCases } from "../orchestrator/use-cases.ts";
import {
  type CardSubject,
  type ShownCard,
  cardsOfPlanVersion,
  cardsOfRun,
  conversationsOfPlan,
  plansToShow,
  runsToShow,
  saveCard,
  saveContent,
  savePlace,
  unpostedCards,
} from "./card-store.ts";
import type { Card } from "./cards.ts";
import type { ChatPlatform } from "./chat-platform.ts";
import { planCard, progressCard, resultCard, type PlanFacts } from "./make-cards.ts";
import { oneAtATime } from "./one-at-a-time.ts";

export interface RunReporterDeps {
  readonly database: Database;
  readonly useCases: UseCases;
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  readonly planFacts: (planVersionId: string) => Promise<PlanFacts>;
  readonly logger: Logger;
}

/**
 * Keeps what conversations show equal to the rows: one progress card a run, edited at a calm pace, then one result. It reads the state each
 * time, so a missed or doubled piece of news does no harm, and after a restart it goes on where it was.
 */
export class RunReporter {
  readonly #deps: RunReporterDeps;
  readonly #due = new Map<string, { again: boolean; kind: "run" | "plan" }>();
  readonly #lastEdit = new Map<string, number>();
  readonly #loops = new Set<Promise<void>>();
  readonly #inPlanOrder = oneAtATime();
  #stops: (() => void)[] = [];
  #open = true;

  constructor(deps: RunReporterDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    this.#stops = [this.#deps.useCases.onRun((id) => this.#look("run", id)), this.#deps.useCases.onPlan((id) => this.#look("plan", id))];
    // What changed while nobody was there.
    const { database } = this.#deps;
    for (const card of await unpostedCards(database)) await this.#postAgain(card);
    for (const id of await runsToShow(database)) this.#look("run", id);
    for (const id of await plansToShow(database)) this.#look("plan", id);
  }

  /** Waits for what is being shown, so that it is not shown again by the next process. */
  async stop(): Promise<void> {
    this.#open = false;
    for (const stop of this.#stops) stop();
    await Promise.all(this.#loops);
  }

  async #postAgain(shown: ShownCard): Promise<void> {
    const platform = this.#deps.platforms.get(shown.platform);
    if (platform === undefined) return;
    try {
      await savePlace(this.#deps.database, shown.id, await platform.post(shown.conversation, shown.content));
    } catch (error) {
      this.#deps.logger.warn({ error: messageOf(error), cardId: shown.id }, "a card could not be shown");
    }
  }

  /** Shows a card that has no run behind it, or a plan. */
  async post(
    conversationId: string,
    place: { readonly platform: string; readonly key: string },
    card: Card,
    subject: CardSubject = {},
  ): Promise<void> {
    const platform = this.#deps.platforms.get(place.platform);
    const id = await saveCard(this.#deps.database, conversationId, card, subject);
    if (platform === undefined || id === undefined) return;
    await savePlace(this.#deps.database, id, await platform.post(place.key, card));
  }

  /** Brings the cards of a plan up to date now; resolves when they show it. */
  async showPlan(planVersionId: string): Promise<void> {
    await this.#showPlan(planVersionId);
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
    const ended = ["succeeded", "failed", "cancelled", "outcome_unknown"].includes(view.run.state);
    const reported =
      view.run.state === "outcome_unknown" ||
      (ended && (await first(database, "select 1 as one from run_event where run_id = $1 and kind = 'report'", [runId])) !== undefined);
    const shown = await cardsOfRun(database, runId);
    const subject = view.version.previewsVersion ?? view.run.planVersionId;
    for (const conversation of await conversationsOfPlan(database, subject)) {
      if (!this.#deps.platforms.has(conversation.platform)) continue;
      await this.#showOnce(conversation, shown, progressCard(view), runId, ended);
      if (reported) await this.#showOnce(conversation, shown, resultCard(view), runId, true);
    }
  }

  /** Posts the card if this conversation has none of its kind for the run, else edits the one it has. */
  async #showOnce(
    conversation: { readonly id: string; readonly platform: string; readonly key: string },
    shown: readonly ShownCard[],
    card: Card,
    runId: string,
    last: boolean,
  ): Promise<void> {
    const platform = this.#deps.platforms.get(conversation.platform);
    if (platform === undefined || !this.#open) return;
    const there = shown.find((one) => one.kind === card.kind && one.conversationId === conversation.id);
    if (there !== undefined && there.message !== null) {
      await this.#edit(platform, there, card, last);
      return;
    }
    const id = there?.id ?? (await saveCard(this.#deps.database, conversation.id, card, { runId }));
    if (id === undefined) return; // another process shows it
    await savePlace(this.#deps.database, id, await platform.post(conversation.key, card));
  }

  async #edit(platform: ChatPlatform, shown: ShownCard, card: Card, last: boolean): Promise<void> {
    if (shown.message === null || JSON.stringify(shown.content) === JSON.stringify(card)) return;
    const wait = (this.#lastEdit.get(shown.id) ?? 0) + (platform.editEveryMs ?? 300) - Date.now();
    if (wait > 0 && !last) {
      await new Promise((resolve) => setTimeout(resolve, wait).unref());
      const entry = shown.runId === null ? undefined : this.#due.get(shown.runId);
      if (entry?.again === true || !this.#open) return; // newer news are already here
    }
    this.#lastEdit.set(shown.id, Date.now());
    // Shown before it is noted as shown: an edit that failed is made up for at the next look.
    await platform.edit(shown.message, card);
    await saveContent(this.#deps.database, shown.id, card);
    if (last) this.#lastEdit.delete(shown.id);
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
  }
}
