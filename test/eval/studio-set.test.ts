// The labels of the held-out set may only speak of what its catalog, its inventory and the text of the request contain.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";

const folder = new URL("studio/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");

const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
const stepSchema = z.strictObject({
  intent: z.string().min(1),
  gold: z.array(z.string()),
  params: z.record(z.string(), z.union([value, z.strictObject({ any: z.array(value).min(2) })])),
  hosts: z.array(z.string()).min(1).optional(),
  clarify: z.literal(true).optional(),
});
const requestSchema = z.strictObject({
  id: z.string(),
  text: z.string().min(1),
  kind: z.string(),
  steps: z.array(stepSchema),
  forbid: z
    .strictObject({
      playbooks: z.array(z.string()).optional(),
      params: z.array(z.string()).optional(),
      values: z.array(z.string()).optional(),
    })
    .optional(),
});

const catalog = z.array(z.object({ id: z.string(), variables: z.array(z.string()) })).parse(JSON.parse(read("catalog.json")));
const groups = z.object({ groups: z.record(z.string(), z.array(z.string())) }).parse(JSON.parse(read("inventory.json"))).groups;
const requests = read("requests.jsonl")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => requestSchema.parse(JSON.parse(line)));
const variablesOf = new Map(catalog.map((entry) => [entry.id, entry.variables]));
const hostNames = new Set([...Object.keys(groups), ...Object.values(groups).flat()]);

const squeeze = (text: string): string => text.toLowerCase().replace(/[\s_-]/g, "");

/** Switches and states are meant by the words of a text, every other value stands in it. */
function isStated(text: string, name: string, wanted: z.infer<typeof stepSchema>["params"][string]): boolean {
  if (typeof wanted === "boolean" || name.endsWith("_state")) return true;
  if (Array.isArray(wanted)) return wanted.every((one) => isStated(text, name, one));
  if (typeof wanted === "object") return wanted.any.some((one) => isStated(text, name, one));
  return squeeze(text).includes(squeeze(String(wanted)));
}

test("every label of the held-out set refers to a playbook, a variable of it, a host, and a value of the text", () => {
  const faults = requests.flatMap(({ id, text, steps, forbid }) => [
    ...(forbid?.playbooks ?? []).filter((name) => name !== "*" && !variablesOf.has(name)).map((name) => `${id}: forbids ${name}`),
    ...(forbid?.values ?? []).filter((part) => !text.includes(part)).map((part) => `${id}: forbids ${part}, not in the text`),
    ...steps.flatMap(({ gold, params, hosts = [], clarify }) => [
      ...gold.filter((name) => !variablesOf.has(name)).map((name) => `${id}: no playbook ${name}`),
      ...hosts.filter((name) => !hostNames.has(name.replace(/^!/, ""))).map((name) => `${id}: no host ${name}`),
      ...Object.keys(params)
        .filter((name) => !gold.some((playbook) => variablesOf.get(playbook)?.includes(name)))
        .map((name) => `${id}: no variable ${name}`),
      ...Object.entries(params)
        .filter(([name, wanted]) => !isStated(text, name, wanted))
        .map(([name]) => `${id}: the text does not state ${name}`),
      ...(clarify && gold.length === 0 ? [`${id}: a choice of nothing`] : []),
    ]),
  ]);
  expect(faults).toEqual([]);
});

test("the held-out set has no request, playbook or host twice, and uses every playbook", () => {
  const twice = (names: readonly string[]): string[] => names.filter((name, index) => names.indexOf(name) !== index);
  const used = new Set(requests.flatMap(({ steps }) => steps.flatMap(({ gold }) => gold)));
  expect(twice(requests.map(({ id }) => id))).toEqual([]);
  expect(twice(requests.map(({ text }) => squeeze(text)))).toEqual([]);
  expect(twice(catalog.map(({ id }) => id))).toEqual([]);
  expect(twice(groups["all"] ?? [])).toEqual([]);
  expect(
    Object.values(groups)
      .flat()
      .filter((name) => !groups["all"]?.includes(name)),
  ).toEqual([]);
  expect(catalog.filter(({ id }) => !used.has(id)).map(({ id }) => id)).toEqual([]);
  expect(requests.length).toBeGreaterThanOrEqual(220);
});
