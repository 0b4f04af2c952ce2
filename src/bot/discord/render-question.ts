import { ComponentType, type APIEmbed } from "discord.js";
import { visibleValue } from "../../visible-text.ts";
import type { Action, QuestionCard } from "../cards.ts";
import { buttonOf, buttonRows, encodeAction, selectRow, type Row } from "./buttons.ts";
import { limits } from "./limits.ts";
import { escapedLine } from "./markup.ts";
import type { Paper } from "./paper.ts";
import { colours, quoted } from "./words.ts";

export interface QuestionParts {
  readonly embeds: APIEmbed[];
  readonly rows: Row[];
}

/** A row is kept for "Fill in" and the card's own buttons. */
const choiceRows = limits.rows - 1;

export function questionParts(question: QuestionCard, paper: Paper): QuestionParts {
  const { rows, left } = rowsOf(question);
  const problems = paper.items(question.problems);
  const choices = paper.items(question.choices);
  const fields = paper.items(question.fields);
  const description = [
    quoted(question, paper),
    ...problems.shown.map((problem) => `❗ ${paper.text(problem)}`),
    ...(problems.more === null ? [] : [problems.more]),
    "",
    ...choices.shown.flatMap((choice) => {
      const candidates = paper.items(choice.candidates, 10);
      return [
        `Step ${choice.step}, ${paper.line(choice.stepName)}: which playbook?`,
        ...candidates.shown.map((one) => `• ${paper.line(one.name)} · ${paper.name(one.playbook)} · ${one.confidence.toFixed(2)}`),
        ...(candidates.more === null ? [] : [candidates.more]),
      ];
    }),
    ...(choices.more === null ? [] : [choices.more]),
    ...fields.shown.map((field) => {
      const allowed =
        field.choices === null
          ? null
          : paper.items(
              field.choices.map((choice) => visibleValue(choice)),
              12,
            );
      const parts = [
        allowed === null
          ? field.type === "str" || field.type === "raw"
            ? ""
            : field.type
          : `one of ${paper.names(allowed.shown)}${allowed.more === null ? "" : ` ${allowed.more}`}`,
        field.default === null || field.default === undefined ? "" : `default ${paper.name(visibleValue(field.default))}`,
        field.required ? "needed" : "optional",
        field.description === null ? "" : paper.text(field.description),
      ];
      return `• **${paper.line(field.label)}** · ${parts.filter((part) => part !== "").join(" · ")}`;
    }),
    ...(fields.more === null ? [] : [fields.more]),
    ...(question.offer === null ? [] : [paper.text(question.offer)]),
    ...(left.length === 0 ? [] : [`Without a button here: ${paper.names(left)}. Ask again and write the playbook's path.`]),
  ].join("\n");
  return { embeds: [{ title: `❔ ${escapedLine(question.title)}`, description, color: colours.waiting }], rows };
}

/** One button a candidate, or a select where they are many or their names long. */
function rowsOf({ planVersionId: target, choices, fields, actions }: QuestionCard): { rows: Row[]; left: string[] } {
  const rows: Row[] = [];
  const left: string[] = [];
  for (const { step, stepName, candidates } of choices) {
    if (candidates.length === 0) continue;
    const buttons = candidates.map((one) => {
      const label = choices.length > 1 ? `${step}: ${one.name}` : one.name;
      return buttonOf({ id: "choose", label, style: "plain", target, value: `${step}:${one.playbook}` });
    });
    const fitting = buttons.filter((button) => button !== undefined);
    const unique = new Set(fitting.map((button) => button.custom_id)).size === candidates.length;
    if (rows.length === choiceRows) left.push(...candidates.map((one) => one.playbook));
    else if (unique && candidates.length <= limits.rowButtons) rows.push({ type: ComponentType.ActionRow, components: fitting });
    else {
      const offered = candidates.slice(0, limits.selectOptions).filter((one) => one.playbook.length <= limits.optionText);
      const row = selectRow(
        { id: "choose", target, value: `${step}:` },
        `Step ${step}, ${stepName}: which playbook?`,
        offered.map((one) => ({ label: one.name, description: `${one.playbook} · ${one.confidence.toFixed(2)}`, value: one.playbook })),
      );
      if (row !== undefined) rows.push(row);
      left.push(...candidates.filter((one) => row === undefined || !offered.includes(one)).map((one) => one.playbook));
    }
  }
  const fill: Action[] =
    fields.length === 0 || encodeAction({ id: "answer", target }) === undefined
      ? []
      : [{ id: "answer", label: "Fill in", style: "primary", target, asks: true }];
  const own = buttonRows([...fill, ...actions.filter((action) => action.id !== "answer" && action.id !== "choose")], 1);
  return { rows: [...rows, ...own.rows], left: [...left, ...own.left] };
}
