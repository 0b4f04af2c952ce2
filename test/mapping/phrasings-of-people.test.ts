import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { catalogFromFile } from "../../src/mapping/catalog-file.ts";
import { inventoryNames } from "../../src/mapping/inventory-names.ts";
import { fillParameters } from "../../src/planner/values/fill-parameters.ts";
import { openMapper } from "./mapping-bench.ts";

// A school, far from the homelab: each line stands for a class of things that people say.
const entry = (id: string, name: string, service: string, description: string, variables: string) => ({
  id,
  path: service === id ? `roles/${id}` : `playbooks/${id}.yml`,
  name,
  service: service === "" ? null : service,
  description,
  variables: variables.split(" "),
});
const catalog = catalogFromFile([
  entry("moodle", "Moodle", "moodle", "Courses, assignments and grades for pupils.", "moodle_port moodle_hostname"),
  entry("koha", "Koha", "koha", "Catalogue and lending desk of the school library.", "koha_port"),
  entry("mattermost", "Mattermost", "mattermost", "Team chat with channels.", "mattermost_port"),
  entry("rocketchat", "Rocket.Chat", "rocketchat", "Chat for classes and parents.", "rocketchat_port"),
  entry("ghost", "Ghost blog", "ghost", "A Ghost publication.", "ghost_port"),
  entry("wordpress", "WordPress", "wordpress", "Web site of the school.", "wordpress_port"),
  entry("postgresql", "PostgreSQL", "postgresql", "Relational database.", "postgresql_port postgresql_max_connections"),
  entry("db_create", "Create a database", "", "Creates a database and its user.", "db_name db_user"),
  entry("exam_mode", "Exam mode", "", "Switches the exam mode of a room on or off.", "exam_state"),
  entry("wake_room", "Wake computers", "", "Switches the computers of a room on.", "wake_delay"),
  entry("shutdown_room", "Shut computers down", "", "Shuts the computers of a room down.", "shutdown_delay"),
  entry("restart_machine", "Restart machines", "", "Restarts whole computers.", "restart_serial"),
  entry("pupil_account", "Pupil accounts", "", "Creates, locks or deletes accounts of pupils.", "account_name account_state"),
  entry("add_printer", "Add a printer", "", "Adds a printer queue.", "printer_name printer_address"),
  entry("power_cap", "Power limit", "", "Limits how much power graphics cards draw.", "power_watts"),
]);
const inventory = inventoryNames({
  room12: ["room12-pc1", "room12-pc2"],
  library: ["lib-pc1"],
  pcs: ["room12-pc1", "room12-pc2", "lib-pc1"],
  loadbalancers: ["lb1"],
  production: ["lb1", "db1"],
});

let database: Database;
let ask: (text: string) => Promise<{ playbook: string | null; nearest: readonly string[]; hosts: string; values: unknown }[]>;
beforeAll(async () => {
  const opened = await openMapper(catalog, inventory);
  database = opened.database;
  ask = async (text) =>
    (await opened.read(text)).map(({ step, mapping: { playbook, candidates } }) => {
      const found = catalog.playbooks.find((one) => one.id === playbook);
      const values =
        found === undefined ? {} : fillParameters(step, found, { vocabulary: opened.vocabulary, hosts: inventory.hosts }).variables;
      return { playbook, nearest: candidates.map((candidate) => candidate.playbook), hosts: step.hosts.join(","), values };
    });
});
afterAll(() => database.close());

describe("what a playbook is called", () => {
  test.each([
    ["switch on exam mode in room12", "exam_mode", "room12", { exam_state: "on" }],
    ["wake up room12 at once", "wake_room", "room12", {}],
    ["shut down the PCs in the library", "shutdown_room", "library", {}],
    ["reboot every PC but not the ones in the library", "restart_machine", "pcs,!library", {}],
    ["reboot production without the load balancers", "restart_machine", "production,!loadbalancers", {}],
    ["lock the account of pupil t.becker", "pupil_account", "", { account_name: "t.becker", account_state: "disabled" }],
    ["add the printer kyocera-3 with address 10.4.0.31", "add_printer", "", { printer_name: "kyocera-3", printer_address: "10.4.0.31" }],
    ["create a database blog with user blogger", "db_create", "", { db_name: "blog", db_user: "blogger" }],
    ["limit the power to 250 watts", "power_cap", "", { power_watts: 250 }],
    ["raise max_connections of postgres to 300", "postgresql", "", { postgresql_max_connections: 300 }],
    ["reinicia los ordenadores de la biblioteca", "restart_machine", "library", {}],
  ])("%s -> %s", async (text, playbook, hosts, values) => {
    expect(await ask(text)).toEqual([expect.objectContaining({ playbook, hosts, values }) as unknown]);
  });
});

test("what a service is for is known, in other trades too", async () => {
  expect((await ask("Teachers should be able to hand out homework and give marks online"))[0]?.nearest[0]).toBe("moodle");
  expect((await ask("let the pupils borrow books at the desk, catalogue included"))[0]?.nearest[0]).toBe("koha");
});

describe("a kind of thing is asked about", () => {
  test.each(["a chat for the teachers", "a blog for the dentist", "restart it", "can pupils use moodle on their phones?"])(
    "%s",
    async (text) => {
      expect((await ask(text)).filter((step) => step.playbook !== null)).toEqual([]);
    },
  ); // prettier-ignore
});

test("hosts behind a 'but' are spared, never acted on", async () => {
  expect((await ask("reboot production but not on db1")).map((step) => step.hosts)).toEqual(["production,!db1"]);
});
