import { html } from "hono/html";
import type { Markup } from "./html.ts";
import { notePage } from "./layout.ts";

/** The one-time link leads here; only the button signs in, so that a link preview uses nothing up. */
export function loginPage(token: string): Markup {
  return notePage(
    "Open the chat",
    html`<p>This link works once. It makes this browser the local owner for 24 hours: it may approve plans.</p>
      <form method="post" action="/login">
        <input type="hidden" name="token" value="${token}" />
        <button class="button primary" autofocus>Open Chiffon</button>
      </form>`,
  );
}

export function signedOutPage(help: string, linkWasBad: boolean): Markup {
  return notePage(
    linkWasBad ? "This link is used up" : "You are not signed in",
    html`<p>${linkWasBad ? "A link signs in once, within 24 hours." : "Chiffon lets in whoever holds a one-time link from the terminal it runs in."}</p>
      <p>${help}</p>`,
  );
}

export function refusedPage(title: string, text: string): Markup {
  return notePage(title, html`<p>${text}</p><p><a href="/">Back to the chat</a></p>`);
}
