import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { sha256 } from "../../src/canonical-json.ts";
import { createE2eHouse, documentOf, eventually, type E2eHouse, type Started } from "../helpers/e2e-house.ts";
import { slowRepo, startsOn } from "../helpers/e2e-slow-repo.ts";

const house: E2eHouse = createE2eHouse({ repo: slowRepo, lint: true });

beforeEach(() => {
  for (const name of ["go", "starts", "marker"]) rmSync(join(house.dataDir, name), { force: true });
});

/** At the prompt: the plan is sealed and waits for a yes. */
async function asked(text: string): Promise<Started> {
  const command = house.start(["ask", text], { keepInput: true });
  await command.says(/Run it\? \[y\/N\]/);
  return command;
}

test("a playbook edited before the approval: refused as stale, with what changed and an audit entry", async () => {
  const command = await asked("deploy counter");
  house.write(
    "deploy-counter.yml",
    `${house.read("deploy-counter.yml")}    - name: One task more\n      ansible.builtin.command: reboot\n`,
  );
  command.type("y\n");
  const outcome = await command.ended;
  expect(outcome.code).toBe(4);
  expect(outcome.err).toContain("the repo changed after this plan was made: deploy-counter.yml");
  expect(startsOn(house)).toBe(0);
  expect(await house.runs()).toEqual([]);
  const refused = await house.audit("--kind", "plan", "--result", "refused");
  expect(refused).toMatchObject([
    { actor: "local", action: "plan.approved", facts: { code: "stale", changes: [expect.stringContaining("deploy-counter.yml")] } },
  ]);
});

test("a template edited after the start is without effect: what runs is what was sealed", async () => {
  house.write("deploy-counter.yml", slowRepo["deploy-counter.yml"] ?? "");
  const command = house.start(["ask", "deploy counter", "--yes", "--json"]);
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  house.write("templates/marker.j2", "as it was changed later\n");
  house.write("deploy-counter.yml", "- hosts: [broken\n");
  writeFileSync(join(house.dataDir, "go"), "");
  const outcome = await command.ended;
  expect(outcome.code).toBe(0);
  // The findings of the file that was broken meanwhile are not told of the one that ran.
  expect(documentOf(outcome).run).toMatchObject({ state: "succeeded", steps: [{ suggestions: [] }] });
  expect(readFileSync(join(house.dataDir, "marker"), "utf8")).toBe("as it was sealed\n");
});

test("a byte changed in the stored snapshot: the agent refuses, and nothing is spawned", async () => {
  house.write("deploy-counter.yml", slowRepo["deploy-counter.yml"] ?? "");
  house.write("templates/marker.j2", "a snapshot that no agent has seen yet\n");
  const command = await asked("deploy counter");
  const hash = sha256(house.read("deploy-counter.yml"));
  const stored = join(house.dataDir, "snapshots", hash.slice(0, 2), hash);
  flipLastByte(stored);
  command.type("y\n");
  const outcome = await command.ended;
  expect(outcome.code).toBe(1);
  expect(outcome.out + outcome.err).toMatch(/sealed file \w+ cannot be read as it was sealed/);
  expect(startsOn(house)).toBe(0);
  expect(await house.audit("--kind", "step", "--result", "refused")).toMatchObject([
    { action: "step.finished", facts: { outcome: "refused" } },
  ]);

  // Asked again, the plan is sealed anew from the repo, and runs.
  writeFileSync(join(house.dataDir, "go"), "");
  expect((await house.ask("deploy counter", "--yes")).code).toBe(0);
});

test("a byte changed in the agent's own copy of the snapshot does not run either", async () => {
  writeFileSync(join(house.dataDir, "go"), "");
  const copies = join(house.dataDir, "agent", "snapshots");
  for (const name of readdirSync(copies).filter((one) => !one.endsWith(".json")))
    writeFileSync(
      join(copies, name, "deploy-counter.yml"),
      house.read("deploy-counter.yml").replace("Note the start", "Note another start"),
    );
  const { code, document } = await house.ask("deploy counter", "--yes");
  // Refused, or made anew from the sealed files: what was changed never runs.
  const events = await house.chiffon(["runs", String(document.run?.number), "--events"]);
  expect(events.out).not.toContain("Note another start");
  expect([0, 4]).toContain(code);
  expect(startsOn(house)).toBe(code === 0 ? 1 : 0);
});

function flipLastByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(file, bytes);
}
