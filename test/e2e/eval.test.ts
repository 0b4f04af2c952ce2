import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createE2eHouse } from "../helpers/e2e-house.ts";

const house = createE2eHouse({ repo: {}, firstStart: true });
const fixture = (name: string): string => join(import.meta.dirname, "fixtures", "eval", name);

test("eval writes one prediction a request, and touches no data folder", async () => {
  const out = join(house.folder, "predictions.jsonl");
  const outcome = await house.chiffon([
    "eval",
    "--catalog",
    fixture("catalog.json"),
    "--inventory",
    fixture("inventory.json"),
    "--requests",
    fixture("requests.jsonl"),
    "--out",
    out,
  ]);
  expect(outcome).toMatchObject({ code: 0, err: expect.stringMatching(/4 requests in .* s, written to /) });
  const predictions = readFileSync(out, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(predictions.map((one) => one.id)).toEqual(["e2e-1", "e2e-2", "e2e-3", "e2e-4"]);
  expect(predictions[0].steps).toMatchObject([{ playbook: "nginx", hosts: ["web"] }]);
  expect(predictions[1].steps).toMatchObject([{ playbook: "keycloak" }, { playbook: "redis", hosts: ["db1"] }]);
  // The best guess is named also where it is far too weak to be taken.
  expect(predictions[2].steps[0].confidence).toBeLessThan(0.85);
  expect(existsSync(join(house.dataDir, "db"))).toBe(false);
});

test("eval without its files: exit code 2, and which one it was", async () => {
  expect(await house.chiffon(["eval", "--catalog", fixture("catalog.json")])).toMatchObject({
    code: 2,
    err: expect.stringContaining("--inventory FILE"),
  });
  const missing = await house.chiffon([
    "eval",
    "--catalog",
    fixture("nowhere.json"),
    "--inventory",
    fixture("inventory.json"),
    "--requests",
    fixture("requests.jsonl"),
    "--out",
    join(house.folder, "out"),
  ]);
  expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("nowhere.json") });
});
