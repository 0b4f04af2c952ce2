import { durationWords } from "../../time-words.ts";
import { visibleData } from "../../visible-text.ts";
import type { ProgressCard, ProgressStep } from "../cards.ts";
import { stateMark, stateWords } from "./card-paper.ts";
import { fitted, textStyle } from "./text-layout.ts";

export interface ProgressLineOptions {
  readonly colour: boolean;
  readonly columns: number;
  readonly now: Date;
}

const nothing: ReadonlySet<string> = new Set();
const open: ReadonlySet<string> = new Set(["pending", "queued", "running"]);

/** The one line that is rewritten on a TTY: which run, how far, what it does now. */
export function progressLine(card: ProgressCard, options: ProgressLineOptions): string {
  const shown = visibleData(card, nothing);
  const { colours } = textStyle(options);
  const done = shown.steps.filter((step) => !open.has(step.state)).length;
  const current = shown.steps.find((step) => step.state === "running");
  const bar = `${"━".repeat(done)}${"─".repeat(shown.steps.length - done)}`;
  const parts = [
    `${runName(shown)} ${shown.steps.length > 12 ? "" : `${bar} `}${done}/${shown.steps.length}`,
    shown.waitingReason === null ? (current === undefined ? stateWords(shown.state) : current.name) : `waits: ${shown.waitingReason}`,
    ...(current === undefined ? [] : [counts(current)]),
    ...(shown.startedAt === null ? [] : [durationWords((options.now.getTime() - new Date(shown.startedAt).getTime()) / 1000)]),
    ...(typeof current?.currentTask === "string" ? [current.currentTask] : []),
  ];
  // A terminal that is written to its last column may break the line.
  const line = fitted(`▸ ${parts.join(" · ")}`, options.columns - 1);
  return line.replace("▸", colours.magenta("▸")).replace(bar, colours.magenta(bar));
}

/** The plain lines for a pipe: what began and ended since the card was last seen. */
export function progressChanges(before: ProgressCard | undefined, after: ProgressCard, options: ProgressLineOptions): string[] {
  const shown = visibleData(after, nothing);
  const style = textStyle(options);
  const lines: string[] = [];
  if (before === undefined) lines.push(`▸ ${runName(shown)} · ${stateWords(shown.state)}`);
  if (shown.waitingReason !== null && before?.waitingReason !== after.waitingReason)
    lines.push(`· ${runName(shown)} waits: ${shown.waitingReason}`);
  for (const [index, step] of shown.steps.entries()) {
    if (before?.steps[index]?.state === step.state || step.state === "pending" || step.state === "queued") continue;
    const mark = stateMark(step.state, style);
    lines.push(
      step.state === "running"
        ? `${mark} ${runName(shown)}, step ${step.order}: ${step.name} · started`
        : `${mark} ${runName(shown)}, step ${step.order}: ${step.name} · ${[stateWords(step.state), ...(step.tasksDone > 0 ? [counts(step)] : []), ...(step.reason === null ? [] : [step.reason])].join(" · ")}`,
    );
  }
  return lines;
}

export function runName(card: Pick<ProgressCard, "purpose" | "runNumber">): string {
  return `${card.purpose === "preview" ? "Preview" : "Run"} ${card.runNumber}`;
}

function counts(step: ProgressStep): string {
  const failed = step.failed > 0 ? `, ${step.failed} failed` : "";
  return `${step.tasksDone} ${step.tasksDone === 1 ? "task" : "tasks"}, ${step.changed} changed${failed}`;
}
