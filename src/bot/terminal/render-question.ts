import { choiceText } from "../../form-value.ts";
import { visibleText, visibleValue } from "../../visible-text.ts";
import type { QuestionCard } from "../cards.ts";
import { actionLines, type CardPaper } from "./card-paper.ts";
import { wrapped } from "./text-layout.ts";

export function questionLines(question: QuestionCard, original: QuestionCard, paper: CardPaper): string[] {
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
