// The labels of our own sets may only speak of what their catalog, their inventory and the text of the request contain.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";

/** Written before the program was run on them, and large enough to be measured by kind. */
const heldOut = ["studio", "campus", "shop", "agency", "homestead", "clinic", "hackspace"];
const parts = ["catalog.json", "inventory.json", "requests.jsonl"];
const sets = readdirSync(import.meta.dirname).filter((name) => parts.every((part) => existsSync(join(import.meta.dirname, name, part))));

const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
const stepSchema = z.strictObject({
  intent: z.string().min(1).optional(),
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

const catalogSchema = z.array(z.object({ id: z.string(), variables: z.array(z.string()) }));
const inventorySchema = z.object({ groups: z.record(z.string(), z.array(z.string())) });

function readSet(name: string) {
  const read = (part: string): string => readFileSync(join(import.meta.dirname, name, part), "utf8");
  const catalog = catalogSchema.parse(JSON.parse(read("catalog.json")));
  const { groups } = inventorySchema.parse(JSON.parse(read("inventory.json")));
  const lines = read("requests.jsonl")
    .split("\n")
    .filter((line) => line !== "");
  const requests = lines.map((line) => requestSchema.parse(JSON.parse(line)));
  const variablesOf = new Map(catalog.map((entry) => [entry.id, entry.variables]));
  return { catalog, groups, requests, variablesOf };
}

const squeeze = (text: string): string => text.toLowerCase().replace(/[\s_-]/g, "");

/** Labels may leave out the prefix of the service: `port` is `gitea_port`. */
const isNameOf = (variable: string, name: string): boolean => variable === name || variable.endsWith(`_${name}`);

/** Switches and states are meant by the words of a text, every other value stands in it. */
function isStated(text: string, name: string, wanted: z.infer<typeof stepSchema>["params"][string]): boolean {
  if (typeof wanted === "boolean" || name.endsWith("_state")) return true;
  if (Array.isArray(wanted)) return wanted.every((one) => isStated(text, name, one));
  if (typeof wanted === "object") return wanted.any.some((one) => isStated(text, name, one));
  return squeeze(text).includes(squeeze(String(wanted)));
}

describe.each(sets)("%s", (set) => {
  const { catalog, groups, requests, variablesOf } = readSet(set);
  const hostNames = new Set([...Object.keys(groups), ...Object.values(groups).flat()]);
  const twice = (names: readonly string[]): string[] => names.filter((one, index) => names.indexOf(one) !== index);

  test("every label refers to a playbook, a variable of it, a host, and a value of the text", () => {
    const faults = requests.flatMap(({ id, text, steps, forbid }) => [
      ...(forbid?.playbooks ?? []).filter((name) => name !== "*" && !variablesOf.has(name)).map((name) => `${id}: forbids ${name}`),
      ...(forbid?.values ?? []).filter((part) => !text.includes(part)).map((part) => `${id}: forbids ${part}, not in the text`),
      ...steps.flatMap(({ gold, params, hosts = [], clarify }) => [
        ...gold.filter((name) => !variablesOf.has(name)).map((name) => `${id}: no playbook ${name}`),
        ...hosts.filter((name) => !hostNames.has(name.replace(/^!/, ""))).map((name) => `${id}: no host ${name}`),
        ...Object.keys(params)
          .filter((name) => !gold.some((playbook) => variablesOf.get(playbook)?.some((variable) => isNameOf(variable, name))))
          .map((name) => `${id}: no variable ${name}`),
        ...Object.entries(params)
          .filter(([name, wanted]) => !isStated(text, name, wanted))
          .map(([name]) => `${id}: the text does not state ${name}`),
        ...(clarify && gold.length === 0 ? [`${id}: a choice of nothing`] : []),
      ]),
    ]);
    expect(faults).toEqual([]);
  });

  test("no request, playbook or host is there twice", () => {
    expect(twice(requests.map(({ id }) => id))).toEqual([]);
    expect(twice(requests.map(({ text }) => squeeze(text)))).toEqual([]);
    expect(twice(catalog.map(({ id }) => id))).toEqual([]);
    expect(twice(groups["all"] ?? [])).toEqual([]);
    expect(
      Object.values(groups)
        .flat()
        .filter((name) => !groups["all"]?.includes(name)),
    ).toEqual([]);
  });
});

test.each(heldOut)("the held-out set %s asks for every playbook, in more than 200 requests", (set) => {
  const { catalog, requests } = readSet(set);
  const used = new Set(requests.flatMap(({ steps }) => steps.flatMap(({ gold }) => gold)));
  expect(catalog.filter(({ id }) => !used.has(id)).map(({ id }) => id)).toEqual([]);
  expect(requests.length).toBeGreaterThan(200);
});
