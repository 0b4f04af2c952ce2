import type { Action } from "../cards.ts";
import { buttonRows } from "./buttons.ts";
import type { Paper } from "./paper.ts";
import { bullets, paragraph, rich, text, type Block } from "./rich-text.ts";

const mostOfCard = 75;
/** The row of a card's own buttons. */
export const cardRow = "actions";

/** A card's buttons. What is too long to be one is named with the way that works. */
export function actionBlocks(actions: readonly Action[], paper: Paper, row = cardRow, most = mostOfCard): Block[] {
  const { blocks, tooLong } = buttonRows(actions, row, most);
  const { shown, more } = paper.details(tooLong);
  if (tooLong.length === 0) return blocks;
  return [
    ...blocks,
    ...rich(
      paragraph(text("Slack has no button for these; the web page has:")),
      ...bullets([...shown.map((label) => paper.text(label)), ...(more === null ? [] : [more])]),
    ),
  ];
}
