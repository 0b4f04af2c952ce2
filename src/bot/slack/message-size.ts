import { limits } from "./limits.ts";
import type { Block } from "./rich-text.ts";

export function fitsMessage(blocks: readonly Block[]): boolean {
  return blocks.length <= limits.messageBlocks && charactersOf(blocks) <= limits.messageCharacters;
}

/** Every text that somebody reads, wherever in the blocks it stands. */
export function charactersOf(data: unknown): number {
  if (Array.isArray(data)) return data.reduce<number>((sum, item) => sum + charactersOf(item), 0);
  if (typeof data !== "object" || data === null) return 0;
  return Object.entries(data).reduce(
    (sum, [key, value]) =>
      sum + (typeof value === "string" ? (key === "text" || key === "fallback" ? value.length : 0) : charactersOf(value)),
    0,
  );
}
