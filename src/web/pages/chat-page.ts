import { html } from "hono/html";
import { visibleLine } from "../../visible-text.ts";
import type { WebEntry } from "../entry-store.ts";
import { entryView } from "./entry-view.ts";
import type { Markup } from "./html.ts";
import { layout, mark } from "./layout.ts";

export interface ChatPageOptions {
  readonly repoName: string;
  readonly version: string;
  readonly examples: readonly string[];
  readonly entries: readonly WebEntry[];
  readonly hasEarlier: boolean;
  /** Shows what was before a position, not the newest. */
  readonly isHistory: boolean;
  /** Where the stream goes on from what this page already shows. */
  readonly revision: number;
  readonly now: Date;
  /** Makes a message that is sent twice one message. */
  readonly messageKey: string;
  /** What stands in the composer. */
  readonly draft: string;
}

export function chatPage(options: ChatPageOptions): Markup {
  const { entries, isHistory, now } = options;
  return layout({
    title: `Chiffon · ${visibleLine(options.repoName)}`,
    script: true,
    body: html`<body>
      <a class="skip" href="#text">Skip to the message field</a>
      <header class="top">
        <div class="inner">
          <p class="brand">${mark()} Chiffon</p>
          <p class="repo" title="Chiffon ${options.version}"><span class="unseen">Repository: </span>${visibleLine(options.repoName)}</p>
          <p class="live" data-state="connecting"><span class="word" role="status">connecting</span></p>
          <form method="post" action="/logout"><button class="text-button">Sign out</button></form>
        </div>
      </header>
      <main>
        <h1 class="unseen">Chat with Chiffon</h1>
        ${entries.length === 0 && !isHistory ? emptyState(options) : ""}
        ${earlierLink(options)}
        <div class="entries" id="entries" data-revision="${options.revision}"${isHistory ? html` data-history` : ""}>${entries.map((entry) => entryView(entry, now))}</div>
        ${isHistory ? html`<p class="turn"><a href="/">Back to the newest</a></p>` : ""}
        <p class="thinking" id="thinking" hidden><span aria-hidden="true"><i></i><i></i><i></i></span> <span>making a plan</span></p>
      </main>
      <p class="unseen" id="announcer" role="status" aria-live="polite"></p>
      <div class="composer">
        <a class="newer" id="newer" href="#text" hidden>New below ↓</a>
        <form method="post" action="/messages" id="composer">
          <input type="hidden" name="key" value="${options.messageKey}" />
          <label class="unseen" for="text">What should be done?</label>
          <textarea id="text" name="text" rows="1" required maxlength="20000" autocomplete="off" placeholder="What should be done?" aria-describedby="composer-hint" autofocus>${options.draft}</textarea>
          <button class="button primary">Send</button>
        </form>
        <p class="problem" id="composer-problem" role="alert" hidden></p>
        <p class="hint" id="composer-hint">Nothing runs before you approve its plan. <span class="keys">Enter sends, Shift+Enter starts a new line.</span></p>
        <noscript><p class="hint">Without JavaScript this page does not follow by itself: <a href="/">reload</a> to see news.</p></noscript>
      </div>
    </body>`,
  });
}

function earlierLink({ entries, hasEarlier }: ChatPageOptions): Markup | string {
  return hasEarlier ? html`<p class="turn" id="earlier"><a href="/?before=${entries[0]?.position}">Show earlier</a></p>` : "";
}

function emptyState({ repoName, examples }: ChatPageOptions): Markup {
  return html`<section class="empty" id="empty">
    <h2>What should be done?</h2>
    <p>Say it in your own words. Chiffon answers with a plan made only of the playbooks in <strong>${visibleLine(repoName)}</strong>, and runs it after you approved it.</p>
    <ul>${examples.map((example) => html`<li><a href="/?text=${encodeURIComponent(example)}" data-example="${example}">${visibleLine(example)}</a></li>`)}</ul>
  </section>`;
}
