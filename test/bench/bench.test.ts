import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";

const main = join(import.meta.dirname, "../../bench/main.ts");

const summarySchema = z.object({ runs: z.number().min(1), median: z.number().min(0), p95: z.number(), min: z.number(), max: z.number() });
const documentSchema = z.object({
  format: z.literal("chiffon-bench/1"),
  quick: z.boolean(),
  cpus: z.number(),
  comparisons: z.array(
    z.object({
      name: z.string(),
      rows: z.array(
        z.object({
          case: z.string(),
          unit: z.enum(["ms", "µs", "s"]),
          ours: summarySchema,
          other: z.object({ name: z.string(), summary: summarySchema }).nullable(),
          ratio: z.number().nullable(),
          aim: z.object({ of: z.string(), limit: z.number(), met: z.boolean() }).nullable(),
        }),
      ),
    }),
  ),
});

async function bench(...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  try {
    return { ...(await promisify(execFile)(process.execPath, [main, ...args], { timeout: 110_000 })), code: 0 };
  } catch (error) {
    return z.object({ stdout: z.string(), stderr: z.string(), code: z.number() }).parse(error);
  }
}

test("lists its comparisons, and refuses one that is not there", async () => {
  const { stdout, code } = await bench("--help");
  expect(code).toBe(0);
  for (const name of [
    "run-overhead",
    "against-runner",
    "plan-latency",
    "approval-to-start",
    "start-up",
    "event-loop",
    "callback-cost",
    "chat-load",
  ]) {
    expect(stdout).toContain(name);
  }
  const wrong = await bench("no-such-comparison");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('there is no comparison "no-such-comparison"');
});

test("writes one JSON document on standard output and nothing else there", async () => {
  const { stdout, code } = await bench("callback-cost", "--quick", "--json", "-");
  expect(code).toBe(0);
  const { comparisons } = documentSchema.parse(JSON.parse(stdout));
  expect(comparisons.map((one) => one.name)).toEqual(["callback-cost"]);
  expect(comparisons[0]?.rows.every((row) => row.unit === "µs" && row.other?.name === "no callback")).toBe(true);
});

test("measures a whole run beside bare ansible-playbook, with a table and a file", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "chiffon-bench-test-"));
  try {
    const file = join(folder, "bench.json");
    const { stdout, code } = await bench("run-overhead", "--quick", "--runs", "1", "--json", file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/1 task .*ansible-playbook/);
    const { comparisons, quick } = documentSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    expect(quick).toBe(true);
    expect(comparisons[0]?.rows).toEqual([expect.objectContaining({ case: "1 task", ratio: expect.any(Number) })]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
