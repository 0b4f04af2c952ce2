import { expect, test } from "vitest";
import { withAnsweredPrompts } from "../../src/mapping/answered-prompts.ts";
import type { Playbook, PlaybookCatalog } from "../../src/mapping/playbook.ts";

const variable = (name: string, source: Playbook["variables"][number]["source"]): Playbook["variables"][number] => ({
  name, source, required: true, type: "str", secret: false,
}); // prettier-ignore
const playbook: Playbook = {
  id: "a", path: "a.yml", kind: "playbook", name: "A", service: null, verb: "run", description: "", tags: [], hosts: [], playNames: [], taskNames: [],
  contentHash: "", repeatSafe: false,
  variables: [variable("asked", "vars_prompt"), variable("open", "vars_prompt"), variable("stated", "argument_spec")],
}; // prettier-ignore

test("nobody is asked for what the operator's file has, and only where the playbook would ask at the keyboard", async () => {
  const found: PlaybookCatalog = { playbooks: [playbook, { ...playbook, id: "b", variables: [] }], rejected: [], contentHash: "1" };
  let names: readonly string[] = ["asked", "stated"];
  const catalog = withAnsweredPrompts({ current: async () => found, refresh: async () => found }, async () => names);
  const answered = await catalog.current();
  const required = answered.playbooks[0]?.variables.map((one) => one.required);
  expect(required).toEqual([false, true, true]);
  expect(answered.playbooks[1]).toBe(found.playbooks[1]);
  expect(await catalog.refresh()).toBe(answered);
  names = [];
  expect(await catalog.current()).toBe(found);
});
