import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CommandApp, CommandIo } from "../../src/cli/command.ts";
import { evaluate } from "../../src/cli/eval.ts";
import { readLabels } from "../../src/cli/eval-labels.ts";
import { scorePredictions } from "../../src/cli/eval-score.ts";
import type { PredictedStep, Prediction } from "../../src/cli/eval-set.ts";
import { scoreTable } from "../../src/cli/eval-table.ts";
import { givenValues, isSameName, machinesOf } from "../../src/cli/eval-values.ts";

const step = (playbook: string | null, confidence: number, more: Partial<PredictedStep> = {}): PredictedStep => ({
  playbook,
  confidence,
  candidates: playbook === null ? [] : [playbook],
  params: {},
  hosts: [],
  ...more,
});

async function labelsOf(lines: readonly object[]) {
  const file = join(mkdtempSync(join(tmpdir(), "chiffon-score-")), "requests.jsonl");
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return readLabels(file);
}

const requests = [
  { id: "a", kind: "direct", text: "…", steps: [{ gold: ["gitea"], params: { port: 3000 }, hosts: ["web"] }] },
  { id: "b", kind: "multi-step", text: "…", steps: [{ gold: ["gitea"] }, { gold: ["backup"] }] },
  { id: "c", kind: "chit-chat", text: "…", steps: [] },
  { id: "d", kind: "ambiguous", text: "…", steps: [{ gold: ["gitea", "gitlab"], clarify: true }] },
  { id: "e", kind: "no-match", text: "…", steps: [{ gold: [] }] },
  { id: "f", kind: "adversarial", text: "…", steps: [{ gold: ["gitea"] }], forbid: { values: ["RM -rf"] } },
];
const predictions: Prediction[] = [
  { id: "a", steps: [step("gitea", 0.95, { params: { gitea_port: "3000" }, hosts: ["web2", "web1"] })] },
  { id: "b", steps: [step("backup", 0.9), step("gitea", 0.6)] },
  { id: "c", steps: [step("gitea", 0.9)] },
  { id: "d", steps: [step("wiki", 0.5, { candidates: ["wiki", "gitlab"] })] },
  { id: "e", steps: [step(null, 0)] },
  { id: "f", steps: [step("gitea", 0.9, { params: { title: "rm -rf" } })] },
];
const groups = { web: ["web1", "web2"] };

test("the numbers of a small set are those worked out by hand", async () => {
  const report = scorePredictions(await labelsOf(requests), predictions, { groups });
  expect(report.overall).toEqual({
    requests: 6,
    steps: 6,
    accepted: 4, // a, backup of b, c, f
    precision: 3 / 4, // c asked for nothing
    recall: 3 / 4, // a, backup and f; gitea of b was not sure enough; d was to be asked about
    falseAccepts: 1 / 2, // c, not e
    wrongRequests: 1 / 6, // c
    acceptedAmbiguous: 0,
    violations: 1, // f gave the value that was forbidden
    top1: 4 / 5, // d's first candidate is wrong
    top3: 1,
    meanReciprocalRank: 4.5 / 5,
    suggested: 1, // gitea of b, gitlab of d
    stepCount: 5 / 6, // c
    stepOrder: 0, // b, the wrong way round
    parameterF1: 2 / 3, // one hit among one labelled and two given values
    parameterValueF1: 2 / 3,
    hosts: 1, // a: the group and its hosts are the same machines
  });
  // 0.9-1.0: a, backup, c, f with 0.9125 on average and 3 of 4 right; 0.6: right; 0.5: wrong.
  expect(report.bins.filter((bin) => bin.guesses > 0).map((bin) => [bin.from, bin.guesses, bin.accuracy])).toEqual([
    [0.5, 1, 0],
    [0.6, 1, 1],
    [0.9, 4, 0.75],
  ]);
  expect(report.calibrationError).toBeCloseTo((4 * 0.1625 + 0.4 + 0.5) / 6, 10);
});

test("a lower threshold accepts more, the good and the bad", async () => {
  const { overall, kinds } = scorePredictions(await labelsOf(requests), predictions, { groups, threshold: 0.5 });
  expect(overall).toMatchObject({ accepted: 6, precision: 4 / 6, recall: 1, acceptedAmbiguous: 1, wrongRequests: 2 / 6 });
  expect(kinds.get("ambiguous")).toMatchObject({ requests: 1, accepted: 1, precision: 0, recall: null });
});

test("a request without a prediction counts as one without steps", async () => {
  const report = scorePredictions(await labelsOf(requests), [], { groups });
  expect(report).toMatchObject({ withoutPrediction: 6, calibrationError: null });
  expect(report.overall).toMatchObject({ accepted: 0, precision: null, recall: 0, falseAccepts: 0, violations: 0, stepCount: 1 / 6 });
});

test("on our own set a prediction that says what the labels say gets full marks", async () => {
  const folder = join(import.meta.dirname, "set");
  const labels = await readLabels(join(folder, "requests.jsonl"));
  const inventory = JSON.parse(readFileSync(join(folder, "inventory.json"), "utf8")) as { groups: Record<string, string[]> };
  const perfect = labels.map((request) => ({
    id: request.id,
    steps: request.steps.map((label) =>
      step(label.gold[0] ?? null, label.clarify || label.gold.length === 0 ? 0 : 1, {
        params: Object.fromEntries(Object.entries(label.params).map(([name, value]) => [name, firstSpelling(value)])),
        hosts: label.hosts ?? [],
      }),
    ),
  }));
  const { overall, kinds } = scorePredictions(labels, perfect, inventory);
  const right = labels.flatMap((request) => request.steps).filter((label) => label.gold.length > 0 && !label.clarify).length;
  expect(overall).toMatchObject({ requests: labels.length, accepted: right, precision: 1, recall: 1, falseAccepts: 0, wrongRequests: 0 });
  expect(overall).toMatchObject({ acceptedAmbiguous: 0, violations: 0, top1: 1, stepCount: 1, stepOrder: 1, parameterF1: 1, hosts: 1 });
  expect([...kinds.values()].reduce((sum, scores) => sum + scores.requests, 0)).toBe(labels.length);
});

function firstSpelling(value: unknown): unknown {
  return typeof value === "object" && value !== null && "any" in value ? (value.any as unknown[])[0] : value;
}

test("names, values and hosts are compared by what they mean", () => {
  const names = "must-match";
  expect(isSameName("port", "giteaPorts")).toBe(true);
  expect(isSameName("port", "support")).toBe(false);
  expect(givenValues({ version: { any: ["16", "16.1"] } }, { pg_version: "v16.1" }, { names })).toBe(1);
  expect(givenValues({ packages: ["b", "A"] }, { packages: ["a", "b"] }, { names })).toBe(1);
  expect(givenValues({ a: 1, b: 1 }, { c: 1 }, { names: "do-not-matter" })).toBe(1);
  expect(machinesOf(["web", "!WEB2", "db1"], new Map([["web", ["web1", "web2"]]]))).toBe("db1,web1");
});

test("the table has a line for every headline, kind and bin; what was not counted is a dash", async () => {
  const table = scoreTable(scorePredictions(await labelsOf(requests), predictions, { groups }));
  expect(table).toContain(
    "6 requests, 6 gold steps, 0 without prediction, threshold 0.85, 4 accepted\n\nprecision of accepted mappings       0.750\n",
  );
  expect(table).toMatch(/^chit-chat +1 +1 +0\.000 +- +1\.000 +- +- +0\.000 +- +-$/m);
  expect(table).toMatch(/^0\.9-1\.0 +4 +0\.91\d +0\.750$/m);
});

function recordingIo(): CommandIo & { readonly written: string[] } {
  const written: string[] = [];
  return {
    written,
    out: (text) => void written.push(text),
    err: () => undefined,
    readLine: () => Promise.resolve(null),
    isTTY: false,
    colour: false,
    columns: 100,
    cwd: mkdtempSync(join(tmpdir(), "chiffon-score-")),
    signal: new AbortController().signal,
  };
}

const run = (io: CommandIo, ...more: string[]) =>
  evaluate.run(
    ["--catalog", "catalog.json", "--inventory", "inventory.json", "--requests", "requests.jsonl", ...more],
    io,
    // Without a model.
    { config: {} } as CommandApp,
  );

function writeSmallSet(folder: string, request: object): void {
  writeFileSync(join(folder, "catalog.json"), JSON.stringify([{ id: "gitea", path: "roles/gitea", name: "Gitea", service: "gitea", description: "Git server", variables: [] }])); // prettier-ignore
  writeFileSync(join(folder, "inventory.json"), JSON.stringify({ groups: { all: ["web1"] } }));
  writeFileSync(join(folder, "requests.jsonl"), `${JSON.stringify(request)}\n`);
}

test("chiffon eval --score prints the table and needs no --out", async () => {
  const io = recordingIo();
  writeSmallSet(io.cwd, { id: "1", kind: "direct", text: "deploy gitea on web1", steps: [{ gold: ["gitea"], hosts: ["web1"] }] });
  expect(await run(io, "--score", "--threshold", "0.9")).toBe(0);
  expect(io.written.join("")).toMatch(/threshold 0\.9, 1 accepted\n\nprecision of accepted mappings +1\.000\n/);
});

test("a set without labels, a threshold that is none and a missing --out are said before any work", async () => {
  const io = recordingIo();
  writeSmallSet(io.cwd, { id: "1", text: "deploy gitea" });
  await expect(run(io, "--score")).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('no "steps"') as string });
  await expect(run(io, "--score", "--threshold", "2")).rejects.toMatchObject({ exitCode: 2 });
  await expect(run(io, "--threshold", "0.5", "--out", "x")).rejects.toMatchObject({ exitCode: 2 });
  await expect(run(io)).rejects.toMatchObject({ exitCode: 2, message: "eval needs --out FILE" });
});
