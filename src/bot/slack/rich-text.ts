import type { types } from "@slack/bolt";

/**
 * Messages are made of rich text, not of mrkdwn: its pieces are data, so no name, value or log line can ping, format, link or end a code fence.
 * The only people it pings are pieces of the type `user`.
 */
export type Block = types.KnownBlock;
export type Piece = types.RichTextElement;
export type RichBlock = types.RichTextBlock;
export type RichPart = RichBlock["elements"][number];

export interface SlackMessage {
  /** For notifications and screen readers that do not read blocks. */
  readonly text: string;
  readonly blocks: Block[];
}

type Style = NonNullable<types.RichTextText["style"]>;

export function text(value: string, style?: Style): Piece {
  return { type: "text", text: value, ...(style === undefined ? {} : { style }) };
}

export function bold(value: string): Piece {
  return text(value, { bold: true });
}

/** Words of others, bold; people in it stay people. */
export function asBold(piece: Piece): Piece {
  return piece.type === "text" ? bold(piece.text) : piece;
}

export function code(value: string): Piece {
  return text(value, { code: true });
}

export function italic(value: string): Piece {
  return text(value, { italic: true });
}

/** In the reader's zone. */
export function moment(iso: string): Piece {
  const at = new Date(iso);
  return { type: "date", timestamp: Math.floor(at.getTime() / 1000), format: "{date_short_pretty} at {time}", fallback: at.toISOString() };
}

/** Slack refuses a rich text with an empty text piece. */
function solid(pieces: readonly Piece[]): Piece[] {
  const kept = pieces.filter((piece) => piece.type !== "text" || piece.text !== "");
  return kept.length === 0 ? [text(" ")] : kept;
}

export function paragraph(...pieces: readonly Piece[]): RichPart {
  return { type: "rich_text_section", elements: solid(pieces) };
}

export function bullets(rows: readonly (readonly Piece[])[], indent = 0): RichPart[] {
  if (rows.length === 0) return [];
  return [
    {
      type: "rich_text_list",
      style: "bullet",
      indent,
      elements: rows.map((row) => ({ type: "rich_text_section", elements: solid(row) })),
    },
  ];
}

export function quote(...pieces: readonly Piece[]): RichPart {
  return { type: "rich_text_quote", elements: solid(pieces) };
}

/** Output as it is, in a fixed font. */
export function output(value: string): RichPart {
  return { type: "rich_text_preformatted", elements: [{ type: "text", text: value === "" ? " " : value }] };
}

export function rich(...parts: readonly RichPart[]): RichBlock[] {
  return parts.length === 0 ? [] : [{ type: "rich_text", elements: [...parts] }];
}

/** What a person reads in the blocks, as plain text. */
export function plainText(blocks: readonly Block[]): string {
  return blocks
    .flatMap((block) => {
      if (block.type === "header") return [block.text.text];
      if (block.type === "rich_text") return block.elements.map(plainPart);
      return [];
    })
    .join("\n");
}

function plainPart(part: RichPart): string {
  if (part.type === "rich_text_list") return part.elements.map((item) => `- ${plainPart(item as RichPart)}`).join("\n");
  return part.elements.map(plainPiece).join("");
}

function plainPiece(piece: Piece): string {
  switch (piece.type) {
    case "text":
      return piece.text;
    case "link":
      return piece.text ?? piece.url;
    case "user":
      return "";
    case "date":
      return piece.fallback ?? "";
    default:
      return "";
  }
}

/** `text` fields are mrkdwn: what is not escaped there would ping or link. */
export function escapeMarkup(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
