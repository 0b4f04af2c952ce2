import { durationWords } from "../../time-words.ts";
import { visibleLine, visibleValue } from "../../visible-text.ts";
import type { Decided, PlanCard, PlanCardStep, PreviewTable } from "../cards.ts";
import { actionBlocks } from "./action-blocks.ts";
import type { Paper } from "./paper.ts";
import {
  asBold,
  bold,
  bullets,
  code,
  italic,
  moment,
  paragraph,
  quote,
  rich,
  text,
  type Block,
  type Piece,
  type RichPart,
} from "./rich-text.ts";
import { plural, riskWords, stateMark, stateWords } from "./words.ts";

export function planBlocks(plan: PlanCard, paper: Paper): Block[] {
  const steps = paper.items(plan.steps);
  const stepParts = steps.shown.map((step) => stepPart(step, plan, paper));
  return [
    titleBlock(plan),
    ...rich(quote(...paper.text(plan.requestText)), glancePart(plan, paper), ...standingParts(plan, paper)),
    // A block a step reads calmly; many steps share one, because a message has fifty blocks.
    ...(stepParts.length <= 15 ? stepParts.flatMap((parts) => rich(...parts)) : rich(...stepParts.flat())),
    ...(steps.more === null ? [] : rich(paragraph(text("Steps: "), ...steps.more))),
    ...rich(...noteParts(plan.notes, paper)),
    ...(plan.preview === null ? [] : rich(...previewParts(plan.preview, paper))),
    ...rich(factPart(plan, paper)),
    ...actionBlocks(plan.actions, paper),
  ];
}

function titleBlock(plan: PlanCard): Block {
  const title = [
    plan.purpose === "preview" ? "Preview plan" : "Plan",
    ...(plan.version > 1 ? [`version ${plan.version}`] : []),
    stateWords(plan.state),
  ];
  return { type: "header", text: { type: "plain_text", text: `${stateMark(plan.state)} ${title.join(" · ")}`.slice(0, 150), emoji: true } };
}

/** What a decision needs first, in one line: who asks, how much, where, how bad. */
function glancePart(plan: PlanCard, paper: Paper): RichPart {
  const hosts = new Set(plan.steps.flatMap((step) => [...step.hosts, ...step.mayAlsoActOn])).size;
  const where = `${plural(plan.steps.length, "step")} on ${plan.steps.some((step) => step.mayAlsoActOn.length > 0) ? "up to " : ""}${plural(hosts, "host")}`;
  const mark = plan.risk === "destructive" ? "⚠️ " : "";
  return paragraph(text("Asked by "), ...paper.person(plan.person), text(` · ${where} · ${mark}`), bold(riskWords[plan.risk]));
}

/** Who decided and when; otherwise why it stands as it stands. */
function standingParts(plan: PlanCard, paper: Paper): RichPart[] {
  const { decided, stateText } = plan;
  const decision =
    decided === null
      ? []
      : [paragraph(bold(decided.decision === "approved" ? "Approved by " : "Rejected by "), ...decisionPieces(decided, paper))];
  const said = decided !== null && (plan.state === "approved" || plan.state === "rejected");
  return [...decision, ...(stateText === null || said ? [] : [paragraph(...paper.text(stateText))])];
}

function decisionPieces(decided: Decided, paper: Paper): Piece[] {
  return [
    ...paper.person(decided.person),
    text(", "),
    moment(decided.at),
    ...(decided.reason === null || decided.reason === "" ? [] : [text(": "), ...paper.text(decided.reason)]),
  ];
}

function stepPart(step: PlanCardStep, plan: PlanCard, paper: Paper): RichPart[] {
  const number = plan.steps.length > 1 ? `${step.order}. ` : "";
  const variables = Object.entries(step.variables).map(([name, value]) => `${visibleLine(name)}=${visibleValue(value)}`);
  const shownVariables = paper.details(variables);
  const takes = step.expectedSeconds === null ? "" : ` · takes about ${durationWords(step.expectedSeconds)}`;
  const rows: Piece[][] = [
    [bold(plural(step.hosts.length, "host")), text(": "), ...paper.names(step.hosts)],
    ...(step.mayAlsoActOn.length === 0 ? [] : [[bold("may also act on: "), ...paper.names(step.mayAlsoActOn)]]),
    ...(variables.length === 0
      ? []
      : [[text("with "), ...spaced(shownVariables.shown.map((one) => code(paper.name(one)))), ...more(shownVariables.more)]]),
    [
      text("risk: "),
      bold(riskWords[step.risk]),
      ...(step.riskReason === "" ? [] : [text(", "), ...paper.text(step.riskReason)]),
      text(takes),
    ],
    [text("playbook "), code(paper.name(step.playbookPath)), text(` · ${step.confidence.toFixed(2)} ${paper.name(step.method)}`)],
    ...(step.why === "" ? [] : [[text("why: "), ...paper.text(step.why)]]),
  ];
  const after = step.dependsOn.length === 0 ? "" : ` · after step ${step.dependsOn.join(", ")}`;
  return [paragraph(bold(`${number}${paper.name(step.name)}`), text(after)), ...bullets(rows)];
}

function noteParts(notes: readonly string[], paper: Paper): RichPart[] {
  if (notes.length === 0) return [];
  const { shown, more: rest } = paper.details(notes);
  return [paragraph(bold("Please note")), ...bullets([...shown.map((note) => paper.text(note)), ...(rest === null ? [] : [rest])])];
}

function previewParts(preview: PreviewTable, paper: Paper): RichPart[] {
  const changing = preview.rows.filter((row) => row.changes.length > 0);
  const still = [...new Set(preview.rows.filter((row) => row.changes.length === 0).map((row) => row.host))];
  const verdict =
    changing.length > 0
      ? `would change ${plural(new Set(changing.map((row) => row.host)).size, "host")}`
      : preview.state === "succeeded"
        ? preview.unpredictable.length === 0
          ? "nothing would change"
          : "no change is foreseen"
        : stateWords(preview.state);
  const rows = paper.details(changing);
  const unpredictable = paper.details(preview.unpredictable);
  return [
    paragraph(bold(`Preview (run ${preview.runNumber}): ${verdict}`)),
    ...bullets([
      ...rows.shown.map((row) => [
        code(paper.name(row.host)),
        text(` step ${row.step}: `),
        ...paper.text(row.changes.map(visibleLine).join("; ")),
      ]),
      ...(rows.more === null ? [] : [rows.more]),
      ...(still.length === 0 ? [] : [[text("no change on "), ...paper.names(still)]]),
      ...unpredictable.shown.map((task) => [text("cannot be told beforehand: "), ...paper.text(task)]),
      ...(unpredictable.more === null ? [] : [[text("cannot be told beforehand: "), ...unpredictable.more]]),
    ]),
  ];
}

function factPart(plan: PlanCard, paper: Paper): RichPart {
  const votes = plan.votes.flatMap((vote, index): Piece[] => [
    text(index === 0 ? "" : "; "),
    text(`${vote.decision} by `),
    ...decisionPieces(vote, paper),
  ]);
  const ends: Piece[] = [
    ...(plan.expiresAt === null ? [] : [text("Expires "), moment(plan.expiresAt)]),
    ...(plan.digestPrefix === "" ? [] : [text(plan.expiresAt === null ? "Digest " : " · digest "), code(visibleLine(plan.digestPrefix))]),
  ];
  const rows: Piece[][] = [
    ...(plan.state === "awaiting_approval" ? [[text("May approve: "), ...paper.text(plan.approvers).map(asBold)]] : []),
    ...(votes.length === 0 ? [] : [[text("So far: "), ...votes]]),
    ...(ends.length === 0 ? [] : [ends]),
    ...(plan.actions.some((action) => action.id === "edit")
      ? [[italic("To change it, say here what should be different, or press Edit.")]]
      : []),
  ];
  return paragraph(...rows.flatMap((row, index) => [text(index === 0 ? "" : "\n"), ...row]));
}

function spaced(pieces: readonly Piece[]): Piece[] {
  return pieces.flatMap((piece, index) => (index === 0 ? [piece] : [text("  "), piece]));
}

function more(pieces: readonly Piece[] | null): Piece[] {
  return pieces === null ? [] : [text("  "), ...pieces];
}
