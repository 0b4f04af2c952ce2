import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createE2eHouse, eventually, processesWith } from "../helpers/e2e-house.ts";
import { slowRepo, startsOn } from "../helpers/e2e-slow-repo.ts";
import { signIn } from "../helpers/e2e-web.ts";

const house = createE2eHouse({ repo: slowRepo });
const go = join(house.dataDir, "go");

test("kill -9 in the middle of a run, started again: the thread ends with the true result, and nothing ran twice", async () => {
  const first = house.start(["start"]);
  const page = await signIn(first);
  await page.say("deploy counter then restart counter");
  await eventually(async () => (await page.text()).includes("Approve"), undefined, "the plan card");
  await page.press("Approve");
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  first.kill("SIGKILL");
  await first.ended;
  expect(processesWith(house.dataDir).some(({ commandLine }) => commandLine.includes("ansible-playbook"))).toBe(true);

  // The play goes on and ends while nobody is there to hear it.
  writeFileSync(go, "");
  await eventually(
    () => !processesWith(house.dataDir).some(({ commandLine }) => commandLine.includes("deploy-counter")),
    undefined,
    "the end of the play",
  );

  const second = house.start(["start"], { env: { CHIFFON_WEB_PORT: new URL(page.url).port } });
  await second.says(/one-time link/);
  // The same session, the same thread: its cards end with what really happened, step two included.
  await eventually(
    async () => /Done[^]*Deploy Counter[^]*succeeded[^]*Restart Counter[^]*succeeded/.test(await page.text()),
    undefined,
    "the result in the thread",
  );
  expect((await page.text()).match(/deploy counter then restart counter/g)).toHaveLength(2); // said once, and once on its plan
  expect(startsOn(house)).toBe(1);
  expect(startsOn(house, "restarts")).toBe(1);
  expect(await house.runs()).toMatchObject([{ number: 1, state: "succeeded" }]);
  const started = await house.audit("--kind", "step");
  expect(started.filter((entry) => entry.action === "step.started")).toHaveLength(2);
  expect((await house.chiffon(["audit", "verify"])).code).toBe(0);
  second.kill("SIGTERM");
  await second.ended;
});

test("kill -9 while the play still runs: the next start follows it to its end", async () => {
  for (const name of ["go", "starts", "marker"]) rmSync(join(house.dataDir, name), { force: true });
  const first = house.start(["ask", "deploy counter", "--yes"]);
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  first.kill("SIGKILL");
  await first.ended;
  const second = house.start(["start"]);
  await second.says(/one-time link/);
  expect((await house.runs())[0]).toMatchObject({ text: "deploy counter", state: "running" });
  writeFileSync(go, "");
  await eventually(async () => (await house.runs())[0]?.state === "succeeded", undefined, "the true result");
  expect(startsOn(house)).toBe(1);
  second.kill("SIGTERM");
  expect((await second.ended).code).toBe(130);
});

test("the one who asked through a killed Chiffon is told that the run goes on", async () => {
  for (const name of ["go", "starts"]) rmSync(join(house.dataDir, name), { force: true });
  const owner = house.start(["start"]);
  await owner.says(/one-time link/);
  const asking = house.start(["ask", "deploy counter", "--yes"]);
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  owner.kill("SIGKILL");
  const outcome = await asking.ended;
  expect(outcome.code).toBe(6);
  expect(outcome.err).toMatch(/ended in the middle of this command[^]*chiffon runs/);
  writeFileSync(go, "");
});
