import { MessageFlags, type APIEmbed } from "discord.js";
import { unreachable } from "../../errors.ts";
import type { Action, LineCard, ListCard, NoticeCard } from "../cards.ts";
import type { CardFile, PostedCard } from "../chat-platform.ts";
import { cardFileName, fullCardFile } from "../card-file.ts";
import { buttonRows, fitted, type Row } from "./buttons.ts";
import { limits } from "./limits.ts";
import { discordUser, escapedLine, person } from "./markup.ts";
import { createPaper, rooms, type Paper, type Room } from "./paper.ts";
import { planEmbeds, type PlanOptions } from "./render-plan.ts";
import { questionParts } from "./render-question.ts";
import { progressEmbed, resultEmbeds } from "./render-run.ts";
import { colours, stateWords } from "./words.ts";

/** A message as Discord takes it: for a new one, an edit and an answer to a click alike. */
export interface DiscordMessage {
  readonly content: string;
  readonly embeds: APIEmbed[];
  readonly components: Row[];
  /** The only people that it pings. */
  readonly allowed_mentions: { readonly parse: []; readonly users: string[]; readonly replied_user: false };
  readonly flags?: MessageFlags.SuppressEmbeds;
}

export interface RenderedCard {
  readonly message: DiscordMessage;
  /** The card says more than the message: `cardFile` has all of it. */
  readonly shortened: boolean;
}

/** A card as a message that keeps to Discord's limits: with all it says if there is room, else the compact form that says so. */
export function renderCard(card: PostedCard, options: PlanOptions, from: Room = "wide"): RenderedCard {
  for (const room of rooms.slice(rooms.indexOf(from))) {
    const rendered = renderIn(card, createPaper(room, cardFileName(card)), options);
    if (fits(rendered.message)) return rendered;
  }
  return bare(card, options);
}

interface Parts {
  readonly content?: string;
  readonly embeds?: APIEmbed[];
  readonly rows?: Row[];
  readonly tell?: readonly string[];
}

function renderIn(card: PostedCard, paper: Paper, options: PlanOptions): RenderedCard {
  const parts = partsOf(card, paper, options);
  return { message: messageOf(parts), shortened: paper.shortened };
}

function messageOf({ content = "", embeds = [], rows = [], tell = [] }: Parts): DiscordMessage {
  return {
    content,
    embeds: embeds.map(withoutEmpty),
    components: rows,
    allowed_mentions: { parse: [], users: [...tell].slice(0, limits.mentionedUsers), replied_user: false },
    // A link in somebody's text is not followed for a picture of it.
    ...(embeds.length === 0 ? { flags: MessageFlags.SuppressEmbeds } : {}),
  };
}

function withoutEmpty(embed: APIEmbed): APIEmbed {
  const { fields, ...rest } = embed;
  return {
    ...rest,
    ...(rest.title === undefined ? {} : { title: fitted(rest.title, limits.embedTitle) }),
    ...(fields === undefined || fields.length === 0
      ? {}
      : {
          fields: fields.map((field) => ({
            ...field,
            name: fitted(field.name, limits.fieldName),
            value: field.value.trim() === "" ? "-" : field.value,
          })),
        }),
  };
}

function partsOf(card: PostedCard, paper: Paper, options: PlanOptions): Parts {
  switch (card.kind) {
    case "plan":
      return withButtons(planEmbeds(card, paper, options), card.actions, paper);
    case "question": {
      const { embeds, rows } = questionParts(card, paper);
      return { embeds, rows };
    }
    case "progress":
      return withButtons([progressEmbed(card, paper)], card.actions, paper);
    case "result":
      return {
        ...withButtons(resultEmbeds(card, paper), card.actions, paper),
        ...toldOf(card.tell, paper, `${card.purpose} ${card.runNumber} ${stateWords(card.state)}`),
      };
    case "notice":
      return noticeParts(card, paper);
    case "list":
      return listParts(card, paper);
    case "line":
      return { content: lineText(card, paper) };
    default:
      return unreachable(card);
  }
}

function withButtons(embeds: APIEmbed[], actions: readonly Action[], paper: Paper): Parts {
  const { rows, left } = buttonRows(actions, limits.rows);
  const note: APIEmbed[] = left.length === 0 ? [] : [{ description: `Without a button here: ${paper.names(left)}`, color: colours.quiet }];
  return { embeds: [...embeds, ...note], rows };
}

/** Only text in `content` pings, and only when a message is new: an edit never does. */
function toldOf(tell: readonly string[], paper: Paper, news = ""): { readonly content: string; readonly tell: readonly string[] } {
  const { shown, more } = paper.items(tell, mostTold);
  const people = [...shown.map(person), ...(more === null ? [] : [more])].join(" ");
  return { content: `${people} ${people === "" ? "" : news}`.trim(), tell: shown.flatMap((account) => discordUser(account) ?? []) };
}

const mostTold = 50;
const toneMarks: Readonly<Record<NoticeCard["tone"], string>> = { info: "", refusal: "🚫 ", error: "⚠️ " };

function noticeParts(notice: NoticeCard, paper: Paper): Parts {
  const { content: people, tell: users } = toldOf(notice.tell ?? [], paper);
  const text = `${toneMarks[notice.tone]}${paper.text(notice.text)}${notice.help === null ? "" : `\n→ ${paper.text(notice.help)}`}`;
  if (notice.output !== undefined || notice.actions !== undefined) {
    const output = notice.output === undefined ? "" : `\n${paper.output(notice.output)}`;
    const embed = { description: `${text}${output}`, color: notice.tone === "info" ? colours.calm : colours.bad };
    return { ...withButtons([embed], notice.actions ?? [], paper), content: people, tell: users };
  }
  const whole = people === "" ? text : `${people} ${text}`;
  if (whole.length <= limits.content) return { content: whole.trim() === "" ? "-" : whole, tell: users };
  return { content: people, embeds: [{ description: text, color: notice.tone === "info" ? colours.calm : colours.bad }], tell: users };
}

/** Buttons stand below all of the text here: each says which item it belongs to. */
function listParts(list: ListCard, paper: Paper): Parts {
  const { shown, more } = paper.items(list.items, 20);
  const unlisted = list.total - list.items.length;
  const lines = [
    ...(list.items.length === 0 ? [paper.text(list.empty)] : []),
    ...shown.map(
      (item, index) => `${index + 1}\\. **${paper.line(item.title)}**${item.detail === "" ? "" : `\n${paper.text(item.detail)}`}`,
    ),
    ...(more === null ? [] : [more]),
    ...(unlisted > 0 ? [`${unlisted} more are not listed.`] : []),
  ];
  const actions = shown.flatMap((item, index) => item.actions.map((action) => ({ ...action, label: `${index + 1}: ${action.label}` })));
  return withButtons([{ title: escapedLine(list.title), description: lines.join("\n"), color: colours.calm }], actions, paper);
}

const lineMarks: Readonly<Record<LineCard["state"], string>> = {
  planning: "💭",
  asking: "❔",
  waiting: "⏳",
  running: "▶️",
  done: "✅",
  failed: "❌",
  closed: "▫️",
  look: "⚠️",
};
const lineRequest = 160;

/** One line; the thread says all of it. */
function lineText(line: LineCard, paper: Paper): string {
  const request = Array.from(line.requestText.replaceAll("\n", " "));
  const shown = paper.line(`${request.slice(0, lineRequest).join("")}${request.length > lineRequest ? "…" : ""}`);
  return `${lineMarks[line.state]} ${person(line.person)}: “${shown}” · **${paper.line(line.stateText)}**`;
}

/** What is left when even the compact form is too long (every letter needs an escape, say): what it is, where all of it stands, the buttons. */
function bare(card: PostedCard, options: PlanOptions): RenderedCard {
  const paper = createPaper("least", cardFileName(card));
  const { rows = [], embeds = [] } = partsOf(card, paper, options);
  const title = embeds[0]?.title;
  const where = cardFileName(card);
  const description = `Too long to be shown here.${where === null ? "" : ` All of it is in ${where} below: read it before you decide.`}`;
  const message = messageOf({ embeds: [{ ...(title === undefined ? {} : { title }), description, color: colours.waiting }], rows });
  return { message, shortened: true };
}

function fits({ content, embeds }: DiscordMessage): boolean {
  let all = 0;
  for (const { title = "", description = "", fields = [], footer } of embeds) {
    all += title.length + description.length + (footer?.text.length ?? 0);
    if (description.length > limits.embedDescription || fields.length > limits.embedFields) return false;
    for (const { name, value } of fields) {
      all += name.length + value.length;
      if (value.length > limits.fieldValue) return false;
    }
  }
  return content.length <= limits.content && embeds.length <= limits.embeds && all <= limits.embedCharacters;
}

/** All of a card that does not fit into its message. */
export function cardFile(card: PostedCard, options: PlanOptions): CardFile | undefined {
  if (card.kind === "line" || !renderCard(card, options).shortened) return undefined;
  return fullCardFile(card) ?? undefined;
}
