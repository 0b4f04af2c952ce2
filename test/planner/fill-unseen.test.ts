import { describe, expect, test } from "vitest";
import { fillParameters } from "../../src/planner/values/fill-parameters.ts";
import { createVocabulary } from "../../src/planner/vocabulary.ts";
import { catalog, inventory, playbook, variable } from "../mapping/mapping-bench.ts";

// A museum, a bakery, a harbour: values on playbooks that no rule was written for, of which only the names of variables are known.
const vocabulary = createVocabulary(catalog);
const of = (id: string, description: string, ...names: string[]) =>
  playbook({
    id,
    verb: "run",
    service: null,
    name: id.replaceAll("_", " "),
    description,
    variables: names.map((name) => variable(name, { type: "raw" })),
  });
const deploy = (service: string, ...names: string[]) =>
  playbook({ id: `install_${service}`, verb: "deploy", service, name: service, variables: names.map((name) => variable(`${service}_${name}`, { type: "raw" })) }); // prettier-ignore
const fill = (intent: string, target: ReturnType<typeof playbook>) =>
  fillParameters({ intent }, target, { vocabulary, hosts: inventory.hosts }).variables;

const tills = of("close_till", "Closes a till and prints its day.", "till_name", "till_reason");
const oven = of("oven_state", "Starts, stops or drains an oven, chosen by oven_action.", "oven_action", "oven_reason");
const shift = of("reserve_berth", "Keeps a berth free for a while.", "berth_name", "berth_start", "berth_end", "berth_reason");
const account = of("crew_account", "Creates, changes or removes crew accounts.", "user_name", "user_state", "user_groups", "user_expires");
const roster = of("roster_members", "Puts people on a roster or takes them off it.", "roster_name", "member_address", "member_state");
const banner = of("banner", "Shows or hides the notice on the ticket page.", "banner_enabled", "banner_message");
const guide = deploy("guide", "version", "theme", "memory", "tags", "signup_enabled", "title", "executor");

describe("names of what a playbook acts on", () => {
  test.each([
    ["close till_7", tills, { till_name: "till_7" }],
    ["please close the till north-2", tills, { till_name: "north-2" }],
    ["something is wrong with till quay4, it beeps", tills, { till_name: "quay4" }],
    ["close everything", tills, {}],
    ["vacuum invoices on web1", of("store_work", "Vacuums a database.", "db_name"), { db_name: "invoices" }],
    ["empty the queue lost.orders", of("queue_work", "Empties a queue.", "queue_name", "queue_vhost"), { queue_name: "lost.orders" }],
    ["restart munge-d", of("restart_unit", "Restarts a unit.", "service_name"), { service_name: "munge-d" }],
    ["restart everything", of("restart_unit", "Restarts a unit.", "service_name"), {}],
    [
      "account for our guest Dr. Ida Moss, login imoss",
      of("crew_account", "Creates accounts.", "user_name", "user_full_name"),
      { user_name: "imoss", user_full_name: "Ida Moss" },
    ],
    ["give mira an account", account, { user_name: "mira" }],
    [
      "freeze tank/north as before-spring",
      of("freeze", "Freezes a dataset.", "freeze_dataset", "freeze_name"),
      { freeze_dataset: "tank/north", freeze_name: "before-spring" },
    ],
    ["wake 52:54:00:0a:1b:2c", of("wake", "Wakes a machine.", "wake_mac"), { wake_mac: "52:54:00:0a:1b:2c" }],
    ["close the till", tills, {}],
    ["close the till again, a one-off", tills, {}],
    ["add ida@example.org to harbourmasters", roster, { roster_name: "harbourmasters", member_address: "ida@example.org" }],
    ["take ida@example.org off the roster pilots", roster, { roster_name: "pilots", member_address: "ida@example.org", member_state: "absent" }], // prettier-ignore
  ])("%s", (intent, target, expected) => {
    expect(fill(intent, target)).toEqual(expected);
  });
});

describe("which of its actions a playbook is asked for", () => {
  test.each([
    ["drain it, burner noise", oven, { oven_action: "drain", oven_reason: "burner noise" }],
    ["stop it, it burns", oven, { oven_action: "stop" }],
    ["banner off", banner, { banner_enabled: false }],
    ["take the banner down again", banner, { banner_enabled: false }],
    ["put the banner up with the text Closed on Monday", banner, { banner_enabled: true, banner_message: "Closed on Monday" }],
    ["the account of user mira must go", account, { user_name: "mira", user_state: "absent" }],
  ])("%s", (intent, target, expected) => {
    expect(fill(intent, target)).toEqual(expected);
  });

  test("what a playbook is named after is no action, a choice is one however it is bent", () => {
    const ship = of("ship", "Ships a version or takes it back.", "ship_version", "ship_action");
    expect(fill("ship 4.2.1", ship)).toEqual({ ship_version: "4.2.1" });
    expect(fill("roll back to 4.2.0", ship)).toEqual({ ship_version: "4.2.0", ship_action: "rollback" });
    const unit = playbook({ id: "unit", verb: "run", service: null, name: "Unit", variables: [variable("unit_action", { choices: ["restarted", "stopped"] })] }); // prettier-ignore
    expect(fill("restart it", unit)).toEqual({ unit_action: "restarted" });
  });
});

describe("times, amounts and lists", () => {
  test.each([
    [
      "keep berth east_3 free from 2027-04-01T06:00 until 2027-04-02T20:00",
      shift,
      { berth_name: "east_3", berth_start: "2027-04-01T06:00", berth_end: "2027-04-02T20:00" },
    ],
    [
      "new crew account for user jon, groups deck and engine, until 2027-12-31",
      account,
      { user_name: "jon", user_groups: ["deck", "engine"], user_expires: "2027-12-31" },
    ],
    ["new crew account for user jon in group deck, harbour pass later", account, { user_name: "jon", user_groups: "deck" }],
    [
      "bell every 15 minutes for 2h at 40 percent",
      of("bell", "Rings.", "bell_interval", "bell_duration", "bell_percentage"),
      { bell_interval: 15, bell_duration: "2h", bell_percentage: "40" },
    ],
    ["tell me what is above 85", of("ovens_report", "How hot.", "report_threshold"), { report_threshold: "85" }],
    ["labels are 60x40", of("labels", "Labels.", "labels_size"), { labels_size: "60x40" }],
    [
      "sweep older than 30 days but keep /srv/flour",
      of("sweep", "Sweeps.", "sweep_days", "sweep_exclude"),
      { sweep_days: 30, sweep_exclude: "/srv/flour" },
    ],
    ["max 4 trays at 2 ovens", of("trays", "Trays.", "bakery_max_trays"), { bakery_max_trays: 4 }],
    ["a full backup of the till", of("backup_tills", "Backs tills up.", "backup_level"), { backup_level: "full" }],
    ["open the shutters for everyone", of("shutters", "Shutters.", "shutters_source"), {}],
    ["at most 3 dough jobs, 500 GB", of("dough", "Dough.", "dough_size"), { dough_size: "500GB" }],
    ["bake at 5 4 * * 1 please", of("bake", "Bakes.", "bake_schedule"), { bake_schedule: "5 4 * * 1" }],
    ["base dc=pier,dc=example please", deploy("directory", "base"), { directory_base: "dc=pier,dc=example" }],
  ])("%s", (intent, target, expected) => {
    const said = Object.fromEntries(Object.entries(fill(intent, target)).map(([name, value]) => [name, Array.isArray(value) ? value : String(value)])); // prettier-ignore
    expect(said).toEqual(Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, Array.isArray(value) ? value : String(value)]))); // prettier-ignore
  });
});

describe("values of a service", () => {
  test.each([
    ["guide 7 with 2G of memory", { guide_version: "7", guide_memory: "2G" }],
    ["install guide R2031b", { guide_version: "R2031b" }],
    ["guide, tags night, with the harbour theme", { guide_tags: "night", guide_theme: "harbour" }],
    ["guide w/o open sign-up", { guide_signup_enabled: false }],
    ["guide with the title Night Watch please", { guide_title: "Night Watch" }],
    ["guide with the new theme", {}],
  ])("%s", (intent, expected) => {
    expect(fill(intent, guide)).toEqual(expected);
  });
});
