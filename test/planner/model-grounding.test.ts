import { expect, test } from "vitest";
import { inventoryNames } from "../../src/mapping/inventory-names.ts";
import type { Playbook, PlaybookCatalog } from "../../src/mapping/playbook.ts";
import { groundReading } from "../../src/planner/model/grounding.ts";
import type { ModelStep } from "../../src/planner/model/model-reply.ts";
import { createRulePlanner } from "../../src/planner/rule-planner.ts";
import { createVocabulary } from "../../src/planner/vocabulary.ts";

const playbook = (id: string, verb: Playbook["verb"], service: string): Playbook => ({
  id, path: `${id}.yml`, kind: "playbook", name: `${verb} ${service}`, service, verb, description: "", tags: [], hosts: ["all"], playNames: [], taskNames: [], contentHash: id, repeatSafe: false,
  variables: [{ name: "port", required: false, default: 80, type: "int", secret: false, source: "play_vars" },
    { name: "title", required: false, default: "Home", type: "str", secret: false, source: "play_vars" },
    { name: "wipe", required: false, default: false, type: "bool", secret: false, source: "play_vars" }],
}); // prettier-ignore
const playbooks = [
  playbook("deploy-gitea", "deploy", "gitea"),
  playbook("remove-gitea", "remove", "gitea"),
  playbook("backup-gitea", "backup", "gitea"),
  playbook("deploy-plex", "deploy", "plex"),
];
const catalog: PlaybookCatalog = { playbooks, rejected: [], contentHash: "catalog" };
const inventory = inventoryNames({ web: ["web1", "web2"], db: ["db1"] });
const rules = createRulePlanner({ inventory, vocabulary: createVocabulary(catalog) });

async function read(text: string, ...steps: (Partial<ModelStep> & { readonly words: string[] })[]): ReturnType<typeof groundReading> {
  const filled = steps.map((step) => ({ about: null, playbook: null, hosts: [], not_hosts: [], values: [], after: [], ...step }));
  const reading = { kind: "work" as const, steps: filled, unclear: [] };
  return groundReading({ text, earlier: [], reading, byRules: await rules.decompose(text), rules, playbooks, inventory });
}

// A model that reads a request as it was meant must not make it harder.
test.each<[string, ...(Partial<ModelStep> & { readonly words: string[] })[]]>([
  ["deploy gitea on web1", { words: ["deploy gitea on web1"], hosts: ["web1"] }],
  ["please deploy gitea on web1, thanks", { words: ["please deploy gitea on web1, thanks"] }],
  ["deploy gitea and plex on web1", { words: ["deploy gitea", "on web1"] }, { words: ["deploy", "plex on web1"] }],
  ["back up gitea, then remove it", { words: ["back up gitea"] }, { words: ["remove it"], about: "gitea", after: [1] }],
  ["deploy plex everywhere except db1", { words: ["deploy plex everywhere except db1"], hosts: ["all"], not_hosts: ["db1"] }],
  ["don't remove gitea, just back it up", { words: ["just back it up"], about: "gitea" }],
  [
    "deploy gitea with port 3000",
    { words: ["deploy gitea with port 3000"], playbook: "deploy-gitea", values: [{ variable: "port", value: "3000" }] },
  ],
])("agreement with the words asks nothing: %s", async (text, ...steps) => {
  const byRules = await rules.decompose(text);
  const { ambiguities, ...grounded } = await read(text, ...steps);
  expect(ambiguities).toEqual([]);
  expect(grounded.steps.map((step) => [step.intent, step.hosts])).toEqual(byRules.steps.map((step) => [step.intent, step.hosts]));
});

test("steps out of rows of words that the rules would not have split are taken from a plain order", async () => {
  const text = "deploy gitea on web1 remove gitea on web2";
  const grounded = await read(
    text,
    { words: ["deploy gitea on web1"], hosts: ["web1"] },
    { words: ["remove gitea on web2"], hosts: ["web2"] },
  );
  const places = grounded.steps.map((step) => step.hosts);
  // Whatever the rules alone make of it, no step may act on the other's host without a question.
  expect(grounded.ambiguities.length > 0 || JSON.stringify(places) === JSON.stringify([["web1"], ["web2"]])).toBe(true);
});

test.each([
  ["deploy gitea on web1", "title", "web1"],
  ["deploy gitea on web1", "title", "gitea"],
  ["yes, please deploy gitea", "wipe", "yes"],
  ["deploy gitea quickly", "title", "quickly"],
])("a word that says something else is no value: %s, %s = %s", async (text, variable, value) => {
  const grounded = await read(text, { words: [text], playbook: "deploy-gitea", values: [{ variable, value }] });
  expect(grounded.steps[0]?.proposed?.values).toEqual({});
  expect(grounded.ambiguities).toEqual([`${variable}: which value?`]);
});

test("a plain word is a value where the words name its variable", async () => {
  const text = "deploy gitea with the title casa";
  const grounded = await read(text, { words: [text], playbook: "deploy-gitea", values: [{ variable: "title", value: "casa" }] });
  expect(grounded.steps[0]?.proposed?.values).toEqual({ title: "casa" });
});

test("a value of a playbook's secret or of Ansible itself is not even asked about", async () => {
  const grounded = await read("deploy gitea", {
    words: ["deploy gitea"],
    playbook: "deploy-gitea",
    values: [{ variable: "ansible_connection", value: "local" }],
  });
  expect(grounded.steps[0]?.proposed?.values).toEqual({});
  expect(grounded.ambiguities).toEqual([]);
});
