import { existsSync } from "node:fs";
import { join, normalize } from "node:path";
import { AppError } from "../../errors.ts";

const usualPlaces = [
  "inventory/hosts.yml", "inventory/hosts.yaml", "inventory/hosts.ini", "inventory/hosts", "inventory.yml", "inventory.yaml", "inventory.ini",
  "hosts.yml", "hosts.yaml", "hosts.ini", "hosts", "inventories/production", "inventory",
]; // prettier-ignore

/**
 * Where a repo's inventory is, relative to it: what the settings name, else what its ansible.cfg names, else the usual places.
 * Throws `inventory-missing`.
 */
export function inventorySources(repo: string, named: readonly string[] | undefined, config: Readonly<Record<string, unknown>>): string[] {
  if (named !== undefined) return named.map((source) => inside(source));
  const configured = [config["DEFAULT_HOST_LIST"] ?? []].flat().filter((source): source is string => typeof source === "string");
  if (configured.length > 0) return configured.map((source) => inside(source));
  const found = usualPlaces.find((place) => existsSync(join(repo, place)));
  if (found === undefined) {
    throw new AppError("inventory-missing", `${repo} has no inventory that Chiffon can find`, {
      help: "Name it in ansible.cfg (inventory = …) or under `inventory:` in chiffon.yml.",
    });
  }
  return [found];
}

function inside(source: string): string {
  const path = normalize(source);
  if (path.startsWith("/") || path.startsWith("..")) {
    throw new AppError("inventory-refused", `the inventory ${source} lies outside the repo, so it cannot be sealed with a plan`, {
      help: "Move it into the repo.",
    });
  }
  return path.replace(/\/$/, "");
}
