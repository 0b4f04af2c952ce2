import type { types } from "@slack/bolt";
import { html, shownMoment } from "./html.ts";

type Block = types.AnyBlock;

export interface SlackEntry {
  readonly from: "chiffon" | "alice" | "bob";
  readonly time: string;
  readonly body: string;
  /** "Only visible to you". */
  readonly privately?: true;
  /** "1 reply" under a channel's message. */
  readonly replies?: number;
}

const people = { chiffon: "Chiffon", alice: "Alice Kim", bob: "Bob Okoye" } as const;

export function slackEntry({ from, time, body, privately, replies }: SlackEntry): string {
  const badge = from === "chiffon" ? '<span class="app">APP</span>' : "";
  return `<div class="entry${privately === true ? " privately" : ""}">
    <div class="face ${from}">${html(people[from].slice(0, 1))}</div>
    <div class="said">${privately === true ? '<div class="only">👁 Only visible to you</div>' : ""}
      <div class="who"><b>${html(people[from])}</b>${badge}<span class="time">${html(time)}</span></div>
      ${body}${replies === undefined ? "" : `<div class="replies"><span class="face small chiffon">C</span><b>${replies} replies</b><i>View thread</i></div>`}
    </div></div>`;
}

export function slackPage(title: string, entries: readonly string[]): string {
  return `<div class="pane"><div class="bar"><b>${html(title)}</b></div>${entries.join("")}</div>`;
}

export function slackBlocks(blocks: readonly Block[]): string {
  return `<div class="blocks">${blocks.map(blockHtml).join("")}</div>`;
}

export function slackModal(view: types.ModalView): string {
  const blocks = view.blocks.map(blockHtml).join("");
  return `<div class="modal"><div class="modal-title"><span class="face small chiffon">C</span><b>${html(view.title.text)}</b><span class="x">×</span></div>
    <div class="modal-body">${blocks}</div>
    <div class="modal-end">${button(view.close?.text ?? "Cancel", "plain")}${button(view.submit?.text ?? "Submit", "primary")}</div></div>`;
}

function blockHtml(given: Block): string {
  const block = given as types.KnownBlock;
  switch (block.type) {
    case "header":
      return `<h3>${html(block.text.text)}</h3>`;
    case "rich_text":
      return `<div class="rich">${block.elements.map(partHtml).join("")}</div>`;
    case "section":
      return `<div class="rich"><p>${html(block.text?.text)}</p></div>`;
    case "context":
      return `<div class="context">${block.elements.map((one) => ("text" in one ? html(one.text) : "")).join(" ")}</div>`;
    case "divider":
      return "<hr>";
    case "actions":
      return `<div class="actions">${block.elements.map(elementHtml).join("")}</div>`;
    case "input":
      return `<label>${html(block.label.text)}${block.optional === true ? ' <i class="optional">(optional)</i>' : ""}</label>${elementHtml(block.element)}${block.hint === undefined ? "" : `<div class="hint">${html(block.hint.text)}</div>`}`;
    default:
      throw new Error(`the pictures do not know the block ${block.type}`);
  }
}

function partHtml(part: types.RichTextBlock["elements"][number]): string {
  switch (part.type) {
    case "rich_text_section":
      return `<p>${part.elements.map(pieceHtml).join("")}</p>`;
    case "rich_text_quote":
      return `<blockquote>${part.elements.map(pieceHtml).join("")}</blockquote>`;
    case "rich_text_preformatted":
      return `<pre>${part.elements.map(pieceHtml).join("")}</pre>`;
    case "rich_text_list":
      return `<ul style="margin-left:${(part.indent ?? 0) * 24}px">${part.elements.map((row) => `<li>${row.elements.map((one) => pieceHtml(one)).join("")}</li>`).join("")}</ul>`;
  }
}

function pieceHtml(piece: types.RichTextElement): string {
  switch (piece.type) {
    case "text":
      return styled(html(piece.text), piece.style);
    case "date":
      return html(shownMoment(new Date(piece.timestamp * 1000).toISOString()));
    case "link":
      return `<a>${html(piece.text ?? piece.url)}</a>`;
    case "user":
      return `<a class="mention">@${html(people[piece.user_id === "U1" ? "alice" : "bob"])}</a>`;
    default:
      throw new Error(`the pictures do not know the piece ${piece.type}`);
  }
}

function styled(text: string, style: { bold?: boolean; italic?: boolean; code?: boolean } = {}): string {
  const shown = style.code === true ? `<code>${text}</code>` : text;
  const slanted = style.italic === true ? `<i>${shown}</i>` : shown;
  return style.bold === true ? `<b>${slanted}</b>` : slanted;
}

/** Of an action or input block; only what the cards use. */
function elementHtml(element: unknown): string {
  const one = element as {
    readonly type: string;
    readonly text?: { readonly text: string };
    readonly style?: string;
    readonly placeholder?: { readonly text: string };
    readonly initial_value?: string;
    readonly initial_option?: { readonly text: { readonly text: string } };
    readonly options?: readonly { readonly text: { readonly text: string } }[];
    readonly multiline?: boolean;
  };
  switch (one.type) {
    case "button":
      return button(one.text?.text ?? "", one.style ?? "plain");
    case "static_select":
    case "multi_static_select":
      return `<div class="field select">${html(one.initial_option?.text.text ?? one.placeholder?.text ?? "Select an option")}<span>⌄</span></div>`;
    case "radio_buttons":
    case "checkboxes":
      return `<div class="radios">${(one.options ?? []).map((option) => `<div><span class="radio${option.text.text === one.initial_option?.text.text ? " on" : ""}"></span>${html(option.text.text)}</div>`).join("")}</div>`;
    default:
      return `<div class="field${one.multiline === true ? " tall" : ""}">${one.initial_value === undefined ? `<span class="empty">${html(one.placeholder?.text ?? "")}</span>` : html(one.initial_value)}</div>`;
  }
}

function button(label: string, style: string): string {
  return `<span class="button ${html(style)}">${html(label)}</span>`;
}

export const slackStyle = `
body { margin: 0; background: #fff; color: #1d1c1d; font: 15px/1.47 "Liberation Sans", "DejaVu Sans", Arial, sans-serif; }
.pane { padding-bottom: 12px; }
.bar { border-bottom: 1px solid #e3e2e3; padding: 11px 20px; font-size: 17px; }
.entry { display: flex; gap: 10px; padding: 9px 20px; }
.privately { background: #f8f8f8; }
.only { color: #616061; font-size: 12px; }
.face { width: 36px; height: 36px; border-radius: 8px; color: #fff; font-weight: bold; display: grid; place-items: center; flex: none; }
.face.small { width: 20px; height: 20px; border-radius: 5px; font-size: 11px; }
.chiffon { background: linear-gradient(135deg, #7c5cbf, #d27fae); } .alice { background: #2f7d6b; } .bob { background: #b0642d; }
.said { flex: 1; min-width: 0; }
.app { background: #e8e8e8; color: #454447; font-size: 10px; font-weight: bold; border-radius: 2px; padding: 1px 3px; margin-left: 5px; vertical-align: 1px; }
.time { color: #616061; font-size: 12px; margin-left: 8px; }
p, blockquote, pre, ul { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
ul { padding-left: 26px; } .rich { padding: 2px 0; }
blockquote { border-left: 4px solid #dddddd; padding-left: 12px; margin: 4px 0; }
pre { font: 12px/1.5 "DejaVu Sans Mono", monospace; background: #f8f8f8; border: 1px solid #dddddd; border-radius: 4px; padding: 8px; margin: 4px 0; }
code { font: 12px "DejaVu Sans Mono", monospace; color: #c01343; background: #f6f6f6; border: 1px solid #dddddd; border-radius: 3px; padding: 1px 3px; }
h3 { font-size: 18px; line-height: 1.3; margin: 4px 0 6px; }
a { color: #1264a3; } .mention { background: #e8f1f8; border-radius: 3px; padding: 0 2px; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; padding: 6px 0 4px; }
.button { border: 1px solid #bbbabb; border-radius: 8px; padding: 5px 12px; font-weight: bold; font-size: 14px; background: #fff; }
.button.primary { background: #007a5a; border-color: #007a5a; color: #fff; } .button.danger { background: #e01e5a; border-color: #e01e5a; color: #fff; }
.context { color: #616061; font-size: 13px; padding: 2px 0; }
.replies { display: flex; gap: 6px; align-items: center; font-size: 13px; color: #1264a3; padding-top: 4px; } .replies i { color: #616061; font-style: normal; }
.modal { width: 500px; margin: 18px auto; border-radius: 10px; box-shadow: 0 2px 18px #0004; background: #fff; }
.modal-title { display: flex; gap: 8px; align-items: center; padding: 16px 20px; font-size: 18px; border-bottom: 1px solid #eee; } .x { margin-left: auto; color: #616061; }
.modal-body { padding: 14px 20px; } .modal-end { display: flex; justify-content: flex-end; gap: 10px; padding: 14px 20px; border-top: 1px solid #eee; }
label { display: block; font-weight: bold; margin: 10px 0 5px; } .optional { font-weight: normal; color: #616061; font-style: normal; }
.field { border: 1px solid #9a999b; border-radius: 8px; padding: 8px 12px; min-height: 22px; } .tall { min-height: 84px; white-space: pre-wrap; } .select { display: flex; justify-content: space-between; }
.empty { color: #868686; } .hint { color: #616061; font-size: 13px; padding-top: 4px; }
.radios div { display: flex; gap: 8px; align-items: center; padding: 2px 0; } .radio { width: 14px; height: 14px; border: 1.5px solid #616061; border-radius: 50%; } .radio.on { border: 5px solid #1264a3; width: 7px; height: 7px; }
`;
