import type { AgentBench } from "./agent-bench.ts";

type AgentOptions = NonNullable<Parameters<AgentBench["agent"]>[0]>;

/** How ansible may be started. What a run tells must be the same on each; a further way is a further row. */
export const waysToStart = {
  "ansible-playbook": {},
  warm: { ansible: { back_end: "ansible-playbook", warm: true } },
  "ansible-runner": { ansible: { back_end: "ansible-runner" } },
} as const satisfies Record<string, AgentOptions>;
export type WayToStart = keyof typeof waysToStart;

const first: WayToStart = "ansible-playbook";
const all = Object.keys(waysToStart) as WayToStart[];

/**
 * The ways on which a case is run. `npm test` runs everything on the first and a part, the cases that are `representative`, on the others;
 * `npm run suite` (CHIFFON_TEST_WAYS=all) everything on each.
 */
export function waysFor(representative: boolean): readonly WayToStart[] {
  const asked = process.env["CHIFFON_TEST_WAYS"];
  if (asked === "all" || (asked === undefined && representative)) return all;
  if (asked === undefined) return [first];
  const named = all.filter((way) => asked.split(",").includes(way));
  if (named.length === 0) throw new Error(`CHIFFON_TEST_WAYS=${asked}: ${all.join(", ")} or all`);
  return named;
}
