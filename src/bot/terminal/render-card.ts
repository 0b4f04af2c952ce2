import { unreachable } from "../../errors.ts";
import { visibleData } from "../../visible-text.ts";
import type { ActionId, Card, ListCard, ListItem, NoticeCard, PlanCard, QuestionCard } from "../cards.ts";
import { actionKeys } from "./action-keys.ts";
import { actionLines, cardPaper, severalLines, type CardPaper, type RenderOptions } from "./card-paper.ts";
import { planLines } from "./render-plan.ts";
import { progressLines } from "./render-progress.ts";
import { questionLines } from "./render-question.ts";
import { resultLines } from "./render-result.ts";
import { wrapped } from "./text-layout.ts";

/** A card as text: calm, complete (nothing is cut), and safe to print whatever stands in it. */
export function renderCard(card: Card, options: RenderOptions): string {
  const paper = cardPaper(options);
  const lines = renderLines(visibleData(card, severalLines), card, paper).map((line) => line.trimEnd());
  return lines.filter((line, index) => line !== "" || lines[index + 1] !== "").join("\n").trimEnd(); // prettier-ignore
}

function renderLines(shown: Card, card: Card, paper: CardPaper): string[] {
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
    case "list":
      return listLines(shown, paper);
    default:
      return unreachable(shown);
  }
}

function listLines(list: ListCard, paper: CardPaper): string[] {
  const { colours } = paper;
  const more = list.total - list.items.length;
  // Numbered over the whole list, as they are typed.
  const keyed = paper.keys ? actionKeys(list.items.flatMap((item) => item.actions)) : [];
  const keysOf = (item: ListItem): string =>
    keyed
      .filter(({ action }) => item.actions.includes(action))
      .map(({ key, action }) => `  ${colours.bold(`[${key}]`)} ${shortLabels[action.id] ?? action.label}`)
      .join("");
  return [
    colours.bold(list.title),
    ...(list.items.length === 0 ? wrapped(colours.dim(list.empty), paper, { indent: 2 }) : []),
    ...list.items.flatMap((item) => [
      ...wrapped(`${item.title}${keysOf(item)}`, paper, { indent: 2 }),
      ...(item.detail === "" ? [] : wrapped(colours.dim(item.detail), paper, { indent: 4 })),
    ]),
    ...(more > 0 ? wrapped(colours.dim(`and ${more} more`), paper, { indent: 2 }) : []),
  ];
}

/** Beside what it is about, a label need not name it again. */
const shortLabels: Readonly<Partial<Record<ActionId, string>>> = { apply: "apply", dismiss: "dismiss" };

function noticeLines(notice: NoticeCard, paper: CardPaper): string[] {
  const { colours } = paper;
  const marks = { info: colours.magenta("›"), refusal: colours.yellow("!"), error: colours.red("✗") };
  return [
    ...wrapped(notice.text, paper, { indent: 0, label: `${marks[notice.tone]} ` }),
    ...(notice.output ?? "").split("\n").flatMap((line) => (notice.output === undefined ? [] : wrapped(line, paper, { indent: 2 }))),
    ...(notice.help === null ? [] : wrapped(colours.dim(notice.help), paper, { indent: 2 })),
    ...actionLines({ actions: notice.actions ?? [] }, paper),
  ];
}
