import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { silentLogger } from "../../src/logger.ts";
import { createBuiltInEmbedder } from "../../src/mapping/built-in-embedder.ts";
import { catalogFromFile } from "../../src/mapping/catalog-file.ts";
import { createCatalog } from "../../src/mapping/catalog.ts";
import { createPlaybookIndex } from "../../src/mapping/playbook-index.ts";
import { catalog as homelab, makeRepo, openTestDatabase } from "./mapping-bench.ts";

let database: Database;
let repo: ReturnType<typeof makeRepo> | undefined;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
afterEach(() => repo?.remove());

const play = (name: string) => `- name: ${name}\n  hosts: all\n  tasks: []\n`;

test("the catalog in the database follows the files", async () => {
  repo = makeRepo({ "deploy-gitea.yml": play("Deploy Gitea"), "deploy-plex.yml": play("Deploy Plex"), "bad.yml": "- hosts: [\n" });
  const catalog = createCatalog({ database, repo: repo.path, logger: silentLogger() });
  const before = await catalog.current();
  expect(before.playbooks.map((entry) => entry.id)).toEqual(["deploy-gitea", "deploy-plex"]);
  rmSync(join(repo.path, "deploy-plex.yml"));
  writeFileSync(join(repo.path, "remove-gitea.yml"), play("Remove Gitea"));
  const after = await catalog.refresh();
  expect(after.contentHash).not.toBe(before.contentHash);
  const rows = await database.query("select id, service, verb from playbook where repo = $1 order by position", [repo.path]);
  expect(rows).toEqual([{ id: "deploy-gitea", service: "gitea", verb: "deploy" }, { id: "remove-gitea", service: "gitea", verb: "remove" }]); // prettier-ignore
  const [stored] = await database.query("select rejected from playbook_catalog where repo = $1", [repo.path]);
  expect(stored?.["rejected"]).toHaveLength(1);
});

test("looks at the files again only when the last look is too old", async () => {
  repo = makeRepo({ "deploy-gitea.yml": play("Deploy Gitea") });
  let now = 0;
  const catalog = createCatalog({ database, repo: repo.path, logger: silentLogger(), clock: () => now, maxAgeSeconds: 60 });
  await catalog.current();
  writeFileSync(join(repo.path, "deploy-plex.yml"), play("Deploy Plex"));
  now = 59_000;
  expect((await catalog.current()).playbooks).toHaveLength(1);
  now = 61_000;
  expect((await catalog.current()).playbooks).toHaveLength(2);
});

test("an unchanged repo gives the same catalog, and a changed one the same playbooks where nothing changed", async () => {
  const using = (name: string) => `- name: ${name}\n  hosts: all\n  tasks:\n    - ansible.builtin.debug:\n        msg: "{{ greeting }}"\n`;
  repo = makeRepo({ "hello.yml": using("Say hello"), "bye.yml": using("Say goodbye"), "inventory.ini": "web1\n" });
  const catalog = createCatalog({ database, repo: repo.path, logger: silentLogger() });
  const first = await catalog.refresh();
  expect(first.playbooks.map(({ id }) => id)).toEqual(["bye", "hello"]);
  expect(await catalog.refresh()).toBe(first);
  writeFileSync(join(repo.path, "hello.yml"), using("Say hello to everybody"));
  const second = await catalog.refresh();
  expect(second).not.toBe(first);
  expect(second.playbooks[0]).toBe(first.playbooks[0]);
  expect(second.playbooks[1]?.name).toBe("Say hello to everybody");
  // What the inventory says changes what must be asked for, though no playbook's file changed.
  writeFileSync(join(repo.path, "inventory.ini"), "web1 greeting=hi\n");
  const third = await catalog.refresh();
  expect(third.contentHash).toBe(second.contentHash);
  expect(third).not.toBe(second);
});

test("a catalog file becomes playbooks: roles deploy, whatever their description says", () => {
  const { playbooks } = catalogFromFile([
    { id: "ddns", path: "roles/ddns", name: "DDNS", service: "ddns", description: "Updates records.", variables: ["ddns_port"] },
    {
      id: "up",
      path: "playbooks/system_update.yml",
      name: "System update",
      service: null,
      description: "Upgrades packages.",
      hosts: "all",
    },
  ]);
  expect(playbooks.map((entry) => [entry.verb, entry.kind])).toEqual([["deploy", "role"], ["update", "playbook"]]); // prettier-ignore
  expect(playbooks[0]?.variables[0]).toMatchObject({ name: "ddns_port", type: "int" });
  expect(() => catalogFromFile([{ name: "x" }])).toThrow(/not as expected/);
});

test("the index finds by meaning, embeds only what changed, and forgets what is gone", async () => {
  const embedder = createBuiltInEmbedder();
  const index = createPlaybookIndex({ database, embedder, repo: "database" });
  expect(await index.update(homelab)).toEqual({ embedded: homelab.playbooks.length, removed: 0 });
  expect(await index.update(homelab)).toEqual({ embedded: 0, removed: 0 });
  const [vector] = await embedder.embed(["get rid of advertisements"]);
  const hits = await index.search(vector!, 3);
  expect(hits[0]?.playbook).toBe("deploy-pihole");
  const changed = {
    ...homelab,
    contentHash: "other",
    playbooks: homelab.playbooks.slice(1).map((entry, at) => (at === 0 ? { ...entry, contentHash: "new" } : entry)),
  };
  expect(await index.update(changed)).toEqual({ embedded: 1, removed: 1 });
});

test("without pgvector the same is found by an exact search in process", async () => {
  const embedder = createBuiltInEmbedder();
  const index = createPlaybookIndex({ database, embedder, repo: "process" });
  await index.update(homelab);
  const [vector] = await embedder.embed(["get rid of advertisements"]);
  const inProcess = createPlaybookIndex({ database: { ...database, hasVectors: false }, embedder, repo: "process" });
  await inProcess.update(homelab);
  const names = (hits: readonly { readonly playbook: string }[]) => hits.map((hit) => hit.playbook);
  expect(names(await inProcess.search(vector!, 3))).toEqual(names(await index.search(vector!, 3)));
});

test("another embedder replaces all vectors", async () => {
  const embedder = createBuiltInEmbedder();
  await createPlaybookIndex({ database, embedder, repo: "swap" }).update(homelab);
  const next = createPlaybookIndex({ database, embedder: { ...embedder, version: "next" }, repo: "swap" });
  expect((await next.update(homelab)).embedded).toBe(homelab.playbooks.length);
  const rows = await database.query("select distinct embedder from playbook_phrasing where repo = 'swap'");
  expect(rows).toEqual([{ embedder: "built-in/next" }]);
});

test("the built-in embedder is the same everywhere, and of unit length", async () => {
  const embedder = createBuiltInEmbedder();
  const [a, b, empty] = await embedder.embed(["block ads", "block ads", ""]);
  expect(a).toEqual(b);
  expect(a).toHaveLength(384);
  expect(Math.hypot(...a!)).toBeCloseTo(1, 5);
  expect(Math.hypot(...empty!)).toBeCloseTo(1, 5);
});
