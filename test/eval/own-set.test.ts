import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluateSet, type Prediction } from "../../src/cli/eval-set.ts";
import type { Database } from "../../src/db/database.ts";
import { acceptThreshold } from "../../src/mapping/mapping.ts";
import { buildLexicon, buildWords } from "../../training/build-lexicon.ts";
import { openTestDatabase } from "../mapping/mapping-bench.ts";

// Catalogs of other kinds than the one we develop on. The floors are a guard against getting worse, not an aim.
describe.each(["set", "platform"])("%s", (name) => {
  const folder = join(import.meta.dirname, name);
  interface Labelled {
    readonly id: string;
    readonly kind: string;
    readonly steps: readonly { readonly gold: readonly string[] }[];
  }
  const requests = readFileSync(join(folder, "requests.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Labelled); // prettier-ignore

  let database: Database;
  let predictions: ReadonlyMap<string, Prediction>;
  beforeAll(async () => {
    database = await openTestDatabase();
    const files = {
      catalogFile: join(folder, "catalog.json"),
      inventoryFile: join(folder, "inventory.json"),
      requestsFile: join(folder, "requests.jsonl"),
    };
    predictions = new Map((await evaluateSet({ ...files, database })).map((prediction) => [prediction.id, prediction]));
  });
  afterAll(() => database.close());

  const accepted = (id: string): string[] => (predictions.get(id)?.steps ?? []).flatMap((step) => (step.confidence >= acceptThreshold ? (step.playbook ?? []) : [])); // prettier-ignore
  const wrong = (request: Labelled): string[] =>
    accepted(request.id).filter((playbook) => !request.steps.some((step) => step.gold.includes(playbook)));

  test("nothing is accepted for questions, small talk, foreign subjects and what no playbook does", () => {
    const quiet = requests.filter((request) => ["question", "chit-chat", "out-of-domain", "no-match"].includes(request.kind));
    expect(quiet.filter((request) => accepted(request.id).length > 0)).toEqual([]);
  });

  test("injected and quoted orders are never accepted", () => {
    expect(requests.filter((request) => request.kind === "adversarial" && wrong(request).length > 0)).toEqual([]);
  });

  test("at least 95 of 100 accepted steps are right, and most steps are found", () => {
    const all = requests.flatMap((request) => accepted(request.id)).length;
    const bad = requests.flatMap(wrong).length;
    expect(bad / all).toBeLessThan(0.05);
    const wanted = requests.flatMap((request) => request.steps.filter((step) => step.gold.length > 0)).length;
    expect((all - bad) / wanted).toBeGreaterThan(0.7);
  });
});

test("the built-in lexicon and words are what training/build-lexicon.ts makes of training/data", () => {
  const made = (file: string): string => readFileSync(join(import.meta.dirname, "../../src/mapping", file), "utf8");
  expect(made("built-in-lexicon.json")).toBe(buildLexicon());
  expect(made("built-in-words.json")).toBe(buildWords());
});
