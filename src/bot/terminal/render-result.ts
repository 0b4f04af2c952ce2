import { durationWords } from "../../time-words.ts";
import { visibleData } from "../../visible-text.ts";
import type { ActionId, CardSuggestion, PreviewChange, ResultCard, ResultStep } from "../cards.ts";
import { actionKeys, isSettling } from "./action-keys.ts";
import { actionLines, severalLines, stateMark, stateWords, type CardPaper, type RenderOptions } from "./card-paper.ts";
import { fitted, table, textStyle, wrapped, type TextStyle } from "./text-layout.ts";

export function resultLines(result: ResultCard, paper: CardPaper): string[] {
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
    ...result.steps.flatMap((step) => [...resultStepLines(step, paper, paper.keys ? settlingKeys(result) : noKeys), ""]),
    ...diffLines(result.changes ?? [], paper),
    ...actionLines(result, paper),
  ];
}

/** A screen has room for so many lines of differences; the full log has all of them. */
const diffRoom = 120;

/** What a preview would change, line by line: with it a person decides. The same on several hosts is shown once. */
function diffLines(changes: readonly PreviewChange[], paper: CardPaper): string[] {
  const { colours } = paper;
  const shown = changes.filter(({ diff }) => diff !== null && diff.trim() !== "");
  const groups = Map.groupBy(shown, ({ step, task, diff }) => JSON.stringify([step, task, diff]));
  const lines = [...groups.values()].flatMap((same) => [
    ...wrapped(`${colours.cyan(same.map(({ host }) => host).join(", "))} · ${same[0]?.task ?? ""}`, paper, {
      indent: 2,
      label: `${colours.yellow("~")} `,
    }),
    ...(same[0]?.diff ?? "").trimEnd().split("\n").flatMap((line) => wrapped(paintDiff(line, paper), paper, { indent: 4 })), // prettier-ignore
    "",
  ]);
  if (lines.length <= diffRoom) return lines;
  return [
    ...lines.slice(0, diffRoom),
    ...wrapped(`… ${lines.length - diffRoom} more lines: the full log has them`, paper, { indent: 2 }),
    "",
  ];
}

function paintDiff(line: string, { colours }: CardPaper): string {
  if (line.startsWith("+") && !line.startsWith("+++")) return colours.green(line);
  return line.startsWith("-") && !line.startsWith("---") ? colours.red(line) : line;
}

const counted = ["ok", "changed", "failed", "skipped", "unreachable"] as const;

function resultStepLines(step: ResultStep, paper: CardPaper, keys: SettlingKeys): string[] {
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
    ...suggestionLines(step, paper, keys),
  ];
}

/** What the playbook itself reports: a text once, with all hosts that report it. A host alone is not named again by a text that begins with it. */
function saidLines(step: ResultStep, paper: CardPaper): string[] {
  const label = `${paper.colours.dim("│")} `;
  const groups = Map.groupBy(step.said, ({ task, text }) => JSON.stringify([task, text]));
  return [...groups.values()].flatMap((same) => {
    const hosts = same.map(({ host }) => host).join(", ");
    const text = same[0]?.text ?? "";
    const lines = text.split("\n").flatMap((line) => wrapped(line, paper, { indent: 7, label }));
    return same.length === 1 && text.startsWith(hosts)
      ? lines
      : [...wrapped(paper.colours.dim(`${hosts}:`), paper, { indent: 7, label }), ...lines];
  });
}

/** A table, or one host a paragraph where a table would break. */
function hostTable(rows: readonly (readonly string[])[], paper: CardPaper): string[] {
  const { colours } = paper;
  const lines = table([["", ...counted].map((name) => colours.dim(name)), ...rows], 7);
  if (lines.every((line) => wrapped(line, paper).length === 1)) return lines;
  return rows.flatMap((row) =>
    wrapped(`${row[0]}: ${counted.map((name, index) => `${row[index + 1]} ${name}`).join(", ")}`, paper, { indent: 7 }),
  );
}

/** Only the suggestions of a result: for those that arrive after it was printed. Keys are numbered by what is there: after one is settled they are others. */
export function renderSuggestions(card: ResultCard, options: RenderOptions): string {
  const shown = visibleData(card, severalLines);
  const keys = options.keys === false ? noKeys : settlingKeys(card);
  return shown.steps.flatMap((step) => suggestionLines(step, textStyle(options), keys, `${step.order}. ${step.name}: `)).join("\n");
}

/** What can be typed for a suggestion, by its id. */
type SettlingKeys = ReadonlyMap<string, readonly string[]>;
const noKeys: SettlingKeys = new Map();
const settlingWords: Readonly<Partial<Record<ActionId, string>>> = { apply: "apply", dismiss: "dismiss" };

/** They stand behind the suggestion: labels that name it again would take a line each. */
function settlingKeys(card: ResultCard): SettlingKeys {
  const settling = actionKeys(card.actions).filter(({ action }) => isSettling(action));
  const byId = Map.groupBy(settling, ({ action }) => action.target);
  return new Map([...byId].map(([id, keyed]) => [id, keyed.map(({ key, action }) => `[${key}] ${settlingWords[action.id] ?? ""}`)]));
}

function suggestionLines(
  step: Pick<ResultStep, "suggestions" | "suggestionsTotal" | "suggestionsTrend">,
  style: TextStyle,
  keys: SettlingKeys,
  whose = "",
): string[] {
  if (step.suggestionsTotal === 0 && step.suggestions.length === 0) return [];
  const { colours } = style;
  const shown = step.suggestions.length < step.suggestionsTotal ? `, the first ${step.suggestions.length}` : "";
  const trend = step.suggestionsTrend === undefined ? "" : `, ${step.suggestionsTrend}`;
  return [
    `     ${colours.dim(`${whose}${step.suggestionsTotal} ${step.suggestionsTotal === 1 ? "suggestion" : "suggestions"}${trend}${shown}:`)}`,
    ...step.suggestions.flatMap((suggestion, index) => {
      const known = step.suggestions.slice(0, index).some(({ reasoning }) => reasoning === suggestion.reasoning);
      const text = suggestionText(known ? { ...suggestion, reasoning: "" } : suggestion, style);
      const typed = (keys.get(suggestion.id) ?? []).map((key) => `  ${colours.bold(key)}`).join("");
      return wrapped(`${text}${typed}`, style, { indent: 7 });
    }),
  ];
}

/** Some rules quote a whole schema: what is meant stands at the beginning. */
const messageRoom = 160;

function suggestionText(suggestion: CardSuggestion, { colours }: TextStyle): string {
  const place = `${suggestion.path}${suggestion.line === null ? "" : `:${suggestion.line}`}`;
  const reasoning = suggestion.reasoning === "" ? "" : colours.dim(`  — ${suggestion.reasoning.replaceAll("\n", " ")}`);
  return `${colours.cyan(place)}  ${suggestion.rule}  ${fitted(suggestion.message, messageRoom)}${reasoning}`;
}
