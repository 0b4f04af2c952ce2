import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { catalogFromFile } from "../../src/mapping/catalog-file.ts";
import { inventoryNames } from "../../src/mapping/inventory-names.ts";
import type { Mapping } from "../../src/mapping/mapping.ts";
import { openMapper } from "./mapping-bench.ts";

// A zoo: what is sure there, and what looks so at first sight.
const entry = (path: string, name: string, service: string | null, description: string, variables: string) => ({
  id: path.replace(/^.*\/|\.yml$/g, ""),
  path,
  name,
  service,
  description,
  variables: variables.split(" "),
});
const catalog = catalogFromFile([
  entry("roles/postgresql", "PostgreSQL", "postgresql", "Database.", "postgresql_version postgresql_port"),
  entry("roles/vaultwarden", "Vaultwarden", "vaultwarden", "", "vaultwarden_port"),
  entry("roles/restic", "Restic", "restic", "", "restic_repository restic_schedule"),
  entry("roles/setup_floodlight", "Floodlight", "knxd", "Lamps of the big cages.", "knxd_port knxd_bus"),
  entry("playbooks/switch_floodlight.yml", "Switch floodlight", null, "Turns the lamps on or off.", "lamp_cage lamp_state"),
  entry("playbooks/unit.yml", "Unit", null, "Starts, stops, restarts or reloads a unit.", "unit_name unit_action"),
  entry("playbooks/app_remove.yml", "Remove an app", null, "Takes an app off its machine.", "app_name"),
  entry("playbooks/app_backup.yml", "Back up an app", null, "Saves the data of one app.", "app_name"),
  entry("playbooks/keeper_login.yml", "Keeper login", null, "", "login_name login_groups login_state"),
]);

let database: Database;
let map: (text: string) => Promise<readonly Mapping[]>;
beforeAll(async () => {
  const opened = await openMapper(catalog, inventoryNames({ cages: ["lion1", "wolf1"] }));
  database = opened.database;
  map = async (text) => (await opened.read(text)).map(({ mapping }) => mapping);
});
afterAll(() => database.close());

test.each([
  // one playbook does several things by a variable
  ["reload postgresql on lion1", "unit"],
  ["stop vaultwarden", "unit"],
  // a state: what is added is also taken away, and 'create' is 'add'
  ["create a keeper login for dora", "keeper_login"],
  ["delete the keeper login boris", "keeper_login"],
  // a reason behind a comma
  ["restart vaultwarden on wolf1, somebody stopped it", "unit"],
])("%s: %s", async (text, wanted) => {
  expect((await map(text)).map((mapping) => mapping.playbook)).toEqual([wanted]);
});

test.each([
  // something of the service, not the service
  "delete the user Mia in vaultwarden",
  // a service for backups makes them, it is not what is saved
  "restic should also back up /srv/maps",
  // an everyday noun that two playbooks have, and nothing that tells which
  "the floodlight",
  // what happened is no order
  "somebody removed vaultwarden",
  // a service is not switched off by setting it up
  "turn postgresql off for good",
])("asked about: %s", async (text) => {
  expect((await map(text)).map((mapping) => mapping.playbook).filter((playbook) => playbook !== null)).toEqual([]);
});
