import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { createBuiltInEmbedder } from "../../src/mapping/built-in-embedder.ts";
import { carefulCalibration } from "../../src/mapping/careful-calibration.ts";
import { calibrated, type Embedder, evidenceNames, type CalibrationEvidence } from "../../src/mapping/embedder.ts";
import { createLateEmbedder, type EmbedderSource } from "../../src/mapping/late-embedder.ts";
import { inventoryNames } from "../../src/mapping/inventory-names.ts";
import { createPlaybookIndex } from "../../src/mapping/playbook-index.ts";
import { createTaskMapper } from "../../src/mapping/task-mapper.ts";
import { createRulePlanner } from "../../src/planner/rule-planner.ts";
import { createVocabulary } from "../../src/planner/vocabulary.ts";
import { catalog as homelab, openTestDatabase } from "./mapping-bench.ts";

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

/** Vectors of another length than the database's column, made of the built-in ones. */
function largeEmbedder(): Embedder & { isBroken: boolean; asked: number } {
  const builtIn = createBuiltInEmbedder();
  const large = {
    name: "large",
    version: "1",
    dimensions: 512,
    calibration: carefulCalibration,
    isBroken: false,
    asked: 0,
    async embed(texts: readonly string[]) {
      large.asked += 1;
      if (large.isBroken) throw new Error("out of memory");
      return (await builtIn.embed(texts)).map((vector) => Float32Array.from([...vector, ...new Float32Array(128)]));
    },
  };
  return large;
}

const sourceOf = (embedder: Embedder, title = "the large one"): EmbedderSource => ({ title, open: async () => embedder });
const away: EmbedderSource = { title: "the one that is away", open: () => Promise.reject(new Error("nobody answers")) };

test("the best one that works is used, and what does not work is told once", async () => {
  const told: string[] = [];
  const late = createLateEmbedder({ sources: [away, sourceOf(largeEmbedder())], builtIn: createBuiltInEmbedder(), notice: (text) => void told.push(text) }); // prettier-ignore
  expect(late.name).toBe("built-in");
  await Promise.all([late.open(), late.open()]);
  await late.open();
  expect(late).toMatchObject({ name: "large", dimensions: 512, calibration: carefulCalibration });
  expect(told).toEqual(["the one that is away cannot be used to search playbooks: nobody answers"]);
});

test("without any other the built-in one is used and nothing is said; one that was away is asked again after a while", async () => {
  const told: string[] = [];
  let isThere = false;
  let now = 0;
  const notice = (text: string): void => void told.push(text);
  const builtIn = createBuiltInEmbedder();
  const alone = createLateEmbedder({ sources: [], builtIn, notice });
  await alone.open();
  expect([alone.name, told]).toEqual(["built-in", []]);
  const source: EmbedderSource = { title: "the server", open: async () => (isThere ? largeEmbedder() : Promise.reject(new Error("away"))) };
  const late = createLateEmbedder({ sources: [source], builtIn, notice, clock: () => now, againMs: 1_000 });
  await late.open();
  isThere = true;
  await late.open();
  expect(late.name).toBe("built-in");
  now = 1_001;
  await late.open();
  expect(late.name).toBe("large");
  expect(told).toHaveLength(1);
});

test("vectors of another length are searched too, and changing the embedder rebuilds the index and says so", async () => {
  const large = largeEmbedder();
  const rebuilt: string[] = [];
  const onRebuild = ({ name }: Embedder, playbooks: number): void => void rebuilt.push(`${name}: ${playbooks}`);
  const builtIn = createBuiltInEmbedder();
  const first = createPlaybookIndex({ database, embedder: builtIn, repo: "lengths", onRebuild });
  await first.update(homelab);
  expect(rebuilt).toEqual([]);
  const [question] = await builtIn.embed(["get rid of advertisements"]);
  const expected = await first.search(question!, 5);
  const index = createPlaybookIndex({ database, embedder: large, repo: "lengths", onRebuild });
  expect((await index.update(homelab)).embedded).toBe(homelab.playbooks.length);
  const [vector] = await large.embed(["get rid of advertisements"]);
  const found = await index.search(vector!, 5);
  expect(found.map((hit) => hit.playbook)).toEqual(expected.map((hit) => hit.playbook));
  for (const [at, hit] of found.entries()) expect(hit.similarity).toBeCloseTo(expected[at]?.similarity ?? 0, 2);
  // Another process finds it made.
  expect((await createPlaybookIndex({ database, embedder: large, repo: "lengths", onRebuild }).update(homelab)).embedded).toBe(0);
  const back = createPlaybookIndex({ database, embedder: builtIn, repo: "lengths", onRebuild });
  await back.update(homelab);
  expect(rebuilt).toEqual([`large: ${homelab.playbooks.length}`, `built-in: ${homelab.playbooks.length}`]);
  expect(await back.search(question!, 5)).toEqual(expected);
});

test("an embedder that fails between two requests, within one, or while it builds the index gives way to the built-in one", async () => {
  for (const breaksAt of ["build", "question"] as const) {
    const large = largeEmbedder();
    const told: string[] = [];
    const late = createLateEmbedder({
      sources: [sourceOf(large)],
      builtIn: createBuiltInEmbedder(),
      notice: (text) => void told.push(text),
    });
    const index = createPlaybookIndex({ database, embedder: late, repo: `breaks at the ${breaksAt}` });
    if (breaksAt === "question") await index.update(homelab);
    large.isBroken = true;
    if (breaksAt === "build") await index.update(homelab);
    const [vector] = await late.embed(["get rid of advertisements"]);
    expect((await index.search(vector!, 3))[0]?.playbook).toBe("deploy-pihole");
    expect(late.name).toBe("built-in");
    expect(told).toEqual(["the large one failed: out of memory. The built-in embedder takes over."]);
    // The database gets the vectors behind the search.
    await index.update(homelab);
    const rows = await database.query("select distinct embedder from playbook_phrasing where repo = $1", [`breaks at the ${breaksAt}`]);
    expect(rows).toEqual([{ embedder: expect.stringMatching(/^built-in\//) }]);
  }
});

test("numbers that are none, too few of them, or of another length than before are a failure", async () => {
  const wrong: Readonly<Record<string, Embedder["embed"]>> = {
    nan: async (texts) => texts.map(() => new Float32Array(512).fill(Number.NaN)),
    few: async () => [],
    short: async (texts) => texts.map(() => new Float32Array(511).fill(0.04)),
  };
  for (const embed of Object.values(wrong)) {
    const told: string[] = [];
    const late = createLateEmbedder({ sources: [sourceOf({ ...largeEmbedder(), embed })], builtIn: createBuiltInEmbedder(), notice: (text) => void told.push(text) }); // prettier-ignore
    await late.open();
    expect((await late.embed(["block ads"]))[0]).toHaveLength(384);
    expect(told).toEqual(["the large one failed: it did not make 512 numbers of each text. The built-in embedder takes over."]);
  }
});

test("where the search finds nothing, nothing is certain", async () => {
  const embedder = createBuiltInEmbedder();
  const index = createPlaybookIndex({ database, embedder, repo: "nothing" });
  const mapper = createTaskMapper({ index: { ...index, search: async () => [] }, embedder });
  const planner = createRulePlanner({ inventory: inventoryNames({}), vocabulary: createVocabulary(homelab) });
  const { steps } = await planner.decompose("I want to watch films in the evening");
  for (const step of steps) expect((await mapper.map(step, homelab)).confidence).toBeLessThan(1);
  expect(steps).toHaveLength(1);
});

test("requests that come together embed the playbooks once", async () => {
  const large = largeEmbedder();
  const index = createPlaybookIndex({ database, embedder: large, repo: "together" });
  const done = await Promise.all([index.update(homelab), index.update(homelab), index.update(homelab)]);
  expect(done.map((one) => one.embedded)).toEqual([homelab.playbooks.length, 0, 0]);
});

test("a model that nobody measured never decides by its likeness alone, and needs a clear lead besides the words", () => {
  const evidence = (spoken: number, similarity: number, margin: number): CalibrationEvidence => ({
    ...(Object.fromEntries(evidenceNames.map((name) => [name, spoken])) as Record<keyof CalibrationEvidence, number>),
    similarity,
    margin,
  });
  expect(calibrated(carefulCalibration, evidence(0, 1, 0.6))).toBeLessThan(0.3);
  expect(calibrated(carefulCalibration, evidence(0.5, 1, 0.6))).toBeLessThan(0.85);
  expect(calibrated(carefulCalibration, evidence(1, 0.5, 0))).toBeLessThan(0.85);
  expect(calibrated(carefulCalibration, evidence(1, 0.7, 0.5))).toBeGreaterThan(0.85);
});
