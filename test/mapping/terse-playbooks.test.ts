import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { catalogFromFile } from "../../src/mapping/catalog-file.ts";
import { inventoryNames } from "../../src/mapping/inventory-names.ts";
import { openMapper } from "./mapping-bench.ts";

// A lock-keeper's office: playbooks of few words, one act each, and orders for something else that share a word with them.
const catalog = catalogFromFile(
  [
    ["ad-unlock", "unlock domain account", ""],
    ["sluice-log", "sluice log", "times of one day"],
    ["toll-usage", "toll usage", ""],
    ["reboot-machine", "Reboot machine", "Restarts a machine."],
    ["webcam", "webcam", ""],
    ["restore-backup", "Restore backup", "Brings data back from an earlier archive."],
  ].map(([id = "", name = "", description = ""]) => ({
    id,
    path: `playbooks/${id}.yml`,
    name,
    service: null,
    description,
    variables: id === "ad-unlock" ? ["username"] : id === "sluice-log" ? ["day"] : [],
  })),
);

let database: Database;
let accepted: (text: string) => Promise<readonly (string | null)[]>;
beforeAll(async () => {
  const opened = await openMapper(catalog, inventoryNames({ all: ["lock1", "lock2"] }));
  database = opened.database;
  accepted = async (text) => (await opened.read(text)).map(({ mapping }) => mapping.playbook);
});
afterAll(() => database.close());

describe("a playbook of few words", () => {
  test.each([
    "disable the domain account of mae",
    "block the domain account of mae",
    "deactivate domain account mae",
    "open the sluice now",
    "how full is lock1",
    "restart apache2 on lock1",
    "restart php8.2-fpm on lock2",
    "back up the databases",
    "put lock2 back",
  ])("does not answer: %s", async (text) => {
    for (const playbook of await accepted(text)) expect(playbook).toBeNull();
  });

  test.each([
    ["unlock the domain account of mae", "ad-unlock"],
    ["unblock the domain account of mae", "ad-unlock"],
    ["restart lock1", "reboot-machine"],
    ["reboot lock1 and lock2", "reboot-machine"],
  ])("answers: %s", async (text, playbook) => {
    expect(await accepted(text)).toEqual([playbook]);
  });
});
