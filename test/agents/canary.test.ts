import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { AgentBench, until, writeFiles } from "../helpers/agent-bench.ts";
import { canaries, canariesBelow, canariesIn, canariesInProcesses, canaryRepo } from "../helpers/canaries.ts";

const bench = new AgentBench();
const folder = mkdtempSync(join(tmpdir(), "chiffon-canary-"));
afterAll(async () => {
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

test(
  "secrets said in every way, at verbosity 3, leave the agent in no form: preview, run, and a supervisor that is killed",
  { timeout: 300_000 },
  async () => {
    writeFiles(folder, { ".vault_pass": canaries.vaultPassword });
    const place = join(folder, "data", "of-chiffon");
    mkdirSync(join(place, "canary"), { recursive: true });
    // The password file is in the repo's real folder only.
    const files = Object.fromEntries(Object.entries(canaryRepo()).filter(([path]) => !path.startsWith(".")));
    const step = { playbookPath: "deploy-canary.yml", timeLimitSeconds: 300 };
    const plan = { ansibleConfig: { DEFAULT_VAULT_PASSWORD_FILE: ".vault_pass" }, givenVariables: { chiffon_data_dir: place } };
    await bench.agent({ secretsFolder: folder });
    for (const purpose of ["preview", "run"] as const) {
      const { item, events, result } = await bench.run(files, step, { ...plan, purpose });
      expect(result).toMatchObject({ outcome: "failed", summary: { failedTasks: [{ task: "Fail with it" }] } });
      expect(JSON.stringify(events)).toContain("Say ********");
      expect(canariesIn(JSON.stringify([item, events, result]))).toEqual([]);
      expect(canariesBelow(bench.runFolder(item.attemptId))).toEqual([]);
    }
    writeFileSync(join(place, "canary", "hold"), "");
    rmSync(join(place, "canary", "waits"));
    const { item } = bench.submit(files, step, plan);
    await until(() => existsSync(join(place, "canary", "waits")), 120_000);
    expect(canariesInProcesses()).toEqual([]);
    const { pid } = JSON.parse(readFileSync(join(bench.runFolder(item.attemptId), "supervisor.json"), "utf8")) as { pid: number };
    process.kill(pid, "SIGKILL");
    const result = await bench.source.finished(item.attemptId);
    expect(result.outcome).toBe("outcome_unknown");
    expect(canariesBelow(bench.runFolder(item.attemptId))).toEqual([]);
    expect(canariesIn(JSON.stringify(result))).toEqual([]);
  },
);
