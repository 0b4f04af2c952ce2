import { durationWords, untilWords } from "../../time-words.ts";
import { visibleText, visibleValue } from "../../visible-text.ts";
import type { PlanCard, PlanCardStep, PreviewTable } from "../cards.ts";
import { actionLines, fact, stateWords, type CardPaper } from "./card-paper.ts";
import { spread, wrapped } from "./text-layout.ts";

type Risk = PlanCard["risk"];
const riskWords: Readonly<Record<Risk, string>> = { read: "only reads", change: "changes hosts", destructive: "destructive" };

export function planLines(plan: PlanCard, original: PlanCard, paper: CardPaper): string[] {
  const { colours } = paper;
  const title = `${colours.bold(plan.purpose === "preview" ? "Preview plan" : "Plan")}${plan.version > 1 ? ` version ${plan.version}` : ""}`;
  const waits = plan.state === "awaiting_approval";
  return [
    ...spread(
      `${colours.magenta("◆")} ${title} · ${waits ? "waiting for approval" : stateWords(plan.state)}`,
      risk(plan.risk, paper),
      paper,
    ),
    ...wrapped(colours.italic(`“${plan.requestText}”`), paper, { indent: 2 }),
    ...(plan.stateText === null ? [] : wrapped(plan.stateText, paper, { indent: 2 })),
    "",
    ...plan.steps.flatMap((step, index) => [...planStepLines(step, original.steps[index] ?? step, plan.steps.length, paper), ""]),
    ...plan.notes.flatMap((note) => wrapped(note, paper, { indent: 2, label: `${colours.yellow("!")} ` })),
    ...(plan.notes.length > 0 ? [""] : []),
    ...(plan.preview === null ? [] : [...previewLines(plan.preview, paper), ""]),
    ...fact("approval", plan.approvers, paper, 2),
    ...(plan.expiresAt === null ? [] : fact("expires", untilWords(plan.expiresAt, paper), paper, 2)),
    ...fact("digest", plan.digestPrefix, paper, 2),
    ...actionLines(plan, paper),
  ];
}

/** What a preview brought, for a plan that was shown whole before it. */
export function planPreviewLines(plan: PlanCard, paper: CardPaper): string[] {
  const { colours } = paper;
  return [
    `${colours.magenta("◆")} ${colours.bold("Plan")} · previewed, ${plan.state === "awaiting_approval" ? "waiting for approval" : stateWords(plan.state)}`,
    ...wrapped(colours.italic(`“${plan.requestText}”`), paper, { indent: 2 }),
    ...(plan.preview === null ? [] : previewLines(plan.preview, paper)),
    ...actionLines(plan, paper),
  ];
}

function planStepLines(step: PlanCardStep, original: PlanCardStep, steps: number, paper: CardPaper): string[] {
  const { colours } = paper;
  const after = step.dependsOn.length > 0 ? colours.dim(` · after step ${step.dependsOn.join(", ")}`) : "";
  const variables = Object.entries(original.variables).map(
    ([name, value]) => `${visibleText(name).replaceAll("\n", "\\n")}=${visibleValue(value)}`,
  );
  const label = steps > 1 ? `${step.order}. ` : "";
  const indent = 2 + label.length;
  return [
    ...wrapped(`${colours.bold(step.name)}${after}`, paper, { indent: 2, label }),
    ...fact("playbook", `${step.playbookPath} · ${step.confidence.toFixed(2)} ${step.method}`, paper, indent),
    ...fact("why", step.why, paper, indent),
    ...fact(step.hosts.length === 1 ? "1 host" : `${step.hosts.length} hosts`, colours.cyan(step.hosts.join(", ")), paper, indent),
    ...(step.mayAlsoActOn.length > 0 ? fact("may also", `act on: ${colours.yellow(step.mayAlsoActOn.join(", "))}`, paper, indent) : []),
    ...(variables.length > 0 ? fact("with", variables.join(", "), paper, indent) : []),
    ...fact("risk", `${risk(step.risk, paper)}${step.riskReason === "" ? "" : ` · ${step.riskReason}`}`, paper, indent),
    ...(step.expectedSeconds === null ? [] : fact("takes", `about ${durationWords(step.expectedSeconds)}`, paper, indent)),
  ];
}

function previewLines(preview: PreviewTable, paper: CardPaper): string[] {
  const { colours } = paper;
  const changes = preview.rows.flatMap((row) => [
    ...wrapped(
      `${colours.cyan(row.host)}${colours.dim(` · step ${row.step}`)}${row.changes.length === 0 ? " · would change nothing" : ""}`,
      paper,
      { indent: 4 },
    ),
    ...row.changes.flatMap((change) => wrapped(change, paper, { indent: 6, label: `${colours.yellow("~")} ` })),
  ]);
  return [
    `  ${colours.bold("Preview")} · run ${preview.runNumber} ${stateWords(preview.state)}${preview.rows.length === 0 && preview.state === "succeeded" ? " · nothing would change" : ""}`,
    ...changes,
    ...preview.unpredictable.flatMap((task) => wrapped(`cannot be told beforehand: ${task}`, paper, { indent: 4, label: "? " })),
  ];
}

function risk(value: Risk, { colours }: CardPaper): string {
  const paint = { read: colours.green, change: colours.yellow, destructive: colours.red }[value];
  return paint(riskWords[value]);
}
