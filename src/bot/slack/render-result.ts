import { durationWords } from "../../time-words.ts";
import { visibleLine } from "../../visible-text.ts";
import type { CardSuggestion, ResultCard, ResultStep } from "../cards.ts";
import { actionBlocks } from "./action-blocks.ts";
import type { Paper } from "./paper.ts";
import { asBold, bold, bullets, code, output, paragraph, rich, text, type Block, type Piece, type RichPart } from "./rich-text.ts";
import { slackUser, toldPieces } from "./told-people.ts";
import { plural, stateMark, stateWords } from "./words.ts";

/** Of the first failing task. */
const errorLines = 10;
const shownSuggestions = 3;

export function resultBlocks(result: ResultCard, paper: Paper): Block[] {
  const facts = [
    `${result.purpose === "preview" ? "preview" : "run"} ${result.runNumber} ${stateWords(visibleLine(result.state))}`,
    ...(result.durationSeconds === null ? [] : [durationWords(result.durationSeconds)]),
    ...(result.audit === null ? [] : [`audit entry ${result.audit.entry}`]),
    ...(result.audit === null || result.audit.commit === null ? [] : [`commit ${visibleLine(result.audit.commit.slice(0, 10))}`]),
  ];
  const steps = paper.items(result.steps);
  const failing = result.steps.find((step) => step.state === "failed" || step.state === "timeout");
  const parts = steps.shown.map((step) => stepParts(step, step === failing, paper));
  return [
    ...rich(
      paragraph(text(`${stateMark(result.state)} `), ...paper.text(result.verdict).map(asBold)),
      paragraph(
        ...toldPieces(
          result.tell.filter((account) => slackUser(account) !== undefined),
          paper,
        ),
        text(facts.join(" · ")),
      ),
    ),
    ...(parts.length <= 15 ? parts.flatMap((part) => rich(...part)) : rich(...parts.flat())),
    ...(steps.more === null ? [] : rich(paragraph(text("Steps: "), ...steps.more))),
    ...actionBlocks(result.actions, paper),
  ];
}

function stepParts(step: ResultStep, failing: boolean, paper: Paper): RichPart[] {
  const reason = [...new Set([step.reason, step.errorCode])].filter((part) => part !== null).join(" · ");
  const errors = [...step.keyErrors, ...(step.errorText === null ? [] : [step.errorText])].join("\n");
  return [
    paragraph(
      bold(`${stateMark(step.state)} ${step.order}. ${paper.name(step.name)}`),
      text(` · ${stateWords(paper.name(step.state))}`),
      ...(reason === "" ? [] : [text(": "), ...paper.text(reason)]),
      text("\n"),
      code(paper.name(step.playbookPath)),
      ...fewHosts(step, paper),
    ),
    ...hostParts(step, paper),
    ...(errors === "" ? [] : [output(paper.output(errors, failing ? errorLines : 3))]),
    ...saidParts(step, paper),
    ...suggestionParts(step, paper),
  ];
}

const counted = ["ok", "changed", "failed", "skipped", "unreachable"] as const;

/** Up to so many hosts are words behind the playbook; more are a table. */
const mostAsWords = 2;

function fewHosts({ hosts }: ResultStep, paper: Paper): Piece[] {
  if (hosts.length > mostAsWords) return [];
  return hosts.flatMap((host) => {
    const counts = counted.filter((name) => host[name] > 0).map((name) => `${host[name]} ${name}`);
    return [text(" · "), code(paper.name(host.host)), text(` ${counts.join(", ") || "nothing done"}`)];
  });
}

function hostParts(step: ResultStep, paper: Paper): RichPart[] {
  if (step.hosts.length <= mostAsWords) return [];
  // What needs a look comes first, so that it is never among those left out.
  const bad = (host: ResultStep["hosts"][number]): number => -(host.failed + host.unreachable);
  const { shown, more } = paper.details(step.hosts.toSorted((one, other) => bad(one) - bad(other)));
  const names = shown.map((host) => paper.name(host.host));
  const width = Math.min(40, Math.max(4, ...names.map((name) => name.length)));
  const table = [
    `${"host".padEnd(width)}  ${counted.join("  ")}`,
    ...shown.map(
      (host, index) =>
        `${(names[index] ?? "").padEnd(width)}  ${counted.map((name) => String(host[name]).padStart(name.length)).join("  ")}`,
    ),
  ];
  return [output(table.join("\n")), ...(more === null ? [] : [paragraph(text("hosts: "), ...more)])];
}

/** What the playbook itself reports: a text once, with all hosts that report it. */
function saidParts(step: ResultStep, paper: Paper): RichPart[] {
  const groups = [...Map.groupBy(step.said, ({ task, text: said }) => JSON.stringify([task, said])).values()];
  const { shown, more } = paper.details(groups, 10);
  return [
    ...shown.flatMap((same): RichPart[] => {
      const said = same[0]?.text ?? "";
      const hosts = same.map(({ host }) => host);
      const repeats = hosts.length === 1 && said.startsWith(hosts[0] ?? "");
      return [...(repeats ? [] : [paragraph(...paper.names(hosts), text(" said:"))]), output(paper.output(said))];
    }),
    ...(more === null ? [] : [paragraph(text("said: "), ...more)]),
  ];
}

function suggestionParts(step: ResultStep, paper: Paper): RichPart[] {
  if (step.suggestionsTotal === 0 && step.suggestions.length === 0) return [];
  const { shown, more } = paper.details(step.suggestions, shownSuggestions);
  const unlisted = step.suggestionsTotal - step.suggestions.length;
  return [
    paragraph(
      bold(`💡 ${plural(Math.max(step.suggestionsTotal, step.suggestions.length), "suggestion")}`),
      ...(step.suggestionsTrend === undefined ? [] : [text(`, ${step.suggestionsTrend}`)]),
    ),
    ...bullets([
      ...shown.map((suggestion) => suggestionPieces(suggestion, paper)),
      ...(more === null ? [] : [more]),
      ...(unlisted > 0 ? [[text(`${unlisted} further ones: `), code("chiffon playbooks lint")]] : []),
    ]),
  ];
}

function suggestionPieces(suggestion: CardSuggestion, paper: Paper): Piece[] {
  const place = `${suggestion.path}${suggestion.line === null ? "" : `:${suggestion.line}`}`;
  return [
    code(paper.name(place)),
    text(` ${paper.name(suggestion.category)}, ${paper.name(suggestion.rule)}: `),
    ...paper.text(suggestion.message),
    ...(suggestion.reasoning === "" ? [] : [text("\n"), ...paper.text(suggestion.reasoning)]),
  ];
}
