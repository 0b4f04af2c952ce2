import { unreachable } from "../errors.ts";
import type { Card } from "./cards.ts";
import type { CardFile, PostedCard } from "./chat-platform.ts";
import { renderCard as cardAsText } from "./terminal/render-card.ts";

/** All of a card as a text file, for a message that had room for less; null where there is nothing more to be had. */
export function fullCardFile(card: Card): CardFile | null {
  const name = cardFileName(card);
  // Readers are in many zones, and a file cannot show each their own.
  const text = (): string => cardAsText(card, { colour: false, columns: 160, keys: false, timeZone: "UTC" });
  return name === null ? null : { name, title: `${name}: all of it`, text: `${text()}\n` };
}

/** Null where there is nothing more to be had: a progress card is followed by its result. */
export function cardFileName(card: PostedCard): string | null {
  switch (card.kind) {
    case "plan":
      return `plan-${safe(card.digestPrefix === "" ? card.planVersionId : card.digestPrefix)}.txt`;
    case "question":
      return `question-${safe(card.planVersionId)}.txt`;
    case "result":
      return `${card.purpose === "preview" ? "preview" : "run"}-${card.runNumber}.txt`;
    case "notice":
      return "message.txt";
    case "list":
      return "list.txt";
    case "progress":
    case "line":
      return null;
    default:
      return unreachable(card);
  }
}

function safe(id: string): string {
  return id.replace(/\W/g, "").slice(0, 8);
}
