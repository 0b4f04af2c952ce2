import { tmpdir } from "node:os";
import type { ExecutionEnvironment } from "../../src/ansible-settings.ts";
import type { AgentBench } from "./agent-bench.ts";

type AgentOptions = NonNullable<Parameters<AgentBench["agent"]>[0]>;

/** How ansible may be started. What a run tells must be the same on each; a further way is a further row. */
export const waysToStart = {
  "ansible-playbook": {},
  warm: { warm: true },
  "ansible-runner": { ansible: { back_end: "ansible-runner" } },
  container: { ansible: { back_end: "ansible-runner", execution_environment: container(process.env["CHIFFON_TEST_IMAGE"]) } },
} as const satisfies Record<string, AgentOptions>;
export type WayToStart = keyof typeof waysToStart;

const first: WayToStart = "ansible-playbook";
const all = (Object.keys(waysToStart) as WayToStart[]).filter(
  (way) => way !== "container" || process.env["CHIFFON_TEST_IMAGE"] !== undefined,
);

/** Image and engine are the tester's to name, and no engine is asked for without an image. Cases write below the temporary folder, to be looked at outside. */
function container(image = "none"): ExecutionEnvironment {
  return {
    image,
    engine: process.env["CHIFFON_TEST_ENGINE"] === "docker" ? "docker" : "podman",
    options: ["--network=host", `--mount=type=bind,source=${tmpdir()},target=${tmpdir()}`],
  };
}

/**
 * The ways on which a case is run. `npm test` runs everything on the first and a part, the cases that are `representative`, on the others;
 * `npm run suite` (CHIFFON_TEST_WAYS=all) everything on each; in a container where CHIFFON_TEST_IMAGE names an image with ansible.
 */
export function waysFor(representative: boolean): readonly WayToStart[] {
  const asked = process.env["CHIFFON_TEST_WAYS"];
  if (asked === "all" || (asked === undefined && representative)) return all;
  if (asked === undefined) return [first];
  const named = all.filter((way) => asked.split(",").includes(way));
  if (named.length === 0) throw new Error(`CHIFFON_TEST_WAYS=${asked}: ${all.join(", ")} or all`);
  return named;
}
