import type { Card } from "../../bot/cards.ts";

/** What a view needs: the card as it may be shown, and the original, whose values are sent back. */
export interface CardPaper<C extends Card> {
  readonly shown: C;
  readonly original: C;
  readonly entryId: string;
  readonly now: Date;
}
