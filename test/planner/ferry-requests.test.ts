import { describe, expect, test } from "vitest";
import { inventoryNames } from "../../src/mapping/inventory-names.ts";
import type { Playbook } from "../../src/mapping/playbook.ts";
import { fillParameters } from "../../src/planner/values/fill-parameters.ts";
import { createRulePlanner } from "../../src/planner/rule-planner.ts";
import { createVocabulary } from "../../src/planner/vocabulary.ts";
import { catalogOf } from "../../src/mapping/catalog.ts";
import { playbook, variable } from "../mapping/mapping-bench.ts";

// A ferry company: a catalog that nobody prepared for, each line a class of things that people say.
const of = (id: string, description: string, ...names: string[]): Playbook =>
  playbook({ id, path: `playbooks/${id}.yml`, verb: "run", service: null, name: id.replaceAll("_", " "), description, variables: names.map((name) => variable(name, { type: "raw" })) }); // prettier-ignore
const ramp = of("ramp", "Opens or closes a ramp.", "ramp_number", "ramp_state");
const heater = of("deck_heater", "Switches the heating of a deck on or off.", "heater_state", "heater_celsius");
const gate = of("gate_control", "Locks or unlocks a gate.", "gate_number", "gate_action", "gate_reason");
const crewAccount = of("crew_account", "Creates, locks or removes an account.", "crew_login", "crew_full_name", "crew_ship", "crew_state");
const limit = of("limit_engine", "Limits an engine.", "limit_kw", "limit_minutes");
const copyLogs = of("copy_logs", "Copies logs.", "copy_source", "copy_target");
const mount = of("mount_disk", "Mounts a disk.", "mount_device", "mount_point", "mount_fstype");
const dump = of("dump_database", "Saves a database.", "dump_database", "dump_compress", "dump_keep_files");
const tune = of("tune", "Writes a value into a controller.", "tune_name", "tune_value");
const rota = of("rota", "Makes a rota.", "rota_name", "rota_members");
const notice = of("notice", "Puts up a notice.", "notice_title", "notice_file");
const flash = of("flash_radio", "Flashes radios.", "radio_version");
const catalog = catalogOf({
  playbooks: [ramp, heater, gate, crewAccount, limit, copyLogs, mount, dump, tune, rota, notice, flash],
  rejected: [],
});
const inventory = inventoryNames({ bridge: ["radio1", "radio2", "radio3"], quay: ["gate-north", "gate-south"], engine: ["eng1"], shore: ["till1", "till2", "office"] }); // prettier-ignore
const vocabulary = createVocabulary(catalog);
const planner = createRulePlanner({ inventory, vocabulary });
const stepsOf = async (text: string) =>
  (await planner.decompose(text)).steps.map(({ intent, hosts }) => (hosts.length === 0 ? intent : `${intent} @ ${hosts.join(" ")}`));

describe("values, by what a playbook calls them", () => {
  test.each([
    ["open ramp 7", ramp, { ramp_number: 7, ramp_state: "open" }],
    ["ramp 3 must be closed again", ramp, { ramp_number: 3, ramp_state: "closed" }],
    ["turn off the heating", heater, { heater_state: "off" }],
    ["heating on, 21.5°C", heater, { heater_state: "on", heater_celsius: 21.5 }],
    ["unlock gate 12", gate, { gate_number: 12, gate_action: "unlock" }],
    ["lock gate 4, hinge is bent", gate, { gate_number: 4, gate_action: "lock", gate_reason: "hinge is bent" }],
    ["lock the login of vbrand", crewAccount, { crew_login: "vbrand", crew_state: "disabled" }],
    ["delete olsen's account", crewAccount, { crew_login: "olsen", crew_state: "absent" }],
    ["limit to 900 kW for 30 minutes", limit, { limit_kw: 900, limit_minutes: 30 }],
    ["copy /var/log/deck to safe:/logs/deck", copyLogs, { copy_source: "/var/log/deck", copy_target: "safe:/logs/deck" }],
    ["mount /dev/sdc1 at /srv/films, it is xfs", mount, { mount_device: "/dev/sdc1", mount_point: "/srv/films", mount_fstype: "xfs" }],
    ["dump the tickets database, compressed, but keep the files", dump, { dump_database: "tickets", dump_compress: true, dump_keep_files: true }],
    ["set trim_max to 0.4", tune, { tune_name: "trim_max", tune_value: 0.4 }],
    ["rota night-watch for anna, bjarne and cleo", rota, { rota_name: "night-watch", rota_members: ["anna", "bjarne", "cleo"] }],
    ['put up the notice "No boarding" with file boarding.pdf', notice, { notice_title: "No boarding", notice_file: "boarding.pdf" }],
  ] as const)("%s", (intent, target, expected) => {
    expect(fillParameters({ intent }, target, { vocabulary, hosts: inventory.hosts }).variables).toEqual(expected);
  }); // prettier-ignore

  test.each([
    ["do not open ramp 7", ramp, "ramp_state"],
    ["close ramp 3 and open it again", ramp, "ramp_state"],
    ["switch off the lights at gate 4", gate, "gate_action"],
    ["new account tom", crewAccount, "crew_full_name"],
  ] as const)("%s: nothing is made up", (intent, target, name) => {
    expect(fillParameters({ intent }, target, { vocabulary, hosts: inventory.hosts }).variables).not.toHaveProperty(name);
  }); // prettier-ignore
});

describe("steps, hosts and order", () => {
  test.each([
    ["dump tickets on eng1, flash radio1 with 2.1, then reboot it", ["dump tickets @ eng1", "flash with 2.1 @ radio1", "reboot @ radio1"]],
    ["reboot the tills, but till2 stays as it is", ["reboot the @ till1 till2 !till2"]],
    ["reboot every radio but radio3", ["reboot @ bridge !radio3"]],
    ["reboot everything apart from the gates and the tills", ["reboot everything @ all !quay !till1 !till2"]],
    ["reboot till1, till2 and office in 5 minutes", ["reboot in 5 minutes @ till1 till2 office"]],
    ["set trim to 4 on radio1 and drift_x to 7 on radio2", ["set trim to 4 @ radio1", "set drift_x to 7 @ radio2"]],
    ["reboot radio1, and before that dump tickets", ["dump tickets", "reboot @ radio1"]],
    ["upgrade grafana to 11.3 -- backup first pls", ["backup grafana", "upgrade grafana to 11.3"]],
    ["before you flash radio1 dump tickets, compressed", ["dump tickets, compressed @ radio1", "before you flash @ radio1"]],
    ["Hi, please do the following:\na) reboot radio1\nb) reboot radio2\n\nKind regards, Deck office", ["reboot @ radio1", "reboot @ radio2"]],
    ["restore the tickets database, but save it first", ["save it", "restore the tickets database"]],
    ["dump tickets and update till1", ["dump tickets", "update @ till1"]],
    ["reboot both tills and then the radios", ["reboot both @ till1 till2", "reboot both @ bridge"]],
    ["limit eng1 to 900 kW, not more than 30 minutes", ["limit to 900 kW, not more than 30 minutes @ eng1"]],
  ] as const)("%s", async (text, expected) => {
    expect(await stepsOf(text)).toEqual(expected);
  }); // prettier-ignore

  test.each([
    "once the last ferry has left, reboot radio1",
    "reboot radio1 after lunch please",
    "after the drill open ramp 7",
    "close ramp 3 when the deck is empty",
    "when the loading is finished reboot till1",
  ])("%s: what nobody ordered is not waited for, so it is asked about", async (text) => {
    const { steps, ambiguities } = await planner.decompose(text);
    expect({ steps, asked: ambiguities.length }).toEqual({ steps: [], asked: 1 });
  });

  test.each([
    ["delete the crew account olsen but keep the ramp", "keep the ramp"],
    ["reboot everything apart from radio1 and the submarines", "the submarines"],
  ] as const)("%s: what nobody knows how to spare is asked about", async (text, part) => {
    expect((await planner.decompose(text)).ambiguities).toEqual([part]);
  }); // prettier-ignore

  test("machines that the inventory does not know by that name are no machines of a list beside them", async () => {
    const { steps } = await planner.decompose("reboot the captain machines");
    expect(steps[0]?.unknownHosts).toEqual(["captain machines"]);
  });
});
