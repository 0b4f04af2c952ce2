import { appendFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { cleanEnvironment, findProgram } from "../src/agents/infra/environment.ts";
import { benchEnvironment, home, openBenchApp, temporaryFolder } from "./bench-app.ts";
import { keepInGit } from "./bench-repo.ts";
import { aimFor, NotPossible, type Comparison, type Row } from "./comparison.ts";
import { interleaved } from "./interleave.ts";
import { timeProgram } from "./run-program.ts";
import { summaryOf } from "./statistics.ts";

/** Looks at an unchanged repo that are one measured value: a single one is too short. */
const looks = 20;

export const lint: Comparison = {
  name: "lint",
  title: "findings of a playbook and of a whole repo, from the warm process, against ansible-lint alone; unchanged content",
  runs: 5,
  async measure({ runs, quick, say }) {
    const env = cleanEnvironment(benchEnvironment());
    try {
      findProgram("ansible-lint", env);
    } catch {
      throw new NotPossible("ansible-lint is not installed (Debian: apt-get install ansible-lint)");
    }
    const folder = temporaryFolder();
    const repo = join(folder.path, "repo");
    cpSync(join(home, "examples", "homelab"), repo, { recursive: true });
    keepInGit(repo);
    const bench = await openBenchApp(repo, join(folder.path, "data"), { warm: true });
    try {
      const { playbooks } = await bench.app.catalog.refresh();
      const all = [...new Set(playbooks.map((playbook) => playbook.driver?.path ?? playbook.path))];
      const compared = async (name: string, paths: readonly string[], ratioAim?: number): Promise<Row> => {
        say(name);
        const ours = {
          name: "chiffon",
          async run() {
            for (const path of paths) appendFileSync(join(repo, path), "# looked at again\n");
            return timed(() => bench.app.lint({ paths }));
          },
        };
        const bare = {
          name: "ansible-lint",
          async run() {
            const args = ["--offline", "-q", "--nocolor", "-f", "json", "--", ...paths];
            const { milliseconds, exitCode } = await timeProgram("ansible-lint", args, { cwd: repo, env });
            if (exitCode !== 0 && exitCode !== 2) throw new Error(`ansible-lint ended with ${exitCode}`);
            return milliseconds;
          },
        };
        return interleaved({ case: name, ...(ratioAim === undefined ? {} : { ratioAim }) }, ours, bare, runs);
      };
      const unchanged = async (name: string, paths: readonly string[]): Promise<Row> => {
        const values: number[] = [];
        await bench.app.lint({ paths });
        for (let round = 0; round < runs * looks; round += 1) values.push(await timed(() => bench.app.lint({ paths })));
        const measured = { case: name, unit: "ms" as const, ours: summaryOf(values), other: null, ratio: null, bestRatio: null };
        return { ...measured, aim: aimFor("median", 20, measured) };
      };
      const [first] = all;
      if (first === undefined) throw new Error("the example repo has no playbooks");
      const rows = [await compared("one playbook, changed", [first], 0.5), await unchanged("one playbook, unchanged", [first])];
      if (quick) return { rows, notes: ["quick: one playbook only"] };
      rows.push(
        await compared(`${all.length} playbooks, all changed`, all, 1.1),
        await unchanged(`${all.length} playbooks, unchanged`, all),
      );
      return { rows, notes: [] };
    } finally {
      await bench.stop();
      folder.remove();
    }
  },
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
