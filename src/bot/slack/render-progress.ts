import type { ProgressCard, ProgressStep } from "../cards.ts";
import { actionBlocks } from "./action-blocks.ts";
import type { Paper } from "./paper.ts";
import { bold, bullets, code, moment, paragraph, rich, text, type Block, type Piece } from "./rich-text.ts";
import { plural, stateMark, stateWords } from "./words.ts";

export function progressBlocks(progress: ProgressCard, paper: Paper): Block[] {
  const name = `${progress.purpose === "preview" ? "Preview" : "Run"} ${progress.runNumber}`;
  const steps = paper.items(progress.steps);
  return [
    ...rich(
      paragraph(
        bold(`${stateMark(progress.state)} ${name} · ${stateWords(paper.name(progress.state))}`),
        ...(progress.startedAt === null ? [] : [text(" · since "), moment(progress.startedAt)]),
      ),
      ...(progress.waitingReason === null ? [] : [paragraph(text("waits: "), ...paper.text(progress.waitingReason))]),
      ...bullets([...steps.shown.map((step) => stepPieces(step, paper)), ...(steps.more === null ? [] : [steps.more])]),
    ),
    ...actionBlocks(progress.actions, paper),
  ];
}

function stepPieces(step: ProgressStep, paper: Paper): Piece[] {
  const done = [plural(step.tasksDone, "task"), `${step.changed} changed`, ...(step.failed > 0 ? [`${step.failed} failed`] : [])].join(
    ", ",
  );
  return [
    text(`${stateMark(step.state)} ${step.order}. ${paper.name(step.name)} · ${stateWords(paper.name(step.state))}`),
    ...(step.tasksDone > 0 ? [text(` · ${done}`)] : []),
    ...(step.reason === null ? [] : [text(" · "), ...paper.text(step.reason)]),
    ...(step.currentTask === null || step.state !== "running" ? [] : [text("\nnow: "), code(paper.name(step.currentTask))]),
  ];
}
