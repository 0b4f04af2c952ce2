import type { PolicySettings } from "../policy-settings.ts";
import { controllerNames } from "./matching-rules.ts";
import { fits } from "./name-pattern.ts";

export interface KnownNames {
  readonly hosts: readonly string[];
  readonly groups: readonly string[];
  readonly playbooks: readonly string[];
  readonly services: readonly string[];
}

/**
 * Names in rules that mean nothing in this repo, in words. A mistyped host makes a strict rule one that never matches, so that a milder rule below it
 * decides: nobody would notice.
 */
export function deadNames(settings: PolicySettings, known: KnownNames): readonly string[] {
  const places = new Set([...known.hosts, ...known.groups, ...controllerNames]);
  return settings.rules.flatMap(({ match }, at) => {
    const say = (what: string, name: string): string => `rule ${at + 1}: no ${what} is called "${name}"`;
    return [
      ...(match.hosts ?? []).filter((name) => !places.has(name)).map((name) => say("host or group", name)),
      ...(match.playbook ?? [])
        .filter((pattern) => !known.playbooks.some((path) => fits(pattern, path)))
        .map((name) => say("playbook", name)),
      ...(match.service ?? [])
        .filter((pattern) => !known.services.some((service) => fits(pattern, service)))
        .map((name) => say("service", name)),
    ];
  });
}
