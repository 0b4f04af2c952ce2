import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createE2eHouse, documentOf, processesWith } from "../helpers/e2e-house.ts";
import { slowRepo, startsOn } from "../helpers/e2e-slow-repo.ts";
import { signIn } from "../helpers/e2e-web.ts";

const house = createE2eHouse({ repo: slowRepo });

test("start and other commands at the same time work on one state", async () => {
  writeFileSync(join(house.dataDir, "go"), "");
  const chiffon = house.start(["start"]);
  const page = await signIn(chiffon);

  // From three more terminals, all at once.
  const [deploy, restart, runs, verify] = await Promise.all([
    house.chiffon(["ask", "deploy counter", "--yes", "--json"]),
    house.chiffon(["ask", "restart counter", "--yes", "--json"]),
    house.chiffon(["runs"]),
    house.chiffon(["audit", "verify"]),
  ]);
  for (const outcome of [deploy, restart]) {
    expect(outcome.code).toBe(0);
    expect(documentOf(outcome).run?.state).toBe("succeeded");
  }
  expect(runs).toMatchObject({ code: 0, err: "" });
  expect(verify).toMatchObject({ code: 0, out: expect.stringContaining("The audit log is whole") });
  expect([startsOn(house), startsOn(house, "restarts")]).toEqual([1, 1]);
  const numbers = [deploy, restart].map((outcome) => documentOf(outcome).run?.number ?? 0);
  expect(new Set(numbers)).toEqual(new Set([1, 2]));
  expect((await house.runs()).map((run) => run.number)).toEqual([2, 1]);
  expect(await page.text()).toContain("What should be done?");

  // A second start says who is there and what to do; the first one goes on.
  const second = await house.chiffon(["start"]);
  expect(second.code).toBe(5);
  expect(second.err).toContain(`Chiffon already runs on ${house.dataDir} (process ${chiffon.pid})`);
  expect(second.err).toContain("a second one needs its own CHIFFON_DATA_DIR");

  // A shell with other settings never acts on this one's repo by mistake.
  const another = join(house.folder, "another");
  mkdirSync(another);
  const stranger = await house.chiffon(["runs"], { env: { CHIFFON_REPO: another } });
  expect(stranger).toMatchObject({ code: 5, err: expect.stringMatching(/works on .*repo, this shell says/) });

  chiffon.kill("SIGTERM");
  const ended = await chiffon.ended;
  expect(ended.code).toBe(130);
  expect(processesWith(house.dataDir)).toEqual([]);

  // What the commands did is there for the next one, which now holds the folder itself.
  expect((await house.runs()).map((run) => run.state)).toEqual(["succeeded", "succeeded"]);
});
