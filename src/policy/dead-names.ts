import type { PolicySettings } from "../policy-settings.ts";
import { controllerNames } from "./matching-rules.ts";
import { fits } from "./name-pattern.ts";

/** What the rules can name: the playbooks of the catalog and the names of the inventory. */
interface KnownPlaybooks {
  readonly playbooks: readonly {
    readonly path: string;
    readonly service: string | null;
    readonly driver?: { readonly path: string } | undefined;
  }[];
}
interface KnownPlaces {
  readonly hosts: readonly string[];
  readonly groups: Readonly<Record<string, unknown>>;
}

/**
 * Names in rules that mean nothing in this repo, in words. A mistyped host makes a strict rule one that never matches, so that a milder rule below it
 * decides: nobody would notice.
 */
export function deadNames(settings: PolicySettings, { playbooks }: KnownPlaybooks, { hosts, groups }: KnownPlaces): readonly string[] {
  const places = new Set([...hosts, ...Object.keys(groups), ...controllerNames]);
  const paths = playbooks.map((playbook) => playbook.driver?.path ?? playbook.path);
  const services = playbooks.flatMap((playbook) => playbook.service ?? []);
  return settings.rules.flatMap(({ match }, at) => {
    const say = (what: string, name: string): string => `rule ${at + 1}: no ${what} is called "${name}"`;
    return [
      ...(match.hosts ?? []).filter((name) => !places.has(name)).map((name) => say("host or group", name)),
      ...(match.playbook ?? []).filter((pattern) => !paths.some((path) => fits(pattern, path))).map((name) => say("playbook", name)),
      ...(match.service ?? []).filter((pattern) => !services.some((service) => fits(pattern, service))).map((name) => say("service", name)),
    ];
  });
}
