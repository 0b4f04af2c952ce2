import { html, raw } from "hono/html";
import { assets } from "./assets.ts";
import type { Markup } from "./html.ts";

export interface LayoutOptions {
  readonly title: string;
  /** Pages without live news need no script. */
  readonly script: boolean;
  readonly body: Markup;
}

export function layout({ title, script, body }: LayoutOptions): Markup {
  return html`${raw("<!doctype html>")}
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content" />
    <meta name="color-scheme" content="light dark" />
    <meta name="robots" content="noindex" />
    <title>${title}</title>
    <link rel="icon" type="image/svg+xml" href="${assets.icon.address}" />
    <link rel="stylesheet" href="${assets.style.address}" />
    ${script ? html`<script src="${assets.script.address}" defer></script>` : ""}
  </head>
  ${body}
</html>`;
}

/** A page that says one thing: signing in, signed out, not found. */
export function notePage(title: string, content: Markup): Markup {
  return layout({
    title: `${title} · Chiffon`,
    script: false,
    body: html`<body class="note">
      <main>
        <p class="brand">${mark()} Chiffon</p>
        <h1>${title}</h1>
        ${content}
      </main>
    </body>`,
  });
}

/** Three folds of cloth. */
export function mark(): Markup {
  return html`<svg class="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false">
    <path d="M2 8c4-5 7-5 10 0s6 5 10 0" opacity=".45" /><path d="M2 13c4-5 7-5 10 0s6 5 10 0" opacity=".75" /><path d="M2 18c4-5 7-5 10 0s6 5 10 0" />
  </svg>`;
}
