import { html } from "hono/html";
import type { ListCard } from "../../bot/cards.ts";
import { actionsView } from "./actions-view.ts";
import type { CardPaper } from "./card-paper.ts";
import type { Markup } from "./html.ts";
import { plural } from "./words.ts";

export function listView({ shown: list, original, entryId }: CardPaper<ListCard>): Markup {
  const more = list.total - list.items.length;
  return html`<p class="kind" id="title-${entryId}">${list.title}</p>
    ${list.items.length === 0 ? html`<p class="why">${list.empty}</p>` : ""}
    <ul>
      ${list.items.map(
        (item, index) =>
          html`<li>
            <p class="text">${item.title}</p>
            ${item.detail === "" ? "" : html`<p class="why">${item.detail}</p>`} ${actionsView(entryId, original.items[index]?.actions ?? [])}
          </li>`,
      )}
    </ul>
    ${more > 0 ? html`<p class="why">and ${plural(more, "other")}</p>` : ""}`;
}
