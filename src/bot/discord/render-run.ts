import type { APIEmbed } from "discord.js";
import { durationWords } from "../../time-words.ts";
import type { ProgressCard, ResultCard, ResultStep } from "../cards.ts";
import { remaining } from "./markup.ts";
import type { Paper } from "./paper.ts";
import { colours, stateMark, stateWords } from "./words.ts";

export function progressEmbed(progress: ProgressCard, paper: Paper): APIEmbed {
  const steps = paper.items(progress.steps);
  const lines = [
    ...(progress.waitingReason === null ? [] : [`waits: ${paper.text(progress.waitingReason)}`]),
    ...(progress.startedAt === null ? [] : [`started ${remaining(progress.startedAt)}`]),
    ...steps.shown.map((step) => {
      const done = [`${step.tasksDone} tasks`, `${step.changed} changed`, ...(step.failed > 0 ? [`**${step.failed} failed**`] : [])].join(
        ", ",
      );
      const parts = [
        stateWords(step.state),
        ...(step.tasksDone > 0 ? [done] : []),
        ...(step.reason === null ? [] : [paper.line(step.reason)]),
        ...(step.currentTask === null || step.state !== "running" ? [] : [`now: ${paper.line(step.currentTask)}`]),
      ];
      return `${stateMark(step.state)} ${step.order}. ${paper.line(step.name)} · ${parts.join(" · ")}`;
    }),
    ...(steps.more === null ? [] : [steps.more]),
  ];
  return {
    title: `${progress.purpose === "preview" ? "Preview" : "Run"} ${progress.runNumber} · ${stateWords(progress.state)}`,
    description: lines.join("\n"),
    color: colours.calm,
  };
}

export function resultEmbeds(result: ResultCard, paper: Paper): APIEmbed[] {
  const good = result.state === "succeeded";
  const steps = paper.items(result.steps);
  const what = `${result.purpose === "preview" ? "Preview" : "Run"} ${result.runNumber}`;
  const audit =
    result.audit === null
      ? []
      : [`audit entry ${result.audit.entry}${result.audit.commit === null ? "" : ` · commit ${result.audit.commit.slice(0, 10)}`}`];
  const facts = [
    ...(result.durationSeconds === null ? [] : [durationWords(result.durationSeconds)]),
    ...audit.map((text) => paper.line(text)),
  ];
  const suggestions = suggestionsEmbed(result.steps, paper);
  return [
    {
      title: `${stateMark(result.state)} ${what} · ${stateWords(result.state)}`,
      description: [
        `**${paper.text(result.verdict)}**`,
        ...(facts.length === 0 ? [] : [facts.join(" · ")]),
        "",
        ...steps.shown.map((step) => stepText(step, paper)),
        ...(steps.more === null ? [] : [steps.more]),
      ].join("\n"),
      color: good ? colours.good : result.state === "outcome_unknown" ? colours.waiting : colours.bad,
    },
    ...(suggestions === null ? [] : [suggestions]),
  ];
}

function stepText(step: ResultStep, paper: Paper): string {
  const hosts = paper.items(step.hosts);
  const reasons = [...new Set([step.reason, step.errorCode])].filter((part) => part !== null).map((part) => paper.line(part));
  const errors = paper.items(step.keyErrors, 3);
  return [
    `${stateMark(step.state)} **${step.order}. ${paper.line(step.name)}** · ${stateWords(step.state)}${reasons.length === 0 ? "" : ` · ${reasons.join(" · ")}`}`,
    paper.name(step.playbookPath),
    ...hosts.shown.map((host) => {
      const counts = (["ok", "changed", "failed", "skipped", "unreachable"] as const)
        .filter((name) => name === "ok" || host[name] > 0)
        .map((name) => `${host[name]} ${name}`);
      return `• ${paper.name(host.host)}: ${counts.join(", ")}`;
    }),
    ...(hosts.more === null ? [] : [hosts.more]),
    ...errors.shown.map((error) => paper.output(error)),
    ...(errors.more === null ? [] : [errors.more]),
    ...saidTexts(step, paper),
    ...(step.errorText === null ? [] : [paper.output(step.errorText)]),
    "",
  ].join("\n");
}

/** What the playbook itself reports: a text once, with all hosts that report it. */
function saidTexts(step: ResultStep, paper: Paper): string[] {
  const groups = [...Map.groupBy(step.said, ({ task, text }) => JSON.stringify([task, text])).values()];
  const { shown, more } = paper.items(groups, 5);
  const texts = shown.map((same) => {
    const hosts = same.map(({ host }) => host);
    const text = same[0]?.text ?? "";
    return same.length === 1 && text.startsWith(hosts[0] ?? "\n") ? paper.output(text) : `${paper.names(hosts)}:\n${paper.output(text)}`;
  });
  return more === null ? texts : [...texts, more];
}

function suggestionsEmbed(steps: readonly ResultStep[], paper: Paper): APIEmbed | null {
  const total = steps.reduce((sum, step) => sum + step.suggestionsTotal, 0);
  if (total === 0) return null;
  const { shown } = paper.items(
    steps.flatMap((step) => step.suggestions),
    3,
  );
  const lines = shown.map((one) => {
    const place = `${one.path}${one.line === null ? "" : `:${one.line}`}`;
    const reason = one.reasoning === "" ? "" : ` · ${paper.line(one.reasoning.replaceAll("\n", " "))}`;
    return `• **${paper.line(one.category)}** ${paper.name(place)} ${paper.name(one.rule)}: ${paper.line(one.message)}${reason}`;
  });
  const rest = total - shown.length;
  const trends = steps.flatMap((step) => step.suggestionsTrend ?? []);
  return {
    title: `${total} ${total === 1 ? "suggestion" : "suggestions"}${trends.length === 1 ? `, ${trends.join("")}` : ""}`,
    description: [...lines, ...(rest > 0 ? [`… and ${rest} more`] : [])].join("\n"),
    color: colours.quiet,
  };
}
