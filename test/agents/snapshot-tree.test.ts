import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSnapshotTrees } from "../../src/agents/infra/snapshot-tree.ts";
import { digestOf, sha256 } from "../../src/canonical-json.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "chiffon-trees-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("five runs that need the same tree in the same moment, the first of which cannot fetch it, do not spoil it for each other", async () => {
  const content = Array.from({ length: 12 }, (_, index) => Buffer.from(`file ${index}\n`));
  const files = content.map((bytes, index) => ({
    path: `roles/r${index}/main.yml`,
    hash: sha256(bytes),
    size: bytes.length,
    executable: false,
  }));
  const snapshot = { hash: digestOf(files), files };
  const trees = createSnapshotTrees(join(folder, "snapshots"), join(folder, "trees"));
  const fetched = async (_: string, hash: string): Promise<Uint8Array> => {
    await new Promise((resolve) => void setTimeout(resolve, 5));
    return content.find((bytes) => sha256(bytes) === hash) ?? Buffer.alloc(0);
  };
  const results = await Promise.allSettled([
    trees.prepare(snapshot, () => Promise.reject(new Error("the connection is gone"))),
    ...Array.from({ length: 4 }, () => trees.prepare(snapshot, fetched)),
  ]);
  const tree = join(folder, "snapshots", snapshot.hash);
  expect(results.map((one) => (one.status === "fulfilled" ? one.value : String(one.reason)))).toEqual([
    "Error: the connection is gone", tree, tree, tree, tree,
  ]); // prettier-ignore
  expect(await readdir(join(folder, "snapshots"))).toEqual([snapshot.hash]);
  expect(await readFile(join(tree, "roles/r7/main.yml"), "utf8")).toBe("file 7\n");
});
