import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { cleanEnvironment, findPython } from "../src/agents/infra/environment.ts";
import { home, temporaryFolder } from "./bench-app.ts";
import { aimFor, NotPossible, type Comparison } from "./comparison.ts";
import { summaryOf } from "./statistics.ts";

const outputSchema = z.record(z.string(), z.object({ ours: z.array(z.number()), none: z.array(z.number()) }));

export const callbackCost: Comparison = {
  name: "callback-cost",
  title: "CPU time an event of our callback plugin, against a plugin that does nothing",
  runs: 15,
  async measure({ runs, quick }) {
    const env = cleanEnvironment(process.env);
    const folder = temporaryFolder();
    try {
      const script = join(import.meta.dirname, "callback_cost.py");
      const plugin = join(home, "ansible", "callback_plugins");
      const count = quick ? 500 : 5_000;
      const { stdout } = await promisify(execFile)(findPython(env), [script, plugin, folder.path, String(runs), String(count)], {
        cwd: folder.path,
        env,
      });
      const rows = Object.entries(outputSchema.parse(JSON.parse(stdout))).map(([name, { ours, none }]) => {
        const row = {
          case: name,
          unit: "µs" as const,
          ours: summaryOf(ours),
          other: { name: "no callback", summary: summaryOf(none) },
          ratio: null,
          bestRatio: null,
        };
        return { ...row, aim: aimFor("median", 20, row) };
      });
      return { rows, notes: [`${count} events a round, in process; writing included; two secrets are masked`] };
    } catch (error) {
      if (error instanceof Error && error.message.includes("No module named 'ansible'"))
        throw new NotPossible("this Python has no ansible module");
      throw error;
    } finally {
      folder.remove();
    }
  },
};
