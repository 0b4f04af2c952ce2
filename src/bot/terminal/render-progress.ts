import type { ProgressCard } from "../cards.ts";
import { actionLines, stateMark, stateWords, type CardPaper } from "./card-paper.ts";
import { wrapped } from "./text-layout.ts";

export function progressLines(progress: ProgressCard, paper: CardPaper): string[] {
  const { colours } = paper;
  return [
    `${colours.magenta("▸")} ${colours.bold(`${progress.purpose === "preview" ? "Preview" : "Run"} ${progress.runNumber}`)} · ${stateWords(progress.state)}`,
    ...(progress.waitingReason === null ? [] : wrapped(`waits: ${progress.waitingReason}`, paper, { indent: 2 })),
    ...progress.steps.flatMap((step) => {
      const done = [
        `${step.tasksDone} tasks`,
        `${step.changed} changed`,
        ...(step.failed > 0 ? [colours.red(`${step.failed} failed`)] : []),
      ].join(", ");
      const what = [stateWords(step.state), ...(step.tasksDone > 0 ? [done] : []), ...(step.reason === null ? [] : [step.reason])].join(
        " · ",
      );
      return [
        ...wrapped(`${step.order}. ${step.name} · ${what}`, paper, { indent: 2, label: `${stateMark(step.state, paper)} ` }),
        ...(step.currentTask === null || step.state !== "running" ? [] : wrapped(`now: ${step.currentTask}`, paper, { indent: 7 })),
      ];
    }),
    ...actionLines(progress, paper),
  ];
}
