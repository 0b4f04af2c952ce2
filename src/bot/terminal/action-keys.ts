import type { Action, ActionId, Card } from "../cards.ts";

/** An action with the key that is typed for it. */
export interface KeyedAction {
  readonly key: string;
  readonly action: Action;
}

const letters: Readonly<Record<ActionId, string>> = {
  approve: "a",
  preview: "p",
  reject: "r",
  cancel: "c",
  answer: "f",
  retry: "t",
  renew: "n",
  nothing_to_do: "x",
  choose: "o",
  dismiss: "d",
  apply: "m",
  generate: "g",
  write: "b",
  settle: "s",
  edit: "e",
  log: "l",
  show: "w",
};

const words: Readonly<Record<ActionId, readonly string[]>> = {
  approve: ["approve", "yes", "y", "ok", "go"],
  preview: ["preview", "check"],
  reject: ["reject", "no"],
  cancel: ["cancel", "stop", "abort"],
  answer: ["answer", "fill", "fill in"],
  retry: ["retry", "retry from failed"],
  renew: ["renew", "new version"],
  nothing_to_do: ["nothing to do", "close"],
  choose: ["choose"],
  dismiss: ["dismiss"],
  apply: ["apply", "mend"],
  generate: ["propose", "propose a playbook"],
  write: ["write", "branch"],
  settle: ["settle"],
  edit: ["edit"],
  log: ["log", "full log"],
  show: ["show"],
};

/** The keys of a card's actions; several of one kind are numbered: d1, d2. */
export function actionKeys(actions: readonly Action[]): readonly KeyedAction[] {
  return actions.map((action) => {
    const same = actions.filter((other) => other.id === action.id);
    const letter = letters[action.id];
    return { key: same.length === 1 ? letter : `${letter}${same.indexOf(action) + 1}`, action };
  });
}

/** A playbook to pick, with the number that is typed for it. */
export interface NumberedChoice {
  readonly number: number;
  readonly value: string;
}

export function numberedChoices(card: Card): readonly NumberedChoice[] {
  if (card.kind !== "question") return [];
  const values = card.choices.flatMap((choice) => choice.candidates.map((candidate) => `${choice.step}:${candidate.playbook}`));
  return values.map((value, index) => ({ number: index + 1, value }));
}

/** What a typed line means for a card: its key, its word or its label. */
export function actionOf(card: Card, line: string): Action | undefined {
  const typed = normalised(line);
  const keyed = actionKeys(actionsOf(card));
  return (
    keyed.find(({ key }) => key === typed) ??
    keyed.find(({ action }) => words[action.id].includes(typed) || normalised(action.label) === typed)
  )?.action;
}

export function actionsOf(card: Card): readonly Action[] {
  return withKeys(card.kind === "list" ? card.items.flatMap((item) => item.actions) : (card.actions ?? []));
}

/** A plan is edited by saying what should be different, so that needs no key. */
export function withKeys(actions: readonly Action[]): readonly Action[] {
  return actions.filter((action) => action.id !== "edit");
}

/** What settles one suggestion: shown beside it. */
export function isSettling({ id }: Action): boolean {
  return id === "apply" || id === "dismiss";
}

/** True for a line that can only be meant for a card, so that it is not taken for a request. */
export function soundsLikeAction(line: string): boolean {
  const typed = normalised(line);
  return (
    Object.values(letters).includes(typed) ||
    Object.values(words).some((list) => list.includes(typed)) ||
    /^(\d{1,3}|[dms]\d{1,3})$/.test(typed)
  );
}

function normalised(line: string): string {
  return line.trim().toLowerCase().replace(/[.!]+$/, "").replace(/\s+/g, " "); // prettier-ignore
}
