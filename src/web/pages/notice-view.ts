import { html } from "hono/html";
import type { NoticeCard } from "../../bot/cards.ts";
import type { CardPaper } from "./card-paper.ts";
import type { Markup } from "./html.ts";

const kinds = { info: "Chiffon", refusal: "Not done", error: "Error" } as const;

export function noticeView({ shown: notice, entryId }: CardPaper<NoticeCard>): Markup {
  return html`<div class="tone ${notice.tone}">
    <p class="${notice.tone === "info" ? "unseen" : "kind"}" id="title-${entryId}">${kinds[notice.tone]}</p>
    <p class="text">${notice.text}</p>
    ${notice.output === undefined ? "" : html`<pre tabindex="0" aria-label="Changes">${notice.output}</pre>`}
    ${notice.help === null ? "" : html`<p class="why">${notice.help}</p>`}
  </div>`;
}
