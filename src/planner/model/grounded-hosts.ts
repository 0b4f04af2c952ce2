import { expandHosts, type InventoryNames } from "../../mapping/inventory-names.ts";
import type { RequestedStep } from "../decomposition.ts";
import type { ModelStep } from "./model-reply.ts";

/** Undefined: the model means the same hosts as the person's words. Else the question; it names hosts of the inventory only. */
export function differentPlace(model: ModelStep, step: RequestedStep, inventory: InventoryNames): string | undefined {
  // A model that says nothing of hosts says nothing against them: the words decide.
  if (model.hosts.length === 0 && model.not_hosts.length === 0) return undefined;
  const wanted = expandHosts(
    [...(model.hosts.length === 0 ? ["all"] : model.hosts), ...model.not_hosts.map((name) => `!${name}`)],
    inventory,
  );
  const said = expandHosts(step.hosts, inventory);
  if (wanted.length === said.length && wanted.every((host) => said.includes(host))) return undefined;
  const names = (hosts: readonly string[]): string =>
    hosts.length > 5 ? `${hosts.slice(0, 5).join(", ")} and ${hosts.length - 5} more` : hosts.join(", ");
  return `"${step.name}": on ${said.length === 0 ? "the playbook's own hosts" : names(said)}, or on ${names(wanted)}?`;
}
