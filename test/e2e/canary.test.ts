import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openPglite } from "../../src/db/pglite.ts";
import { canariesBelow, canariesIn, canariesInProcesses, canaryRepo } from "../helpers/canaries.ts";
import { eventually } from "../helpers/e2e-house.ts";
import { alice, bob, createSlackProduct } from "../helpers/e2e-slack.ts";
import { startFakeOllama } from "../helpers/fake-ollama.ts";

const product = await createSlackProduct({ repo: canaryRepo(), lint: true });
const { house, slack, card, click } = product;
const folder = join(house.dataDir, "canary");
const hold = join(folder, "hold");

/** The supervisors' process ids of what runs now, by run folder. */
function supervisors(): { readonly folder: string; readonly pid: number }[] {
  const runs = join(house.dataDir, "agent", "runs");
  return readdirSync(runs).flatMap((name) => {
    const file = join(runs, name, "supervisor.json");
    if (!existsSync(file) || existsSync(join(runs, name, "exit.json"))) return [];
    return [{ folder: join(runs, name), pid: (JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid }];
  });
}

test("a secret is found nowhere: not after a preview, a run and a supervisor that was killed, in no form", async () => {
  const ollama = await startFakeOllama({ say: "nothing that fits the form" });
  const chiffon = await product.start({ OLLAMA_HOST: ollama.url, CHIFFON_MODEL: "llama3.2" });

  const ts = product.ask("deploy canary");
  const plan = await card(ts, "plan", /waiting for approval/);
  // It really runs a task: who may approve may look.
  await click(bob, plan, "Preview changes");
  const previewed = await card(ts, "result", /preview \d+ failed/);
  await click(alice, previewed, "Full log");

  mkdirSync(folder, { recursive: true });
  writeFileSync(hold, "");
  await click(bob, plan, "Approve");
  await eventually(() => existsSync(join(folder, "waits")), undefined, "the run waits");
  expect(canariesInProcesses()).toEqual([]);
  rmSync(hold);
  const failed = await card(ts, "result", /run \d+ failed/);
  await click(alice, failed, "Full log");
  await eventually(() => slack.files.filter((file) => file.completed).length > 1, undefined, "both logs");

  rmSync(join(folder, "waits"));
  writeFileSync(hold, "");
  const again = product.ask("deploy canary");
  await click(bob, await card(again, "plan", /waiting for approval/), "Approve");
  await eventually(() => existsSync(join(folder, "waits")), undefined, "the second run waits");
  const [supervisor] = supervisors();
  process.kill(supervisor?.pid ?? 0, "SIGKILL");
  expect(canariesBelow(supervisor?.folder ?? "")).toEqual([]);
  await card(again, "result", /[Oo]utcome unknown/);
  rmSync(hold);

  const exported = await house.chiffon(["audit", "export"]);
  chiffon.kill("SIGTERM");
  await chiffon.ended;
  expect(ollama.requests.length).toBeGreaterThan(0);
  const files = slack.files.map((file) => file.content?.toString("utf8") ?? "");
  const seen = {
    audit: exported.out + exported.err,
    chat: JSON.stringify(slack.calls) + files.join("\n"),
    prompts: JSON.stringify(ollama.requests),
    output: chiffon.out + chiffon.err,
    rows: await allRows(),
  };
  // The texts are there: what was looked through is what the run said.
  expect(files.join("\n")).toMatch(/Say \*{8}[^]*was not taken/);
  expect(seen.rows).toContain("was not taken");
  expect(Object.fromEntries(Object.entries(seen).map(([where, text]) => [where, canariesIn(text)]))).toEqual({
    audit: [], chat: [], prompts: [], output: [], rows: [],
  }); // prettier-ignore
  rmSync(join(house.dataDir, "..", "written-by-the-canary"), { force: true });
  // The agent's copies of the repo hold what stands there in plain text.
  expect(canariesBelow(house.dataDir).filter((file) => !/^agent\/(?:snapshots|trees)\//.test(file))).toEqual([]);
});

/** Every row of every table, as JSON. */
async function allRows(): Promise<string> {
  const database = await openPglite({ dataDir: join(house.dataDir, "db") });
  try {
    const tables = await database.query<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    );
    const rows: string[] = [];
    for (const { name } of tables) {
      const [row] = await database.query<{ text: string | null }>(`select jsonb_agg(to_jsonb(one))::text as text from ${name} as one`);
      rows.push(`${name} ${row?.text ?? ""}`);
    }
    return rows.join("\n");
  } finally {
    await database.close();
  }
}
