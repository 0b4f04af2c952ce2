import type { InventoryNames } from "../../mapping/inventory-names.ts";

const mostHosts = 64;
const pattern = /\b([a-z][a-z_-]*?)(\d+)(?:\s*(?:-|\.\.\.?)\s*|\s+(?:to|through|thru|bis|until|a|à)\s+)(?:\1)?(\d+)\b/gi;

/** "cn01-cn04", "web1 to web3": each host between, where the inventory has all of them. */
export function withoutRanges(text: string, { hosts }: InventoryNames): string {
  const known = new Set(hosts.map((host) => host.toLowerCase()));
  return text.replace(pattern, (all, prefix: string, first: string, last: string, at: number) => {
    // "move it from web1 to web2" says two ends, not a range.
    if (/\s(?:to|a|à)\s/.test(all) && /\b(?:from|de|von|move|copy|migrate|sync|switch)\b[^,;]*$/i.test(text.slice(0, at))) return all;
    const [from, to] = [Number(first), Number(last)];
    if (to <= from || to - from >= mostHosts) return all;
    const names = Array.from({ length: to - from + 1 }, (_, offset) => `${prefix}${String(from + offset).padStart(first.length, "0")}`);
    return names.every((name) => known.has(name.toLowerCase())) ? names.join(", ") : all;
  });
}
