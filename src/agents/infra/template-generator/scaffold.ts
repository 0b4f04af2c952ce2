import { posix } from "node:path";
import { oneLine, shortened } from "./description.ts";
import { roleFiles } from "./role-files.ts";
import type { ScaffoldFacts, ScaffoldFile } from "./scaffold-facts.ts";
import { roleNameOf, serviceName } from "./service-name.ts";
import { readmeText } from "./readme-text.ts";
import { commentLine, yamlText } from "./yaml-text.ts";

/** What somebody wants a new playbook for. */
export interface ScaffoldWish {
  readonly service: string;
  readonly description?: string | undefined;
  readonly port?: number | undefined;
  /** Names of the inventory, as a play takes them. */
  readonly hosts?: string | undefined;
  readonly become?: boolean | undefined;
}

/** Where new files belong in the repo, relative to it. */
export interface ScaffoldPlaces {
  /** "" is the repo itself. */
  readonly playbooks: string;
  readonly roles: string;
}

export interface Scaffold extends ScaffoldFacts {
  readonly rolesFolder: string;
  /** The playbook first, then its role. */
  readonly files: readonly ScaffoldFile[];
}

/** The eight files of a new playbook with its role: data only, nothing is written. Throws `service-name-refused`. */
export function makeScaffold(wish: ScaffoldWish, places: ScaffoldPlaces): Scaffold {
  const service = serviceName(wish.service);
  const facts: ScaffoldFacts = {
    service,
    role: roleNameOf(service),
    description: oneLine(wish.description) ?? `Deploy ${service}.`,
    port: wish.port ?? 8080,
    hosts: wish.hosts ?? "all",
    become: wish.become ?? true,
    playbookPath: posix.join(places.playbooks, `deploy-${service}.yml`),
  };
  const folder = posix.join(places.roles, facts.role);
  const files = [
    { path: facts.playbookPath, text: playbookText(facts) },
    ...roleFiles(facts).map(({ path, text }) => ({ path: posix.join(folder, path), text })),
    { path: posix.join(folder, "README.md"), text: readmeText(facts) },
    { path: posix.join(folder, "templates/.gitkeep"), text: "" },
    { path: posix.join(folder, "files/.gitkeep"), text: "" },
  ];
  return { ...facts, rolesFolder: places.roles, files };
}

function playbookText({ service, role, description, hosts, become }: ScaffoldFacts): string {
  const play = {
    name: `Deploy ${service}`,
    hosts,
    ...(become ? { become } : {}),
    gather_facts: false,
    tags: [service, "deploy"],
    roles: [{ role }],
  };
  return [
    commentLine(`chiffon:service=${service}`),
    commentLine(`chiffon:description=${shortened(description)}`),
    `---\n${yamlText([play])}`,
  ].join("\n");
}
