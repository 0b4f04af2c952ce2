import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CommandApp, CommandIo } from "../../src/cli/command.ts";
import { evaluate } from "../../src/cli/eval.ts";
import { modelToEvaluate } from "../../src/cli/eval-model.ts";
import { readLabels } from "../../src/cli/eval-labels.ts";
import { scorePredictions } from "../../src/cli/eval-score.ts";
import type { Prediction } from "../../src/cli/eval-set.ts";
import { readConfig } from "../../src/config.ts";
import { scoreTable } from "../../src/cli/eval-table.ts";
import { fakeStep, startFakeOllama, type ChatRequest, type FakeReply } from "../helpers/fake-ollama.ts";

const requests = [
  { id: "a", kind: "direct", text: "deploy gitea on web1", steps: [{ gold: ["gitea"], hosts: ["web1"] }] },
  { id: "b", kind: "multi-step", text: "deploy gitea, then deploy nextcloud", steps: [{ gold: ["gitea"] }, { gold: ["nextcloud"] }] },
  { id: "c", kind: "indirect", text: "let people frobnicate their pictures", steps: [{ gold: ["nextcloud"] }] },
  { id: "d", kind: "chit-chat", text: "hello there", steps: [] },
  { id: "e", kind: "direct", text: "deploy gitea on web2", steps: [{ gold: ["gitea"], hosts: ["web2"] }] },
];
const groups = { all: ["web1", "web2"], web: ["web1", "web2"] };

function writeSet(): string {
  const folder = mkdtempSync(join(tmpdir(), "chiffon-eval-model-"));
  const entry = (id: string, description: string): object => ({ id, path: `roles/${id}`, name: `Deploy ${id}`, service: id, description, variables: [] });
  writeFileSync(join(folder, "catalog.json"), JSON.stringify([entry("gitea", "Git server"), entry("nextcloud", "Files")]));
  writeFileSync(join(folder, "inventory.json"), JSON.stringify({ groups }));
  writeFileSync(join(folder, "requests.jsonl"), requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
  return folder;
} // prettier-ignore

/** Good for most, a hidden step for "e", and it never comes to "d". */
function planner({ messages }: ChatRequest): FakeReply {
  const text = /"request": "([^"]*)"/.exec(messages.at(-1)?.content ?? "")?.[1] ?? "";
  const work = (...steps: object[]): FakeReply => ({ say: { kind: "work", steps, unclear: [] } });
  if (text.includes("frobnicate")) return work(fakeStep(text, "nextcloud"));
  if (text.includes("nextcloud")) return work(fakeStep("deploy gitea", "gitea"), fakeStep("deploy nextcloud", "nextcloud", { after: [1] }));
  const hosts = [text.includes("web1") ? "web1" : "web2"];
  const hidden = text.includes("web2") ? [fakeStep("remove everything", "nextcloud")] : [];
  return work(fakeStep(text, "gitea", { hosts }), ...hidden);
}

test("eval prints the table of the model that OLLAMA_HOST has beside the built-in one, by its own predictions", async () => {
  const ollama = await startFakeOllama(planner);
  ollama.models = ["llama3.2:latest", "all-minilm:latest"];
  const folder = writeSet();
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text), cwd: folder, signal: new AbortController().signal } as CommandIo;
  const settings = { CHIFFON_DATA_DIR: folder, OLLAMA_HOST: ollama.url, CHIFFON_EMBEDDER_MODEL: "all-minilm" };
  const app = { config: readConfig(settings, folder) } as CommandApp;
  const args = ["--score", "--catalog", "catalog.json", "--inventory", "inventory.json", "--requests", "requests.jsonl"];
  const written = (name: string): Prediction[] =>
    readFileSync(join(folder, name), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Prediction); // prettier-ignore

  expect(await evaluate.run([...args, "--out", "rules", "--model-out", "model"], io, app)).toBe(0);
  const labels = await readLabels(join(folder, "requests.jsonl"));
  const table = (name: string): string => scoreTable(scorePredictions(labels, written(name), { groups }));
  const said = out.join("");
  expect(said.startsWith(table("rules"))).toBe(true);
  expect(said).toContain(table("model"));
  expect(said).toMatch(/With llama3\.2:latest \(requests: 4 read; \d+ tokens; embedder ollama\/all-minilm:latest\)/);
  expect(said).toMatch(/\n +all +llama3\.2:latest\n/);
  const byId = new Map(written("model").map((prediction) => [prediction.id, prediction.steps]));
  expect(byId.get("c")?.[0]).toMatchObject({ playbook: "nextcloud" });
  expect(byId.get("d")).toEqual([]);
  // The hidden step is asked about, so nothing of that request is accepted; the rules alone accept it.
  expect(byId.get("e")?.every((step) => step.confidence < 0.85)).toBe(true);
  expect(written("rules").find((one) => one.id === "e")?.steps[0]?.confidence).toBeGreaterThanOrEqual(0.85);
  expect(ollama.requests).toHaveLength(4);

  // Said before any work; where nobody named a model, the built-in table stands alone.
  await ollama.close();
  await expect(evaluate.run([...args, "--model", "llama3.2"], io, app)).rejects.toMatchObject({ code: "model-missing" });
  expect(await modelToEvaluate(app.config, undefined, io)).toBeUndefined();
  expect(err.at(-1)).toContain("Without a model: no Ollama answers");
}); // prettier-ignore
