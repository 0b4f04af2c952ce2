import { choiceText } from "../../form-value.ts";
import { visibleLine, visibleValue } from "../../visible-text.ts";
import type { Action, FormField, QuestionCard } from "../cards.ts";
import { actionBlocks } from "./action-blocks.ts";
import { choiceSelect } from "./choice-select.ts";
import { limits } from "./limits.ts";
import type { Paper } from "./paper.ts";
import { bold, bullets, code, italic, paragraph, quote, rich, text, type Block, type Piece } from "./rich-text.ts";

/** More candidates than this are a menu. */
const mostButtons = 5;

export function questionBlocks(question: QuestionCard, paper: Paper): Block[] {
  const problems = paper.details(question.problems);
  const fields = paper.details(question.fields);
  const choices = paper.items(question.choices, 20);
  return [
    ...rich(
      paragraph(bold(paper.name(question.title))),
      quote(...paper.text(question.requestText)),
      paragraph(text("Asked by "), ...paper.person(question.person)),
      ...bullets([...problems.shown.map((problem) => paper.text(problem)), ...(problems.more === null ? [] : [problems.more])]),
    ),
    ...choices.shown.flatMap((choice) => choiceBlocks(choice, question, paper)),
    ...(choices.more === null ? [] : rich(paragraph(text("Steps: "), ...choices.more))),
    ...(question.fields.length === 0
      ? []
      : rich(
          paragraph(bold("Needed")),
          ...bullets([...fields.shown.map((field) => fieldPieces(field, paper)), ...(fields.more === null ? [] : [fields.more])]),
        )),
    ...(question.offer === null ? [] : rich(paragraph(...paper.text(question.offer)))),
    ...actionBlocks(actionsOf(question), paper),
    ...(question.fields.length + question.choices.length === 0 ? [] : rich(paragraph(italic("An answer in your own words works too.")))),
  ];
}

/** The one form for all that is missing; some makers of cards name its button themselves. */
function actionsOf({ actions, fields, planVersionId }: QuestionCard): readonly Action[] {
  if (fields.length === 0) return actions;
  const form: Action = { id: "answer", label: "Fill in", style: "primary", target: planVersionId };
  const named = actions.some((action) => action.id === "answer") ? actions : [form, ...actions];
  return named.map((action) => (action.id === "answer" ? { ...action, asks: true } : action));
}

function choiceBlocks(choice: QuestionCard["choices"][number], question: QuestionCard, paper: Paper): Block[] {
  const { step, stepName, candidates } = choice;
  const shown = paper.details(candidates);
  const actions: Action[] = candidates.map((candidate) => ({
    id: "choose",
    label: candidate.name,
    style: "plain",
    target: question.planVersionId,
    value: `${step}:${candidate.playbook}`,
  }));
  const menu = candidates.length > mostButtons ? choiceSelect(actions, `choose:${step}`) : undefined;
  return [
    ...rich(
      paragraph(bold(`Step ${step}, ${paper.name(stepName)}: which playbook?`)),
      ...bullets([
        ...shown.shown.map((candidate) => [
          text(`${paper.name(candidate.name)} `),
          code(paper.name(candidate.playbook)),
          text(` · ${candidate.confidence.toFixed(2)}`),
        ]),
        ...(shown.more === null ? [] : [shown.more]),
      ]),
    ),
    ...(menu === undefined ? actionBlocks(actions, paper, `choose:${step}`, limits.actionElements) : [menu]),
  ];
}

function fieldPieces(field: FormField, paper: Paper): Piece[] {
  const facts = [
    ...(field.type === "str" || field.type === "raw" ? [] : [field.type]),
    ...(field.choices === null ? [] : [`one of ${field.choices.map((choice) => visibleLine(choiceText(choice))).join(", ")}`]),
    ...(field.default === null || field.default === undefined ? [] : [`default ${visibleValue(field.default)}`]),
    ...(field.description === null ? [] : [field.description]),
  ];
  return [bold(paper.name(field.label)), ...(facts.length === 0 ? [] : [text(": "), ...paper.text(facts.join(" · "))])];
}
