import type { types } from "@slack/bolt";
import type { ListCard } from "../cards.ts";
import { limits } from "./limits.ts";
import { charactersOf } from "./message-size.ts";
import { createPaper, rooms, type People } from "./paper.ts";
import { listBlocks } from "./render-card.ts";
import { paragraph, rich, text, type Block } from "./rich-text.ts";

/** A person's own page: what waits for them, what runs, their last runs. */
export function homeView(lists: readonly ListCard[], people: People): types.HomeView {
  for (const room of rooms) {
    const paper = createPaper(room, people);
    const blocks = lists.flatMap((list, index): Block[] => [
      ...(index === 0 ? [] : [{ type: "divider" } as const]),
      ...listBlocks(list, paper).map((block) =>
        block.block_id === undefined ? block : { ...block, block_id: `list:${index}:${block.block_id}` },
      ),
    ]);
    if (blocks.length <= limits.viewBlocks && charactersOf(blocks) <= limits.homeCharacters)
      return {
        type: "home",
        blocks: blocks.length === 0 ? rich(paragraph(text("Nothing here yet. Mention me in a channel, or write to me."))) : blocks,
      };
  }
  return { type: "home", blocks: rich(paragraph(text("There is too much to show here. Write me: mine"))) };
}
