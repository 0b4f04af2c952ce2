import { html } from "hono/html";
import type { Action } from "../../bot/cards.ts";
import { visibleLine, visibleText } from "../../visible-text.ts";
import type { Markup } from "./html.ts";

/** A card's buttons: plain forms, so that they work without the script too. What has a confirmation unfolds it first. */
export function actionsView(entryId: string, actions: readonly Action[]): Markup {
  if (actions.length === 0) return html``;
  return html`<div class="actions">${actions.map((action) => (action.confirm === undefined && action.asks === undefined ? buttonForm(entryId, action) : confirmForm(entryId, action)))}</div>`;
}

export function buttonForm(entryId: string, action: Action): Markup {
  return html`<form method="post" action="/actions" data-act>
    ${hiddenInputs(entryId, action)}
    <button class="button ${action.style}" data-key="${keyOf(action)}">${visibleLine(action.label)}</button>
  </form>`;
}

function confirmForm(entryId: string, action: Action): Markup {
  const word = action.confirm?.typed ?? null;
  const label = visibleLine(action.label);
  return html`<details class="confirm" data-fold="${keyOf(action)}">
    <summary class="button ${action.style}" data-key="${keyOf(action)}">${label} …</summary>
    <form method="post" action="/actions" data-act class="confirm-form">
      ${hiddenInputs(entryId, action)}
      <p>${visibleText(action.confirm?.text ?? "")}</p>
      ${
        word === null
          ? ""
          : html`<label><span>Type <code>${visibleLine(word)}</code> to confirm</span>
              <input name="typed" required autocomplete="off" autocapitalize="off" spellcheck="false" data-key="typed-${keyOf(action)}" /></label>`
      }
      ${
        action.asks === undefined
          ? ""
          : html`<label><span>${askedFor[action.id] ?? "Say more"}</span>
              <input name="typed" ${action.id === "edit" ? "required" : ""} autocomplete="off" data-key="typed-${keyOf(action)}" /></label>`
      }
      <p class="problem" role="alert" hidden></p>
      <button class="button ${action.style} sure" data-key="sure-${keyOf(action)}">${label}</button>
    </form>
  </details>`;
}

const askedFor: Partial<Record<Action["id"], string>> = {
  edit: "What should be different? For example: only on web1",
  reject: "Why? (may be left empty)",
};

export function hiddenInputs(entryId: string, action: Pick<Action, "id" | "target" | "value">): Markup {
  return html`<input type="hidden" name="card" value="${entryId}" /><input type="hidden" name="id" value="${action.id}" /><input type="hidden" name="target" value="${action.target}" />${
    action.value === undefined ? "" : html`<input type="hidden" name="value" value="${action.value}" />`
  }`;
}

/** Names a button over a card's changes, so that it keeps the focus. */
function keyOf(action: Action): string {
  return `${action.id}-${action.target}-${action.value ?? ""}`;
}
