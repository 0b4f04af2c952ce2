import type { PostedCard } from "../chat-platform.ts";
import type { Place } from "./place.ts";

/** What threads are called when they are opened: what was asked first. A name that a restart lost is made from the next card. */
export interface ThreadNames {
  /** A message that a thread may hang on. */
  suggest(place: Place | undefined, message: string, text: string): void;
  remember(thread: string, name: string): void;
  of(place: Place, card: PostedCard | undefined): string;
}

const most = 1_000;

export function createThreadNames(): ThreadNames {
  const known = new Map<string, string>();

  function remember(thread: string, name: string): void {
    known.set(thread, name);
    const oldest = known.keys().next().value;
    if (known.size > most && oldest !== undefined) known.delete(oldest);
  }

  return {
    remember,
    suggest(place, message, text) {
      if (place?.kind === "thread" && place.thread === message) remember(message, text);
    },
    of(place, card) {
      const asked = card !== undefined && "requestText" in card ? card.requestText.trim() : "";
      if (asked !== "") return asked;
      return (place.kind === "thread" ? known.get(place.thread) : undefined) ?? "Chiffon";
    },
  };
}
