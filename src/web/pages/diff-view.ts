import { html } from "hono/html";
import type { PreviewChange } from "../../bot/cards.ts";
import type { Markup } from "./html.ts";
import { plural } from "./words.ts";

/** A page of very many lines would be slow to open; the full log has them. */
const linesAtMost = 2_000;

/** What a preview would change: one fold a host and task. Signs stay in front of the lines, so that colour says nothing alone. */
export function diffView(changes: readonly PreviewChange[]): Markup {
  let room = linesAtMost;
  const views = changes.map(({ step, host, task, diff }, index) => {
    const lines = (diff ?? "").replace(/\n+$/, "").split("\n");
    const shown = diff === null || diff === "" ? [] : lines.slice(0, room);
    room -= shown.length;
    const heading = html`<span class="chip">${host}</span> ${task} <span class="why">step ${step}</span>`;
    if (shown.length === 0) return html`<li><p>${heading}</p></li>`;
    const left = lines.length - shown.length;
    return html`<li><details data-fold="diff-${index}">
      <summary>${heading} <span class="why">${plural(shown.length, "line")}</span></summary>
      <pre class="diff" tabindex="0" aria-label="Difference of ${task} on ${host}">${shown.map(lineView)}</pre>
      ${left === 0 ? "" : html`<p class="why">${plural(left, "more line")} in the full log.</p>`}
    </details></li>`;
  });
  return html`<section class="preview" aria-label="What would change">
    <h3>What would change</h3>
    <ul class="diffs">${views}</ul>
  </section>`;
}

function lineView(line: string): Markup {
  return html`<span class="${kindOf(line)}">${line}
</span>`;
}

function kindOf(line: string): string {
  if (/^(?:\+\+\+|---)(?: |$)/.test(line)) return "file";
  if (line.startsWith("@@")) return "place";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "same";
}
