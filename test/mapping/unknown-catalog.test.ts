import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { catalogFromFile } from "../../src/mapping/catalog-file.ts";
import { inventoryNames } from "../../src/mapping/inventory-names.ts";
import type { Mapping } from "../../src/mapping/mapping.ts";
import { openMapper } from "./mapping-bench.ts";

// A theatre: each line stands for a class of things that people say of a catalog that nobody prepared for.
const entry = (id: string, name: string, service: string, description: string, variables: string) => ({
  id,
  path: service === "" || /^(?:book|lock|open|hold|power)_/.test(id) ? `playbooks/${id}.yml` : `roles/${id}`,
  name,
  service: service === "" ? null : service,
  description,
  variables: variables.split(" "),
});
const catalog = catalogFromFile([
  entry("nagios_server", "Nagios server", "nagios", "Watches the house.", "nagios_port nagios_hostname"),
  entry("nagios_agent", "Nagios agent", "nagios-agent", "Reports to the watch.", "agent_port agent_server"),
  entry("qlab", "QLab cue desk", "qlab", "Plays cues of sound and light at the desk.", "qlab_port qlab_workspace"),
  entry("install_blueclarinet", "TicketBoothManager", "ticketboothmanager", "Sells seats.", "tbm_hostname tbm_port"),
  entry(
    "plugin_install",
    "Install stage software",
    "stage",
    "Installs a release of Krita or Audacity on desks.",
    "stage_name stage_version",
  ),
  entry("lock_badge", "Lock badge", "", "Locks a badge of the stage door.", "badge_name badge_reason"),
  entry("open_badge", "New badge", "", "Opens a badge for a guest or a colleague.", "badge_name badge_until"),
  entry("hold_desk", "Desk state", "", "Evacuates desks or rehearses with them, depending on desk_action.", "desk_action desk_reason"),
  entry("power_off_service", "Stop a service", "", "Stops one service.", "service_name"),
  entry("db_dump", "Database backup", "", "Dumps one database to a file.", "db_name db_target"),
  entry("costume_restore", "Restore costumes", "", "Brings costume sheets back from the vault.", "restore_path"),
]);
const inventory = inventoryNames({ desks: ["desk1", "desk2"] });

let database: Database;
let map: (text: string) => Promise<readonly Mapping[]>;
beforeAll(async () => {
  const opened = await openMapper(catalog, inventory);
  database = opened.database;
  map = async (text) => (await opened.read(text)).map(({ mapping }) => mapping);
});
afterAll(() => database.close());

describe("sure enough to be planned", () => {
  test.each([
    // first letters of a name, what its variables begin with, a name without its vowels
    ["tbm on desk1", "install_blueclarinet"],
    ["qlb on desk2", "qlab"],
    // verbs that stand in a description only
    ["rehearse with desk1, broken lamp", "hold_desk"],
    // of two playbooks about one kind of object, the one whose verb was said; a reason behind it changes nothing
    ["lock the badge of mona, she retired", "lock_badge"],
    // a service says whose database it is
    ["dump the qlab database", "db_dump"],
    // a product that only a description names
    ["Krita 5.2 on desk1 and desk2", "plugin_install"],
    ["nagios server on desk1", "nagios_server"],
  ])("%s -> %s", async (text, expected) => {
    expect((await map(text)).map((mapping) => mapping.playbook)).toEqual([expected]);
  });
});

describe("asked about", () => {
  test.each([
    // half of two names
    "nagios on desk1",
    // one service of it, or all of it
    "power off desk1",
    // a part of a name that the catalog itself uses as an everyday word
    "we need more desk",
    // an act nobody asked for
    "somewhere to put our costumes",
  ])("%s", async (text) => {
    expect((await map(text)).filter((mapping) => mapping.playbook !== null)).toEqual([]);
  });
});
