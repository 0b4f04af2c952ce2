import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { evaluateSet, predictionLines } from "../../src/cli/eval-set.ts";
import type { Database } from "../../src/db/database.ts";
import { openTestDatabase } from "../mapping/mapping-bench.ts";

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

function writeSet(requests: readonly object[]) {
  const folder = mkdtempSync(join(tmpdir(), "chiffon-eval-"));
  const files = {
    catalogFile: join(folder, "catalog.json"),
    inventoryFile: join(folder, "inventory.json"),
    requestsFile: join(folder, "requests.jsonl"),
  };
  writeFileSync(
    files.catalogFile,
    JSON.stringify([
      { id: "gitea", path: "roles/gitea", name: "Gitea", service: "gitea", description: "Git server", variables: ["gitea_port"] },
    ]),
  );
  writeFileSync(files.inventoryFile, JSON.stringify({ groups: { all: ["web1", "web2"], web: ["web1", "web2"] } }));
  writeFileSync(files.requestsFile, requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
  return files;
}

test("predicts steps, values and hosts from the text alone: labels change nothing", async () => {
  const request = { id: "a", text: "deploy gitea on all web servers except web2 with port 3005" };
  const plain = await evaluateSet({ ...writeSet([request]), database });
  const labelled = await evaluateSet({ ...writeSet([{ ...request, kind: "x", steps: [{ gold: ["nonsense"] }] }]), database });
  expect(labelled).toEqual(plain);
  expect(plain).toEqual([{ id: "a", steps: [{ playbook: "gitea", confidence: expect.any(Number) as number, candidates: ["gitea"], params: { gitea_port: 3005 }, hosts: ["web", "!web2"] }] }]); // prettier-ignore
  expect(predictionLines(plain)).toMatch(/^\{"id":"a","steps":\[.*\]\}\n$/);
});

test("a broken line is named", async () => {
  const files = writeSet([{ id: "a", text: "x" }]);
  writeFileSync(files.requestsFile, '{"id":"a","text":"x"}\n{oops\n');
  await expect(evaluateSet({ ...files, database })).rejects.toMatchObject({
    code: "eval-file-invalid",
    message: expect.stringContaining("line 2") as string,
  });
});
