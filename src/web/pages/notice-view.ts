import { html } from "hono/html";
import type { NoticeCard } from "../../bot/cards.ts";
import { actionsView } from "./actions-view.ts";
import type { CardPaper } from "./card-paper.ts";
import type { Markup } from "./html.ts";

const kinds = { info: "Chiffon", refusal: "Not done", error: "Error" } as const;

export function noticeView({ shown: notice, original, entryId }: CardPaper<NoticeCard>): Markup {
  return html`<div class="tone ${notice.tone}">
    <p class="${notice.tone === "info" ? "unseen" : "kind"}" id="title-${entryId}">${kinds[notice.tone]}</p>
    <p class="text">${notice.text}</p>
    ${notice.output === undefined ? "" : html`<pre tabindex="0" aria-label="Text of files">${notice.output}</pre>`}
    ${notice.help === null ? "" : html`<p class="why">${notice.help}</p>`}
    ${actionsView(entryId, original.actions ?? [])}
  </div>`;
}
