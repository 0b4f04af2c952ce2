import type { RunView } from "../orchestrator/views.ts";
import { visibleLine, visibleText } from "../visible-text.ts";
import type { PreviewChange, ResultCard } from "./cards.ts";
import type { CardFile, PostedCard } from "./chat-platform.ts";

/** A card is kept and sent as a whole; the full log has all of it. */
const shownCharacters = 200_000;

/** What a preview would change, by step, host and task, with the differences as far as there is room. */
export function previewChanges(view: RunView): readonly PreviewChange[] {
  let room = shownCharacters;
  return view.steps.flatMap((step) =>
    Object.entries(step.preview?.hosts ?? {}).flatMap(([host, { changes }]) =>
      changes.map(({ task, diff }) => {
        const fits = diff !== null && diff.length <= room;
        if (fits) room -= diff.length;
        return { step: step.order, host, task, diff: fits ? diff : null };
      }),
    ),
  );
}

/** The differences of a preview as one file; null where there is none. */
export function diffFile(card: PostedCard): CardFile | null {
  if (card.kind !== "result") return null;
  const changes = card.changes?.filter(({ diff }) => diff !== null && diff !== "") ?? [];
  return changes.length === 0
    ? null
    : { name: `preview-${card.runNumber}.diff`, title: `What preview ${card.runNumber} would change`, text: textOf(card, changes) };
}

function textOf({ steps }: ResultCard, changes: readonly PreviewChange[]): string {
  return changes
    .map(({ step, host, task, diff }) => {
      const where = `step ${step}, ${steps.find(({ order }) => order === step)?.name ?? ""} · ${host} · ${task}`;
      return `# ${visibleLine(where)}\n${visibleText(diff ?? "").replace(/\n*$/, "\n")}`;
    })
    .join("\n");
}
