import type { InventoryNames } from "../../mapping/inventory-names.ts";

/** Hosts that people name together though no group does: "the tills" are till1 and till2. */
export interface HostFamilies {
  /** The inventory with a group more for each family that is no group of its own. */
  readonly inventory: InventoryNames;
  /** The word for a family, and the group that it stands for. */
  readonly words: ReadonlyMap<string, string>;
  /** A name as the inventory has it: what is only a family becomes its hosts. */
  expand(names: readonly string[]): string[];
}

export function hostFamilies(inventory: InventoryNames): HostFamilies {
  const members = new Map<string, string[]>();
  for (const host of inventory.hosts) {
    // crew-boat and supply-boat are boats.
    const end = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*-([a-z]{3,})\d*$/i.exec(host)?.[1]?.toLowerCase();
    const start = /^([a-z]{3,})(?:-?\d+|-[a-z0-9-]+)?$/i.exec(host)?.[1]?.toLowerCase();
    if (start !== undefined) members.set(start, [...(members.get(start) ?? []), host]);
    if (end !== undefined && end !== start) members.set(end, [...(members.get(end) ?? []), host]);
  }
  const words = new Map<string, string>();
  const own = new Map<string, readonly string[]>();
  for (const [start, hosts] of members) {
    const plural = pluralOf(start);
    if (hosts.length < 2 || inventory.groups[plural] !== undefined || inventory.hosts.includes(plural)) continue;
    const group = Object.entries(inventory.groups).find(([name, list]) => name !== "all" && list.length === hosts.length && hosts.every((host) => list.includes(host)))?.[0];
    words.set(plural, group ?? plural);
    if (group === undefined) own.set(plural, hosts);
  }
  return {
    inventory: { ...inventory, groups: { ...inventory.groups, ...Object.fromEntries(own) } },
    words,
    expand: (names) => [...new Set(names.flatMap((name) => own.get(name.replace(/^!/, ""))?.map((host) => (name.startsWith("!") ? `!${host}` : host)) ?? [name]))],
  };
} // prettier-ignore

export const pluralOf = (word: string): string =>
  /(?:s|x|z|ch|sh)$/.test(word) ? `${word}es` : /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
