/** The names of an inventory as the planner needs them: no variables, no addresses. */
export interface InventoryNames {
  /** Group -> the hosts in it, children included. `all` is always there. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Every host. */
  readonly hosts: readonly string[];
}

/** Names from groups alone (the format of an evaluation set's inventory.json); hosts are gathered from them. */
export function inventoryNames(groups: Readonly<Record<string, readonly string[]>>, hosts: readonly string[] = []): InventoryNames {
  const all = [...new Set([...hosts, ...(groups["all"] ?? []), ...Object.values(groups).flat()])];
  return { groups: { ...groups, all }, hosts: all };
}

/** The hosts that names, groups and `!name` exclusions mean, in the inventory's order. */
export function expandHosts(names: readonly string[], inventory: InventoryNames): string[] {
  const members = (name: string): readonly string[] => inventory.groups[name] ?? [name];
  const excluded = new Set(names.filter((name) => name.startsWith("!")).flatMap((name) => members(name.slice(1))));
  const wanted = new Set(names.filter((name) => !name.startsWith("!")).flatMap(members));
  return inventory.hosts.filter((host) => wanted.has(host) && !excluded.has(host));
}
