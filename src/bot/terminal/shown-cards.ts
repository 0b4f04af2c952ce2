import { isDeepStrictEqual } from "node:util";
import type { Action, Card, PlanCard, ProgressCard, QuestionCard } from "../cards.ts";
import { actionOf, numberedChoices } from "./action-keys.ts";
import { renderChange, renderKeys } from "./card-change.ts";
import type { OpenRuns } from "./open-runs.ts";
import { progressChanges, progressLine, runName } from "./progress-line.ts";
import { renderCard } from "./render-card.ts";
import type { TerminalOutput } from "./terminal-output.ts";

/** An action that can be taken, with the message of its card. */
export interface OfferedAction {
  readonly message: string;
  readonly action: Action;
}

/** The cards of this terminal: printed as they come, then only what is new in them; and what the newest of them offer. */
export interface ShownCards {
  post(message: string, card: Card): void;
  /** False: it is shown like this already. */
  edit(message: string, card: Card): boolean;
  get(message: string): Card | undefined;
  /** Rewrites the lines of the runs that go on. */
  showLive(): void;
  /** What a typed line means for the newest card that still has it. */
  offered(line: string): OfferedAction | undefined;
  newestForm(): (OfferedAction & { readonly card: QuestionCard }) | undefined;
  cancelOf(run: ProgressCard): OfferedAction | undefined;
}

export function createShownCards(output: TerminalOutput, runs: OpenRuns): ShownCards {
  const cards = new Map<string, Card>();
  const newestFirst = (): (readonly [string, Card])[] => [...cards].reverse();

  function showProgress(before: ProgressCard | undefined, card: ProgressCard): void {
    if (!output.isTTY) for (const line of progressChanges(before, card, output.style())) output.print(line);
    else if (before === undefined) output.print(output.colours().dim(`${runName(card)} · c or Ctrl-C cancels it`));
  }

  function showLive(): void {
    if (output.isTTY) output.setLive(runs.running().map((run) => progressLine(run, output.style())));
  }

  function showChange(before: Card | undefined, card: Card): void {
    const text = renderChange(before, card, output.style());
    if (text !== null) output.print(text);
  }

  function samePlan(card: Card): readonly string[] {
    if (card.kind !== "plan") return [];
    return [...cards].flatMap(([message, other]) => (other.kind === "plan" && other.planVersionId === card.planVersionId ? [message] : []));
  }

  /** The differences of a preview may fill screens, and with them a person decides. */
  function showKeys(runNumber: number): void {
    const [, newest] = newestFirst().find(([, card]) => card.kind === "plan") ?? [];
    if (newest?.kind !== "plan" || newest.preview?.runNumber !== runNumber) return;
    const keys = renderKeys(newest, output.style());
    if (keys !== null) output.print(`  ${keys}\n`);
  }

  /** Another plan was shown below it: who types a letter then may not think of this one. */
  function isOlder(message: string): boolean {
    return newestFirst().find(([, card]) => card.kind === "plan")?.[0] !== message;
  }

  return {
    post(message, card) {
      // A plan that is shown again lives on in its newest card.
      for (const same of samePlan(card)) cards.delete(same);
      cards.set(message, card);
      runs.see(card);
      if (card.kind === "progress") showProgress(undefined, card);
      else output.print(`\n${renderCard(card, output.style())}\n`);
      if (card.kind === "result" && card.purpose === "preview") showKeys(card.runNumber);
      showLive();
    },
    edit(message, card) {
      const before = cards.get(message);
      if (isDeepStrictEqual(before, card) || (before === undefined && samePlan(card).length > 0)) return false;
      cards.set(message, card);
      runs.see(card);
      if (card.kind === "progress") showProgress(before?.kind === "progress" ? before : undefined, card);
      else showChange(before, card);
      showLive();
      return true;
    },
    get: (message) => cards.get(message),
    showLive,
    offered(line) {
      for (const [message, card] of newestFirst()) {
        const action = actionOf(card, line);
        if (action !== undefined && !(action.id === "answer" && card.kind === "question" && card.fields.length > 0))
          return { message, action: card.kind === "plan" && isOlder(message) ? askedFirst(action, card) : action };
        const choice = numberedChoices(card).find(({ number }) => String(number) === line.trim());
        if (choice !== undefined && card.kind === "question")
          return { message, action: { id: "choose", label: "Choose", style: "plain", target: card.planVersionId, value: choice.value } };
      }
      return undefined;
    },
    newestForm() {
      for (const [message, card] of newestFirst())
        if (card.kind === "question" && card.fields.length > 0) return { message, card, action: answerOf(card) };
      return undefined;
    },
    cancelOf(run) {
      const message = newestFirst().find(([, card]) => card.kind === "progress" && card.runId === run.runId)?.[0] ?? "";
      const action = run.actions.find(({ id }) => id === "cancel");
      return action === undefined ? undefined : { message, action };
    },
  };
}

/** A second "a" must not approve unseen what has scrolled away. */
function askedFirst(action: Action, plan: PlanCard): Action {
  if (action.id !== "approve" && action.id !== "reject") return action;
  const text = `${action.label} concerns an earlier plan: “${plan.requestText}”, ${plan.steps.map(({ name }) => name).join(", ")}.`;
  const confirm = action.confirm === undefined ? { text, typed: null } : { ...action.confirm, text: `${text} ${action.confirm.text}` };
  return { ...action, confirm };
}

/** A form can be sent without a button of its own. */
function answerOf(card: QuestionCard): Action {
  return (
    card.actions.find(({ id }) => id === "answer") ?? { id: "answer", label: "Continue", style: "primary", target: card.planVersionId }
  );
}
