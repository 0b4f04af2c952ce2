import { unreachable } from "../../errors.ts";
import { durationWords, untilWords } from "../../time-words.ts";
import { visibleData, visibleText, visibleValue } from "../../visible-text.ts";
import type {
  Card,
  CardSuggestion,
  NoticeCard,
  PlanCard,
  PlanCardStep,
  PreviewTable,
  ProgressCard,
  QuestionCard,
  ResultCard,
  ResultStep,
} from "../cards.ts";
import { actionKeys } from "./action-keys.ts";
import { choiceText } from "../../form-value.ts";
import { spread, table, textStyle, wrapped, type TextStyle } from "./text-layout.ts";

export interface RenderOptions {
  readonly colour: boolean;
  readonly columns: number;
  readonly now?: Date;
  readonly timeZone?: string;
  /** False where nothing can be pressed (a command's output): the card without its keys. */
  readonly keys?: boolean;
}

interface Paper extends TextStyle {
  readonly now: Date;
  readonly keys: boolean;
  readonly timeZone?: string;
}

/** Texts that may have several lines; every other text is a name and stays on one. */
const severalLines: ReadonlySet<string> = new Set([
  "text",
  "help",
  "offer",
  "errorText",
  "keyErrors",
  "changes",
  "reasoning",
  "why",
  "problems",
  "notes",
]);

/** A card as text: calm, complete (nothing is cut), and safe to print whatever stands in it. */
export function renderCard(card: Card, options: RenderOptions): string {
  const paper: Paper = {
    ...textStyle(options),
    now: options.now ?? new Date(),
    keys: options.keys ?? true,
    ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
  };
  const lines = renderLines(visibleData(card, severalLines), card, paper).map((line) => line.trimEnd());
  return lines.filter((line, index) => line !== "" || lines[index + 1] !== "").join("\n").trimEnd(); // prettier-ignore
}

function renderLines(shown: Card, card: Card, paper: Paper): string[] {
  switch (shown.kind) {
    case "plan":
      return planLines(shown, card as PlanCard, paper);
    case "question":
      return questionLines(shown, card as QuestionCard, paper);
    case "progress":
      return progressLines(shown, paper);
    case "result":
      return resultLines(shown, paper);
    case "notice":
      return noticeLines(shown, paper);
    default:
      return unreachable(shown);
  }
}

// --- plan

type Risk = PlanCard["risk"];
const riskWords: Readonly<Record<Risk, string>> = { read: "only reads", change: "changes hosts", destructive: "destructive" };

export function stateWords(state: string): string {
  return state.replaceAll("_", " ");
}

function planLines(plan: PlanCard, original: PlanCard, paper: Paper): string[] {
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

function planStepLines(step: PlanCardStep, original: PlanCardStep, steps: number, paper: Paper): string[] {
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

function previewLines(preview: PreviewTable, paper: Paper): string[] {
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

// --- question

function questionLines(question: QuestionCard, original: QuestionCard, paper: Paper): string[] {
  const { colours } = paper;
  let number = 0;
  const choices = question.choices.flatMap((choice) => [
    ...wrapped(`Step ${choice.step}, ${choice.stepName}: which playbook?`, paper, { indent: 2 }),
    ...choice.candidates.flatMap((candidate) => {
      number += 1;
      const key = colours.bold(paper.keys ? `[${number}]` : "·");
      return wrapped(`${candidate.name}  ${colours.dim(`${candidate.playbook} · ${candidate.confidence.toFixed(2)}`)}`, paper, {
        indent: 4,
        label: `${key} `,
      });
    }),
    "",
  ]);
  const fields = question.fields.flatMap((field, index) => {
    const raw = original.fields[index] ?? field;
    const parts = [
      field.type === "str" || field.type === "raw" ? "text" : typeWords[field.type],
      raw.choices === null ? "" : `one of ${raw.choices.map((choice) => visibleValue(choice)).join(", ")}`,
      raw.default === null || raw.default === undefined ? "" : `default ${visibleValue(raw.default)}`,
      field.required ? "needed" : "optional",
    ];
    return [
      ...wrapped(`${colours.bold(field.label)}  ${colours.dim(parts.filter((part) => part !== "").join(" · "))}`, paper, {
        indent: 2,
        label: "· ",
      }),
      ...(field.description === null ? [] : wrapped(field.description, paper, { indent: 4 })),
    ];
  });
  const keys = !paper.keys
    ? []
    : [
        ...(number > 0 ? [`${colours.bold(number === 1 ? "[1]" : `[1-${number}]`)} pick a playbook`] : []),
        ...(fields.length > 0 ? [`${colours.bold("[f]")} fill in`] : []),
      ];
  return [
    ...wrapped(colours.bold(question.title), paper, { indent: 0, label: `${colours.yellow("?")} ` }),
    ...wrapped(colours.italic(`“${question.requestText}”`), paper, { indent: 2 }),
    ...question.problems.flatMap((problem) => wrapped(problem, paper, { indent: 2, label: `${colours.yellow("!")} ` })),
    "",
    ...choices,
    ...fields,
    ...(fields.length > 0 ? [""] : []),
    ...(question.offer === null ? [] : wrapped(question.offer, paper, { indent: 2 })),
    ...actionLines(
      { ...question, actions: question.actions.filter((action) => action.id !== "answer" && action.id !== "choose") },
      paper,
      keys,
    ),
  ];
}

/** How a field's type is named to a person. */
export const typeWords: Readonly<Record<QuestionCard["fields"][number]["type"], string>> = {
  str: "text",
  raw: "text",
  int: "whole number",
  float: "number",
  bool: "yes or no",
  list: "list: a, b, c",
  dict: "key: value pairs",
  path: "path",
};

/** A default as it is shown in brackets. */
export function defaultText(value: unknown): string {
  return value === null || value === undefined ? "" : visibleText(choiceText(value)).replaceAll("\n", "\\n");
}

// --- progress and result

function progressLines(progress: ProgressCard, paper: Paper): string[] {
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

export function stateMark(state: string, style: TextStyle): string {
  const { colours } = style;
  if (state === "succeeded") return colours.green("✓");
  if (state === "failed" || state === "timeout") return colours.red("✗");
  if (state === "running") return colours.magenta("▸");
  if (state === "cancelled" || state === "outcome_unknown") return colours.yellow("!");
  return colours.dim("·");
}

function resultLines(result: ResultCard, paper: Paper): string[] {
  const { colours } = paper;
  const facts = [
    `${result.purpose === "preview" ? "preview" : "run"} ${result.runNumber} ${stateWords(result.state)}`,
    ...(result.durationSeconds === null ? [] : [durationWords(result.durationSeconds)]),
    ...(result.audit === null
      ? []
      : [`audit entry ${result.audit.entry}${result.audit.commit === null ? "" : ` · commit ${result.audit.commit.slice(0, 10)}`}`]),
  ];
  return [
    ...wrapped(colours.bold(result.verdict), paper, { indent: 0, label: `${stateMark(result.state, paper)} ` }),
    ...wrapped(colours.dim(facts.join(" · ")), paper, { indent: 2 }),
    "",
    ...result.steps.flatMap((step) => [...resultStepLines(step, paper), ""]),
    ...actionLines(result, paper),
  ];
}

const counted = ["ok", "changed", "failed", "skipped", "unreachable"] as const;

function resultStepLines(step: ResultStep, paper: Paper): string[] {
  const { colours } = paper;
  const paint = (name: (typeof counted)[number], count: number): string => {
    if (count === 0) return colours.dim("0");
    if (name === "failed" || name === "unreachable") return colours.red(String(count));
    return name === "changed" ? colours.yellow(String(count)) : String(count);
  };
  const rows = step.hosts.map((host) => [colours.cyan(host.host), ...counted.map((name) => paint(name, host[name]))]);
  const reason = [...new Set([step.reason, step.errorCode])].filter((part) => part !== null).join(" · ");
  return [
    ...wrapped(`${step.order}. ${colours.bold(step.name)} · ${stateWords(step.state)}`, paper, {
      indent: 2,
      label: `${stateMark(step.state, paper)} `,
    }),
    ...wrapped(colours.dim(step.playbookPath), paper, { indent: 7 }),
    ...(reason === "" ? [] : wrapped(reason, paper, { indent: 7 })),
    ...(rows.length === 0 ? [] : hostTable(rows, paper)),
    ...step.keyErrors.flatMap((error) => wrapped(error, paper, { indent: 7, label: `${colours.red("✗")} ` })),
    ...saidLines(step, paper),
    ...(step.errorText ?? "")
      .split("\n")
      .flatMap((line) => (step.errorText === null ? [] : wrapped(line, paper, { indent: 7, label: `${colours.dim("│")} ` }))),
    ...suggestionLines(step, paper),
  ];
}

/** What the playbook itself reports; the host is named where the text does not begin with it. */
function saidLines(step: ResultStep, paper: Paper): string[] {
  const label = `${paper.colours.dim("│")} `;
  return step.said.flatMap(({ host, text }) => {
    const lines = text.split("\n").flatMap((line) => wrapped(line, paper, { indent: 7, label }));
    return text.startsWith(host) ? lines : [...wrapped(paper.colours.dim(`${host}:`), paper, { indent: 7, label }), ...lines];
  });
}

/** A table, or one host a paragraph where a table would break. */
function hostTable(rows: readonly (readonly string[])[], paper: Paper): string[] {
  const { colours } = paper;
  const lines = table([["", ...counted].map((name) => colours.dim(name)), ...rows], 7);
  if (lines.every((line) => wrapped(line, paper).length === 1)) return lines;
  return rows.flatMap((row) =>
    wrapped(`${row[0]}: ${counted.map((name, index) => `${row[index + 1]} ${name}`).join(", ")}`, paper, { indent: 7 }),
  );
}

/** Only the suggestions of a result: for those that arrive after it was printed. */
export function renderSuggestions(card: ResultCard, options: RenderOptions): string {
  const shown = visibleData(card, severalLines);
  return shown.steps.flatMap((step) => suggestionLines(step, textStyle(options), `${step.order}. ${step.name}: `)).join("\n");
}

function suggestionLines(step: Pick<ResultStep, "suggestions" | "suggestionsTotal">, style: TextStyle, whose = ""): string[] {
  if (step.suggestionsTotal === 0 && step.suggestions.length === 0) return [];
  const { colours } = style;
  const shown = step.suggestions.length < step.suggestionsTotal ? `, the first ${step.suggestions.length}` : "";
  return [
    `     ${colours.dim(`${whose}${step.suggestionsTotal} ${step.suggestionsTotal === 1 ? "suggestion" : "suggestions"}${shown}:`)}`,
    ...step.suggestions.flatMap((suggestion) => wrapped(suggestionText(suggestion, style), style, { indent: 7 })),
  ];
}

function suggestionText(suggestion: CardSuggestion, { colours }: TextStyle): string {
  const place = `${suggestion.path}${suggestion.line === null ? "" : `:${suggestion.line}`}`;
  const reasoning = suggestion.reasoning === "" ? "" : colours.dim(`  — ${suggestion.reasoning.replaceAll("\n", " ")}`);
  return `${colours.cyan(place)}  ${suggestion.rule}  ${suggestion.message}${reasoning}`;
}

// --- notice and parts

function noticeLines(notice: NoticeCard, paper: Paper): string[] {
  const { colours } = paper;
  const marks = { info: colours.magenta("›"), refusal: colours.yellow("!"), error: colours.red("✗") };
  return [
    ...wrapped(notice.text, paper, { indent: 0, label: `${marks[notice.tone]} ` }),
    ...(notice.help === null ? [] : wrapped(colours.dim(notice.help), paper, { indent: 2 })),
  ];
}

function risk(value: Risk, { colours }: TextStyle): string {
  const paint = { read: colours.green, change: colours.yellow, destructive: colours.red }[value];
  return paint(riskWords[value]);
}

function fact(label: string, text: string, paper: Paper, indent: number): string[] {
  return text === "" ? [] : wrapped(text, paper, { indent, label: paper.colours.dim(label.padEnd(10)) });
}

function actionLines(card: Pick<Exclude<Card, NoticeCard>, "actions">, paper: Paper, more: readonly string[] = []): string[] {
  const { colours } = paper;
  const keys = (paper.keys ? actionKeys(card.actions) : []).map(({ key, action }) => {
    const paint = { primary: colours.green, danger: colours.red, plain: (text: string) => text }[action.style];
    return `${colours.bold(paint(`[${key}]`))} ${action.label}`;
  });
  const all = [...more, ...keys];
  return all.length === 0 ? [] : ["", ...wrapped(all.join("   "), paper, { indent: 2 })];
}
