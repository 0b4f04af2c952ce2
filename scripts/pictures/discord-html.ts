import type { APIModalInteractionResponseCallbackData } from "discord.js";
import type { DiscordMessage } from "../../src/bot/discord/render-card.ts";
import { html, shownMoment, shownNow } from "./html.ts";

export interface DiscordEntry {
  readonly from: "chiffon" | "alice" | "bob";
  readonly time: string;
  readonly body: string;
  /** "Only you can see this". */
  readonly privately?: true;
  /** The name of the thread that hangs on a channel's message. */
  readonly thread?: string;
}

const people = { chiffon: "Chiffon", alice: "alice", bob: "bob" } as const;
const memberNames: Readonly<Record<string, string>> = { "400000000000000001": "alice", "400000000000000002": "bob" };

export function discordEntry({ from, time, body, privately, thread }: DiscordEntry): string {
  return `<div class="entry${privately === true ? " privately" : ""}"><div class="face ${from}">${html(people[from].slice(0, 1).toUpperCase())}</div>
    <div class="said"><div class="who"><b>${html(people[from])}</b>${from === "chiffon" ? '<span class="app">APP</span>' : ""}<span class="time">${html(time)}</span></div>
    ${body}${thread === undefined ? "" : `<div class="thread"><b>${html(thread)}</b> <a>4 messages ›</a></div>`}
    ${privately === true ? '<div class="only">👁 Only you can see this · <a>Dismiss message</a></div>' : ""}</div></div>`;
}

export function discordPage(title: string, entries: readonly string[]): string {
  return `<div class="pane"><div class="bar"><b>${html(title)}</b></div>${entries.join("")}</div>`;
}

export function discordMessage({ content, embeds, components }: DiscordMessage): string {
  return [
    ...(content === "" ? [] : [`<div class="text">${markdown(content)}</div>`]),
    ...embeds.map((embed) => {
      const fields = (embed.fields ?? []).map(
        (field) =>
          `<div class="${field.inline === true ? "inline" : "whole"}"><b>${markdown(field.name)}</b><div>${markdown(field.value)}</div></div>`,
      );
      return `<div class="embed" style="border-color:#${(embed.color ?? 0).toString(16).padStart(6, "0")}">
        ${embed.title === undefined ? "" : `<div class="title">${markdown(embed.title)}</div>`}
        ${embed.description === undefined ? "" : `<div class="text">${markdown(embed.description)}</div>`}
        ${fields.length === 0 ? "" : `<div class="fields">${fields.join("")}</div>`}
        ${embed.footer === undefined ? "" : `<div class="footer">${html(embed.footer.text)}</div>`}</div>`;
    }),
    ...components.map((row) => `<div class="actions">${row.components.map(componentHtml).join("")}</div>`),
  ].join("");
}

const buttonStyles = ["", "primary", "plain", "good", "danger", "plain"];

function componentHtml(component: object): string {
  const one = component as { readonly label?: string; readonly style?: number; readonly placeholder?: string };
  if (one.label === undefined) return `<div class="field select">${html(one.placeholder ?? "Make a selection")}<span>⌄</span></div>`;
  return `<span class="button ${buttonStyles[one.style ?? 2] ?? ""}">${html(one.label)}</span>`;
}

export function discordModal(modal: APIModalInteractionResponseCallbackData): string {
  const rows = modal.components.map((row) => {
    const label = row as {
      readonly content?: string;
      readonly label?: string;
      readonly description?: string;
      readonly component?: {
        readonly placeholder?: string;
        readonly value?: string;
        readonly required?: boolean;
        readonly style?: number;
        readonly options?: readonly { readonly label: string; readonly default?: boolean }[];
      };
    };
    if (label.content !== undefined) return `<div class="text">${markdown(label.content)}</div>`;
    const { placeholder = "", value, required = true, style, options } = label.component ?? {};
    const chosen = options?.find((option) => option.default === true)?.label;
    const field =
      options === undefined
        ? `<div class="field${style === 2 ? " tall" : ""}">${value === undefined ? `<span class="empty">${html(placeholder)}</span>` : html(value)}</div>`
        : `<div class="field select">${html(chosen ?? "Make a selection")}<span>⌄</span></div>`;
    return `<label>${html(label.label)}${required ? '<span class="needed"> *</span>' : ""}</label>${label.description === undefined ? "" : `<div class="hint">${html(label.description)}</div>`}${field}`;
  });
  return `<div class="modal"><div class="modal-title"><span class="face small chiffon">C</span><b>${html(modal.title)}</b></div>
    <div class="modal-body">${rows.join("")}</div><div class="modal-end"><span class="button plain">Cancel</span><span class="button primary">Submit</span></div></div>`;
}

/** The marks that the cards use. What is escaped with a backslash is a letter like any other. */
function markdown(source: string): string {
  const kept: string[] = [];
  const keep = (shown: string): string => `\uE000${kept.push(shown) - 1}\uE001`;
  const held = source
    .replace(/```(?:\w*\n)?([\s\S]*?)```\n?/g, (_, code: string) => keep(`<pre>${html(code.replace(/\n$/, ""))}</pre>`))
    .replace(/(`+)(.+?)\1/g, (_, _marks: string, code: string) => keep(`<code>${html(code.trim())}</code>`))
    .replace(/\\([^A-Za-z0-9\s])/g, (_, letter: string) => keep(html(letter)))
    .replace(/<@(\d+)>/g, (_, id: string) => keep(`<a class="mention">@${html(memberNames[id] ?? id)}</a>`))
    .replace(/<t:(\d+):R>/g, (_, seconds: string) => keep(html(relative(Number(seconds)))))
    .replace(/<t:(\d+)(?::\w)?>/g, (_, seconds: string) =>
      keep(`<span class="moment">${html(shownMoment(new Date(Number(seconds) * 1000).toISOString()))}</span>`),
    );
  const lines = html(held)
    .replace(/\*\*(.+?)\*\*/g, "<b>$1</b>")
    .replace(/(^|[^\w])_(.+?)_(?!\w)/g, "$1<i>$2</i>")
    .split("\n")
    .map((line) =>
      /^(&#62;) /.test(line)
        ? `<blockquote>${line.slice(6)}</blockquote>`
        : line.startsWith("-# ")
          ? `<small>${line.slice(3)}</small>`
          : line,
    );
  return lines
    .join("\n")
    .replaceAll("</blockquote>\n", "</blockquote>")
    .replace(/\uE000(\d+)\uE001/g, (_, place: string) => kept[Number(place)] ?? "");
}

function relative(seconds: number): string {
  const minutes = Math.round((seconds * 1000 - shownNow.getTime()) / 60_000);
  const size = Math.abs(minutes) >= 90 ? `${Math.round(Math.abs(minutes) / 60)} hours` : `${Math.abs(minutes)} minutes`;
  return minutes >= 0 ? `in ${size}` : `${size} ago`;
}

export const discordStyle = `
body { margin: 0; background: #313338; color: #dbdee1; font: 15px/1.4 "Liberation Sans", "DejaVu Sans", Arial, sans-serif; }
.pane { padding-bottom: 14px; }
.bar { border-bottom: 1px solid #26272b; padding: 12px 18px; color: #f2f3f5; }
.entry { display: flex; gap: 14px; padding: 9px 18px; } .privately { background: #38395266; border-left: 2px solid #5865f2; }
.face { width: 40px; height: 40px; border-radius: 50%; color: #fff; font-weight: bold; display: grid; place-items: center; flex: none; }
.face.small { width: 22px; height: 22px; font-size: 11px; }
.chiffon { background: linear-gradient(135deg, #7c5cbf, #d27fae); } .alice { background: #2f7d6b; } .bob { background: #b0642d; }
.said { flex: 1; min-width: 0; } .who b { color: #f2f3f5; }
.app { background: #5865f2; color: #fff; font-size: 10px; font-weight: bold; border-radius: 3px; padding: 1px 4px; margin-left: 5px; vertical-align: 1px; }
.time { color: #949ba4; font-size: 12px; margin-left: 8px; }
.text, .fields div { white-space: pre-wrap; overflow-wrap: anywhere; }
.embed { background: #2b2d31; border-left: 4px solid; border-radius: 4px; padding: 10px 14px 13px; margin: 4px 0; max-width: 516px; font-size: 14px; }
.title { color: #f2f3f5; font-weight: bold; font-size: 16px; margin-bottom: 6px; } .embed b { color: #f2f3f5; }
.fields { display: flex; flex-wrap: wrap; gap: 8px 16px; margin-top: 8px; } .fields .inline { flex: 1 1 28%; } .fields .whole { flex: 1 1 100%; }
.footer { font-size: 12px; color: #b5bac1; margin-top: 8px; }
blockquote { border-left: 4px solid #4e5058; margin: 0; padding-left: 12px; } small { color: #949ba4; font-size: 12px; }
code { font: 12px "DejaVu Sans Mono", monospace; background: #1e1f22; border-radius: 3px; padding: 1px 4px; }
pre { font: 12px/1.4 "DejaVu Sans Mono", monospace; background: #1e1f22; border: 1px solid #222327; border-radius: 4px; padding: 7px; margin: 4px 0; white-space: pre-wrap; }
a { color: #00a8fc; } .mention { background: #3c4270; color: #c9cdfb; border-radius: 3px; padding: 0 2px; } .moment { background: #3b3d44; border-radius: 3px; padding: 0 2px; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; padding: 4px 0; }
.button { border-radius: 4px; padding: 7px 16px; font-size: 14px; color: #fff; background: #4e5058; }
.button.primary { background: #5865f2; } .button.good { background: #248046; } .button.danger { background: #da373c; }
.only { color: #949ba4; font-size: 12px; padding-top: 4px; }
.thread { background: #2b2d31; border-radius: 6px; padding: 7px 10px; margin-top: 5px; display: inline-block; font-size: 14px; }
.modal { width: 440px; margin: 18px auto; background: #393a41; border-radius: 8px; } .modal-title { display: flex; gap: 8px; align-items: center; padding: 16px; font-size: 18px; color: #f2f3f5; }
.modal-body { padding: 0 16px 12px; } .modal-end { display: flex; justify-content: flex-end; gap: 10px; padding: 14px 16px; }
label { display: block; color: #f2f3f5; font-weight: bold; margin: 12px 0 3px; } .needed { color: #f23f42; } .hint { color: #b5bac1; font-size: 13px; }
.field { background: #1e1f22; border-radius: 4px; padding: 9px 11px; min-height: 21px; margin-top: 5px; } .tall { min-height: 76px; white-space: pre-wrap; } .select { display: flex; justify-content: space-between; flex: 1; max-width: 480px; } .empty { color: #87898c; }
`;
