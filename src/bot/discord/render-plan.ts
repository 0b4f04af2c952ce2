import type { APIEmbed } from "discord.js";
import { durationWords } from "../../time-words.ts";
import { visibleValue } from "../../visible-text.ts";
import type { Decided, PlanCard, PlanCardStep, PreviewTable } from "../cards.ts";
import { confirmFieldName } from "./buttons.ts";
import { moment, person, remaining } from "./markup.ts";
import type { Paper } from "./paper.ts";
import { colours, quoted, stateWords } from "./words.ts";

const riskWords: Readonly<Record<PlanCard["risk"], string>> = {
  read: "only reads",
  change: "changes hosts",
  destructive: "⚠️ destructive",
};
const riskColours: Readonly<Record<PlanCard["risk"], number>> = { read: colours.calm, change: colours.waiting, destructive: colours.bad };

export interface PlanOptions {
  /** Plain replies in a thread are heard. */
  readonly readsReplies: boolean;
}

export function planEmbeds(plan: PlanCard, paper: Paper, { readsReplies }: PlanOptions): APIEmbed[] {
  const waits = plan.state === "awaiting_approval";
  const title = `${plan.purpose === "preview" ? "Preview plan" : "Plan"}${plan.version > 1 ? ` version ${plan.version}` : ""}`;
  const steps = paper.items(plan.steps);
  const notes = paper.items(plan.notes, 5);
  const votes = paper.items(plan.votes, 10);
  const description = [
    quoted(plan, paper),
    glance(plan),
    ...(plan.decided === null ? [] : [decision(plan.decided, paper)]),
    ...(plan.stateText === null || saysTheSame(plan) ? [] : [paper.text(plan.stateText)]),
    "",
    ...steps.shown.map((step) => stepText(step, plan.steps.length, paper)),
    ...(steps.more === null ? [] : [`**${steps.more}**`]),
    ...notes.shown.map((note) => `❗ ${paper.text(note)}`),
    ...(notes.more === null ? [] : [notes.more]),
  ].join("\n");
  const facts: NonNullable<APIEmbed["fields"]> = [
    { name: "Risk", value: riskWords[plan.risk], inline: true },
    { name: "Digest", value: paper.name(plan.digestPrefix), inline: true },
    ...(plan.expiresAt === null
      ? []
      : [{ name: "Expires", value: `${moment(plan.expiresAt)} (${remaining(plan.expiresAt)})`, inline: true }]),
    ...(waits ? [{ name: "Who may approve", value: paper.line(plan.approvers) || "nobody" }] : []),
    ...(plan.votes.length === 0
      ? []
      : [{ name: "Votes", value: [...votes.shown.map((vote) => decision(vote, paper)), votes.more ?? ""].join("\n").trim() }]),
    ...plan.actions.flatMap(({ label, confirm }) =>
      confirm === undefined ? [] : [{ name: confirmFieldName(label), value: paper.text(confirm.text) || "Are you sure?" }],
    ),
  ];
  return [
    {
      title: `${title} · ${waits ? "waiting for approval" : stateWords(plan.state)}`,
      description,
      color: waits ? riskColours[plan.risk] : stateColour(plan.state),
      fields: facts,
      ...(waits && !readsReplies ? { footer: { text: "To change it: reply with a mention of me, press Edit or use /chiffon." } } : {}),
    },
    ...(plan.preview === null ? [] : [previewEmbed(plan.preview, paper)]),
  ];
}

/** What a decision needs first, in one line: how much, where, how bad. */
function glance({ steps, risk }: PlanCard): string {
  const hosts = new Set(steps.flatMap((step) => [...step.hosts, ...step.mayAlsoActOn])).size;
  const upTo = steps.some((step) => step.mayAlsoActOn.length > 0) ? "up to " : "";
  return `${counted(steps.length, "step")} on ${upTo}${counted(hosts, "host")} · **${riskWords[risk]}**`;
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

function stateColour(state: string): number {
  if (state === "approved" || state === "nothing_to_do") return colours.good;
  return state === "rejected" || state === "expired" || state === "stale" ? colours.bad : colours.quiet;
}

/** "approved by bob": the decision above says it, with the person and the time as Discord shows them. */
function saysTheSame({ decided, stateText }: PlanCard): boolean {
  return decided !== null && decided.reason === null && stateText?.startsWith(`${decided.decision} by `) === true;
}

function decision({ decision: what, person: who, at, reason }: Decided, paper: Paper): string {
  const mark = what === "approved" ? "✅ Approved" : "🚫 Rejected";
  return `${mark} by ${person(who)} at ${moment(at)}${reason === null ? "" : `: ${paper.line(reason)}`}`;
}

function stepText(step: PlanCardStep, steps: number, paper: Paper): string {
  const variables = paper.items(Object.entries(step.variables));
  const values = variables.shown.map(([name, value]) => paper.name(`${name}=${visibleValue(value)}`)).join(", ");
  const after = step.dependsOn.length === 0 ? "" : ` · after step ${paper.line(step.dependsOn.join(", "))}`;
  const takes = step.expectedSeconds === null ? "" : ` · takes about ${durationWords(step.expectedSeconds)}`;
  return [
    `**${steps > 1 ? `${step.order}. ` : ""}${paper.line(step.name)}**${after}`,
    `playbook ${paper.name(step.playbookPath)} · ${step.confidence.toFixed(2)} ${paper.line(step.method)}`,
    ...(step.why === "" ? [] : [`why: ${paper.text(step.why)}`]),
    `on ${step.hosts.length === 1 ? "1 host" : `${step.hosts.length} hosts`}: ${paper.names(step.hosts)}`,
    ...(step.mayAlsoActOn.length === 0 ? [] : [`⚠️ may also act on: ${paper.names(step.mayAlsoActOn)}`]),
    ...(values === "" ? [] : [`with ${values}${variables.more === null ? "" : ` ${variables.more}`}`]),
    `risk: ${riskWords[step.risk]}${step.riskReason === "" ? "" : ` · ${paper.line(step.riskReason)}`}${takes}`,
    "",
  ].join("\n");
}

function previewEmbed(preview: PreviewTable, paper: Paper): APIEmbed {
  const rows = paper.items(preview.rows);
  const unpredictable = paper.items(preview.unpredictable);
  const nothing = preview.state === "succeeded" && preview.rows.every((row) => row.changes.length === 0);
  const lines = [
    ...rows.shown.map((row) => {
      const changes = paper.items(row.changes);
      const what =
        row.changes.length === 0
          ? "would change nothing"
          : [...changes.shown.map((change) => paper.line(change)), ...(changes.more === null ? [] : [changes.more])].join(" · ");
      return `${paper.name(row.host)} · step ${row.step} · ${what}`;
    }),
    ...(rows.more === null ? [] : [rows.more]),
    ...(nothing && preview.unpredictable.length === 0 ? ["Nothing would change."] : []),
    ...unpredictable.shown.map((task) => `❔ cannot be told beforehand: ${paper.line(task)}`),
    ...(unpredictable.more === null ? [] : [unpredictable.more]),
  ];
  return {
    title: `Preview · run ${preview.runNumber} ${stateWords(preview.state)}`,
    description: lines.join("\n"),
    color: colours.calm,
  };
}
