import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { catalogFromFile } from "../../src/mapping/catalog-file.ts";
import { inventoryNames } from "../../src/mapping/inventory-names.ts";
import type { Mapping } from "../../src/mapping/mapping.ts";
import { partsOfName } from "../../src/mapping/run-together.ts";
import { openMapper } from "./mapping-bench.ts";

// A bakery whose playbooks are called as two people call them in a hurry.
const catalog = catalogFromFile(
  [
    "mysqldump|Dump db|Dumps one database to the shelf.|db_name",
    "flourlevel|Flour level|Flour in the silos.|silo",
    "ovenguard|oven guard||guard",
    "ovenlock|lock oven||oven_number",
    "bakery_site|Streaming of the oven|Adds or removes a camera.|camera camera_state",
    "tillreset|reset till||till_number",
    "priceboard|Price board|Writes prices onto the board.|product price",
    "recipe_pages|recipe pages|Puts the pages of the recipes online.|branch",
    "mixerreboot|reboot mixer||mixer_id",
    "dough_restart|restart dough|Restarts the program that weighs the dough.|graceful",
    "host_reboot|reboot|Reboots hosts.|reason",
    "orderbook|database users|Grants or revokes access of somebody to a database.|db_user db_name",
    "intercom|Intercom|Phone extensions of the counter.|extension_number",
  ].map((line) => {
    const [id = "", name = "", description = "", variables = ""] = line.split("|");
    return { id, path: `playbooks/${id}.yml`, name, service: null, description, variables: variables.split(" ") };
  }),
);

let database: Database;
let map: (text: string) => Promise<readonly Mapping[]>;
beforeAll(async () => {
  const opened = await openMapper(catalog, inventoryNames({ all: ["bake1", "bake2", "shop1"], dough: ["bake1", "bake2"] }));
  database = opened.database;
  map = async (text) => (await opened.read(text)).map(({ mapping }) => mapping);
});
afterAll(() => database.close());

test.each([
  // names that are written together, abbreviated or misspelt
  ["dump the orders db", "mysqldump"],
  ["show the flour level", "flourlevel"],
  ["resett till 4", "tillreset"],
  // nothing says what it does but what it is called after
  ["set the price of the rye bread to 4", "priceboard"],
  // a thing is restarted by what reboots it
  ["restart the mixer m2", "mixerreboot"],
  ["lock oven 3", "ovenlock"],
])("%s: %s", async (text, wanted) => {
  expect((await map(text)).map((mapping) => mapping.playbook)).toEqual([wanted]);
});

test.each([
  // the opposite, and no variable that turns it round
  "unlock oven 3",
  // a group is called so, and what runs there
  "restart the dough",
  // what a title ends with was not said
  "drop the orders database",
  // some part of it, of which it knows nothing
  "increase the brightness of the price board",
])("%s: asked", async (text) => {
  expect((await map(text)).map((mapping) => mapping.playbook)).not.toContainEqual(expect.any(String));
});

test.each([
  ["pgdump", ["pg", "dump"]],
  ["adduser", ["add", "user"]],
  ["svcrestart", ["svc", "restart"]],
  // products and words of the language stay whole
  ["openvpn", ["openvpn"]],
  ["silverbullet", ["silverbullet"]],
  ["website", ["website"]],
])("%s is read as %j", (name, parts) => {
  expect(partsOfName(name)).toEqual(parts);
});
