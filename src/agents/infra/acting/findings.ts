import type { TaskToJudge } from "../../../policy/risk.ts";
import { connectionNamed, connectionOverrides } from "../connection-override.ts";
import { delegatesOf } from "../delegates.ts";
import type { Inventory } from "../inventory.ts";
import { isOff, runningLookups } from "../lookups.ts";
import { isTemplate, textOf, type Mapping } from "../playbook-values.ts";

export const controller = "localhost";
export const controllerNames: ReadonlySet<string> = new Set([controller, "127.0.0.1", "::1"]);

/** What reading a playbook has found of where it acts; it grows as more is read. */
export interface Findings {
  /** Hosts that plays name, and those reached otherwise. */
  readonly playHosts: Set<string>;
  readonly reached: Set<string>;
  /** What cannot be told beforehand, in words. */
  readonly unknown: Set<string>;
  readonly runsInCheckMode: Set<string>;
  readonly tasks: TaskToJudge[];
  /** Some play's own hosts cannot be told beforehand. */
  playsUnknown: boolean;
  /** Groups or hosts are made while it runs, or something that could make them was not read. */
  makesHosts: boolean;
  importsPlaybooks: boolean;
  /** A job that outlives the playbook. */
  startsJobs: boolean;
  /** A `connection:` keyword. */
  connection(block: Mapping, hosts: readonly string[]): void;
  /** Variables of plays, tasks and roles win over those of the inventory. */
  overrides(values: unknown, hosts: readonly string[]): void;
  /** Keywords of a task, block, role or `apply` that say where and how it is carried out. */
  place(block: Mapping, hosts: readonly string[], where: string): void;
  /** Lookups that run something, in YAML or in text. */
  lookups(value: unknown, where: string): void;
}

export function createFindings(inventory: Inventory, variables: Mapping): Findings {
  const findings: Findings = {
    playHosts: new Set(),
    reached: new Set(),
    unknown: new Set(),
    runsInCheckMode: new Set(),
    tasks: [],
    playsUnknown: false,
    makesHosts: false,
    importsPlaybooks: false,
    startsJobs: false,
    /** `connection: local` acts on the controller, except on hosts that have a connection of their own, which wins. */
    connection(block, hosts) {
      const connection = block["connection"];
      if (connection === undefined) return;
      const own = hosts.length > 0 && hosts.every((host) => (inventory.connections[host]?.connection ?? null) !== null);
      const named = own ? null : connectionNamed(connection);
      if (named?.kind === "controller") findings.reached.add(controller);
      else if (named !== null) findings.unknown.add(named.text);
    },
    overrides(values, hosts) {
      for (const one of connectionOverrides(values)) {
        if (one.kind === "unknown") findings.unknown.add(one.text);
        else if (hosts.length === 0 || hosts.some((host) => inventory.connections[host]?.connection !== "local"))
          findings.reached.add(controller);
      }
    },
    place(block, hosts, where) {
      findings.connection(block, hosts);
      delegation(block);
      findings.overrides(block["vars"], hosts);
      const check = block["check_mode"];
      if (isOff(check) || (typeof check === "string" && isTemplate(check))) findings.runsInCheckMode.add(where);
    },
    lookups(value, where) {
      if (value === null || value === undefined) return;
      for (const name of runningLookups(typeof value === "string" ? value : JSON.stringify(value))) {
        findings.runsInCheckMode.add(`${where}: ${name === "unknown" ? "a lookup that cannot be told" : `${name} lookup`}`);
        findings.tasks.push({ module: `a ${name === "unknown" ? "" : `${name} `}lookup`, arguments: {}, neverChanges: false });
      }
    },
  };
  return findings;

  function delegation(task: Mapping): void {
    const to = task["delegate_to"];
    if (to === undefined || to === null) return;
    const loop = task["loop"] ?? task["with_items"] ?? task["with_inventory_hostnames"];
    for (const host of delegatesOf(textOf(to), loop, inventory, variables)) {
      if (host.kind === "own") continue;
      if (host.kind === "unknown") findings.unknown.add(`delegated to ${host.text}`);
      else if (controllerNames.has(host.name) && !inventory.hosts.includes(host.name)) findings.reached.add(controller);
      else if (inventory.hosts.includes(host.name)) findings.reached.add(host.name);
      else findings.unknown.add(`delegated to ${host.name} (not in the inventory)`);
    }
  }
}
