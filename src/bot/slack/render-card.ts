import { unreachable } from "../../errors.ts";
import type { LineCard, ListCard, NoticeCard } from "../cards.ts";
import type { CardFile, PostedCard } from "../chat-platform.ts";
import { cardFileName, fullCardFile } from "../card-file.ts";
import { actionBlocks, cardRow } from "./action-blocks.ts";
import { fitting } from "./buttons.ts";
import { limits } from "./limits.ts";
import { fitsMessage } from "./message-size.ts";
import { createPaper, rooms, type Paper, type People, type Room } from "./paper.ts";
import { planBlocks } from "./render-plan.ts";
import { progressBlocks } from "./render-progress.ts";
import { questionBlocks } from "./render-question.ts";
import { resultBlocks } from "./render-result.ts";
import { mostTold, slackUser, toldPieces } from "./told-people.ts";
import {
  bold,
  bullets,
  escapeMarkup,
  italic,
  output,
  paragraph,
  plainText,
  rich,
  text,
  type Block,
  type SlackMessage,
} from "./rich-text.ts";

export interface RenderedCard extends SlackMessage {
  /** The card is longer than the message: `cardFile` has all of it. */
  readonly shortened: boolean;
  readonly room: Room;
}

/** A card as a message that keeps to Slack's limits: with all it says if there is room, else the compact form that says so. */
export function renderCard(card: PostedCard, people: People, from: Room = "wide"): RenderedCard {
  const tried = rooms.slice(rooms.indexOf(from));
  for (const room of tried) {
    const rendered = renderIn(card, people, room);
    if (fitsMessage(rendered.blocks) || room === "least") return rendered;
  }
  throw new Error("there is always a last room");
}

function renderIn(card: PostedCard, people: People, room: Room): RenderedCard {
  const paper = createPaper(room, people);
  const blocks = withFileName(cardBlocks(card, paper), paper.shortened ? cardFileName(card) : null);
  const told = "tell" in card ? (card.tell ?? []) : [];
  const pings = told.flatMap((account) => slackUser(account) ?? []).map((user) => `<@${user}> `);
  return {
    text: `${pings.slice(0, mostTold).join("")}${notification(plainText(blocks).trim())}`,
    blocks,
    shortened: paper.shortened,
    room,
  };
}

const moreInBlocks = " … (the message says more)";

/** Short enough for an edit too, with room for those who are told. */
function notification(words: string): string {
  const most = limits.messageText - 600;
  const escaped = escapeMarkup(fitting(words, most, moreInBlocks));
  // An escaped character is five long at most.
  return escaped.length <= most ? escaped : escapeMarkup(fitting(words, most / 5, moreInBlocks));
}

/** Said once, above the buttons: who decides must know that there is more. */
function withFileName(blocks: Block[], file: string | null): Block[] {
  if (file === null) return blocks;
  const buttons = blocks.findIndex((block) => block.block_id?.startsWith(cardRow) === true);
  const at = buttons < 0 ? blocks.length : buttons;
  return [...blocks.slice(0, at), ...rich(paragraph(bold(`Not everything fits here: the full text is in ${file}.`))), ...blocks.slice(at)];
}

/** All of a card that does not fit into its message. How people are called does not matter for whether it fits: the longest names are assumed. */
export function cardFile(card: PostedCard, from: Room = "wide"): CardFile | undefined {
  if (card.kind === "line" || !renderCard(card, longNames, from).shortened) return undefined;
  return fullCardFile(card) ?? undefined;
}

const longNames: People = () => ({ name: "x".repeat(80), url: null });

function cardBlocks(card: PostedCard, paper: Paper): Block[] {
  switch (card.kind) {
    case "plan":
      return planBlocks(card, paper);
    case "question":
      return questionBlocks(card, paper);
    case "progress":
      return progressBlocks(card, paper);
    case "result":
      return resultBlocks(card, paper);
    case "notice":
      return noticeBlocks(card, paper);
    case "list":
      return listBlocks(card, paper);
    case "line":
      return lineBlocks(card, paper);
    default:
      return unreachable(card);
  }
}

const toneMarks: Readonly<Record<NoticeCard["tone"], string>> = { info: "", refusal: "🚫 ", error: "⚠️ " };

function noticeBlocks(notice: NoticeCard, paper: Paper): Block[] {
  return [
    ...rich(
      paragraph(...toldPieces(notice.tell ?? [], paper), text(toneMarks[notice.tone]), ...paper.text(notice.text)),
      ...(notice.output === undefined ? [] : [output(paper.output(notice.output))]),
      ...(notice.help === null ? [] : [paragraph(text("→ "), ...paper.text(notice.help))]),
    ),
    ...actionBlocks(notice.actions ?? [], paper),
  ];
}

/** An item and its buttons are two blocks. */
const mostItems = 20;
const mostOfItem = 5;

export function listBlocks(list: ListCard, paper: Paper): Block[] {
  const { shown, more } = paper.items(list.items, mostItems);
  const unlisted = list.total - list.items.length;
  return [
    ...rich(paragraph(bold(paper.name(list.title)), ...(list.items.length === 0 ? [text("\n"), ...paper.text(list.empty)] : []))),
    ...shown.flatMap((item, index) => [
      ...rich(...bullets([[...paper.text(item.title), ...(item.detail === "" ? [] : [text("\n"), ...paper.text(item.detail)])]])),
      ...actionBlocks(item.actions, paper, `item:${index}`, mostOfItem),
    ]),
    ...(more === null ? [] : rich(paragraph(...more))),
    ...(unlisted > 0 ? rich(paragraph(italic(`${unlisted} older ones are not listed.`))) : []),
  ];
}

const lineMarks: Readonly<Record<LineCard["state"], string>> = {
  planning: "💭",
  asking: "❓",
  waiting: "⏳",
  running: "▶️",
  done: "✅",
  failed: "❌",
  closed: "•",
  look: "⚠️",
};
const lineText = 200;

/** One line; the thread below says all of it. */
function lineBlocks(line: LineCard, paper: Paper): Block[] {
  const request = Array.from(paper.name(line.requestText));
  return rich(
    paragraph(
      text(`${lineMarks[line.state]} `),
      ...paper.person(line.person),
      text(`: “${request.slice(0, lineText).join("")}${request.length > lineText ? "…" : ""}” · `),
      ...paper.text(line.stateText).map((piece) => (piece.type === "text" ? bold(piece.text) : piece)),
    ),
  );
}
