import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createOutsideLookup } from "../../src/agents/infra/outside.ts";
import { createWorkingTreeReader } from "../../src/planner/snapshot.ts";

const folder = mkdtempSync(join(tmpdir(), "chiffon-outside-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

test("names the collections that a repo uses and does not hold, and notices another version of one", async () => {
  write(
    "repo/site.yml",
    "- hosts: all\n  tasks:\n    - acme.tools.widget:\n        size: 1\n    - own.kept.thing: {}\n    - ansible.builtin.ping:\n",
  );
  write("repo/collections/ansible_collections/own/kept/plugins/modules/thing.py", "");
  write("outside/ansible_collections/acme/tools/plugins/modules/widget.py", "one");
  const lookup = createOutsideLookup({ ANSIBLE_COLLECTIONS_PATH: join(folder, "outside"), HOME: folder });
  const tree = await createWorkingTreeReader().read(join(folder, "repo"));
  const before = await lookup(join(folder, "repo"), tree.files);
  expect(before.map((one) => [one.kind, one.name])).toEqual([["collection", "acme.tools"]]);
  write("outside/ansible_collections/acme/tools/plugins/modules/widget.py", "two");
  const after = await lookup(join(folder, "repo"), tree.files);
  expect(after[0]?.hash).not.toBe(before[0]?.hash);
});
