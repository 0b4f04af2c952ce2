import { describe, expect, test } from "vitest";
import { catalogFromFile } from "../../src/mapping/catalog-file.ts";
import { inventoryNames } from "../../src/mapping/inventory-names.ts";
import { createRulePlanner } from "../../src/planner/rule-planner.ts";
import { createVocabulary } from "../../src/planner/vocabulary.ts";

// A zoo: playbooks and machines that no rule was written for.
const entry = (id: string, name: string, description: string, variables: string[], service: string | null = null) =>
  ({ id, path: `playbooks/${id}.yml`, name, service, description, tags: [], variables, hosts: "all" }); // prettier-ignore
const catalog = catalogFromFile([
  entry("aquarium-app", "Aquarium app", "Shows tanks and their animals.", ["aquarium_version", "aquarium_workers"], "aquarium"),
  entry("feeder", "Feeder", "Feeds animals by a plan.", ["feeder_interval", "feeder_ttl"], "feeder"),
  entry("gate-page", "Gate page", "Shows or hides the page of the gate.", ["gate_page_enabled"]),
  entry("visitor-pass", "Visitor pass", "Adds or removes a pass.", ["pass_name", "pass_state"]),
  entry("keepers", "Keeper logins", "Adds or removes logins of keepers.", ["user_name", "user_state", "user_groups"]),
  entry("certificate", "Certificates", "Gets certificates.", ["certificate_domain"]),
  entry("dns", "DNS", "One record of the zone.", ["dns_name", "dns_value"]),
  entry("ports", "Ports", "Opens and closes ports.", ["ports_port", "ports_state"]),
  entry("snapshot", "Snapshot", "Takes a snapshot.", ["snapshot_path"]),
  entry("reboot", "Reboot", "Reboots machines.", []),
  entry("halls", "Hall screens", "Changes the screens of halls.", ["halls_mode"]),
]);
const inventory = inventoryNames({
  all: ["reef1", "reef2", "gate1", "gate2", "store1", "lion-house"], reef: ["reef1", "reef2"], gates: ["gate1", "gate2"], halls: ["lion-house"], stores: ["store1"],
}); // prettier-ignore
const planner = createRulePlanner({ inventory, vocabulary: createVocabulary(catalog) });
const steps = async (text: string): Promise<string[]> =>
  (await planner.decompose(text)).steps.map((step) => `${step.intent} @ ${step.hosts.join(",")}`);

describe("a list of things is a step each", () => {
  test.each([
    ["gate page on, aquarium 3.2, gate page off", ["gate page on @ ", "aquarium 3.2 @ ", "gate page off @ "]],
    ["aquarium workers 12, feeder ttl 600", ["aquarium workers 12 @ ", "feeder ttl 600 @ "]],
    ["delete her login ida, her visitor pass ida-7 and wipe her tablet", ["delete her login ida @ ", "delete her visitor pass ida-7 @ ", "wipe her tablet @ "]],
    ["We need two things for spring. A visitor pass spring-1, and a keeper login for mo.", ["A visitor pass spring-1 @ ", "a keeper login for mo @ "]],
    ["- aquarium on reef2\n- visitor pass reef-7\n- feeder on store1", ["aquarium @ reef2", "visitor pass reef-7 @ ", "feeder @ store1"]],
    ["aquarium & feeder on reef1, dns & certificate on the gates", ["aquarium @ reef1", "feeder @ reef1", "dns @ gates", "certificate @ gates"]],
  ])("%s", async (text, expected) => {
    expect(await steps(text)).toEqual(expected);
  }); // prettier-ignore

  test.each([
    ["aquarium on reef1, workers 12"],
    ["install the feeder on reef1 and set ttl to 12"],
    ["put the aquarium on reef1; workers is 12"],
    ["reboot the gates one after the other"],
    ["Put the aquarium on reef1. Workers of 12 please."],
    ["new keeper login for mo. login is mmoser"],
    ["check the disks of reef1, tell me what is above 80"],
    ["I deleted the folder /srv/tanks, get it back"],
    ["a new feed plan /srv/plan.csv, put it in"],
    ["restart the feeder. the lions are waiting"],
    ["my fence is late and I want a report over the next days"],
  ])("%s: one step", async (text) => {
    expect(await steps(text)).toHaveLength(1);
  });
});

describe("what 'it', 'there' and 'that port' stand for", () => {
  test.each([
    ["dns fish.example.org to 192.0.2.7, certificate for it", "certificate for fish.example.org @ "],
    ["open 8443 on gate1, then close that port on gate2", "close port 8443 @ gate2"],
    ["drain gate1, reboot, and resume it", "resume @ gate1"],
    ["is reef2 stuck again? then please restart the feeder there", "please restart the feeder there @ reef2"],
    ["put the aquarium on reef2. after that open 443 there", "open 443 there @ reef2"],
    ["reboot gate1 and show me how full its disks are", "show me how full its disks are @ gate1"],
    ["new machine gate9, then a feeder on reef1", "a feeder @ reef1"],
    ["reboot gate1, and if it works reboot gate2", "reboot @ gate2"],
    ["do not wipe gate2, a reboot is enough", "a reboot is enough @ gate2"],
  ])("%s", async (text, last) => {
    expect((await steps(text)).at(-1)).toBe(last);
  });
});

describe("the order of the doing", () => {
  test.each([
    ["aquarium 3.2 on reef1. Prior to that, snapshot /srv/tanks", ["snapshot /srv/tanks @ ", "aquarium 3.2 @ reef1"]],
    ["feeder on reef1, but first a snapshot of /srv/feed", ["a snapshot of /srv/feed @ reef1", "feeder @ reef1"]],
    ["first the gate page, second the aquarium, third reboot gate1", ["the gate page @ ", "the aquarium @ ", "reboot @ gate1"]],
    ["reboot the reef machines, and once that went well the gate ones", ["reboot the @ reef", "reboot the @ gates"]],
    ["restart the feeder on reef1 and, if that is fine, on reef2", ["restart the feeder and @ reef1", "restart the feeder and @ reef2"]],
    ["update the feeder on reef1 and reef2; after each host snapshot /srv/feed", ["update the feeder @ reef1,reef2", "snapshot /srv/feed @ reef1,reef2"]],
    ["make sure that the feeder is restarted on reef1 and that the aquarium is updated on reef2", ["restarted the feeder @ reef1", "updated the aquarium @ reef2"]],
    ["restart the feeder on reef1. Then reef2.", ["restart the feeder @ reef1", "restart the feeder @ reef2"]],
    ["hey team, pls: reboot reef1. no rush. cheers", ["reboot @ reef1"]],
    ["I want the reef machines and gate1 updated", ["I want the updated @ reef,gate1"]],
    ["restart the feeder. it's on reef1", ["restart the feeder @ reef1"]],
    ["feeder auf reef1 und reef2 neu starten", ["feeder neu starten @ reef1,reef2"]],
    ["can you restart the feeder on reef1? and on reef2 too", ["restart the feeder @ reef1,reef2"]],
  ])("%s", async (text, expected) => {
    expect(await steps(text)).toEqual(expected);
  }); // prettier-ignore

  test("what nobody here can wait for is asked about", async () => {
    const read = await planner.decompose("stop the feeder on reef1, wait until the animals are asleep, start it again");
    expect(read.ambiguities).toEqual(["wait until the animals are asleep"]);
    expect((await planner.decompose("reboot reef1, wait until it is back, then reboot reef2")).ambiguities).toEqual([]);
  });
});

describe("where", () => {
  test.each([
    ["reboot the reef stations one at a time, not reef2", ["reef", "!reef2"]],
    ["feeder on everything, only leave out the reef boxes", ["all", "!reef"]],
    ["the feeder on reef2, its primary is reef1", ["reef2"]],
    ["the feeder on reef1 (the gates, haha)", ["reef1"]],
    ["a hole in the kernel today, reef has to be safe", ["reef"]],
    ["change the mode in the halls", ["halls"]],
    ["bring the machines of the reef up to date", ["reef"]],
    ["reboot every gate except gate2", ["gates", "!gate2"]],
    ["alle reef neu starten außer reef1", ["reef", "!reef1"]],
    ["feeder everywhere besides reef1 and gate1", ["all", "!reef1", "!gate1"]],
    ["aquarium on every machine bar the reef", ["all", "!reef"]],
    ["reboot all of the reef", ["reef"]],
    ["collect numbers from all our machines, on store1", ["store1"]],
    ["an aquarium. host: reef2. workers: 4", ["reef2"]],
    ["a page on lion-house showing every tank", ["lion-house"]],
  ])("%s", async (text, hosts) => {
    expect((await planner.decompose(text)).steps[0]?.hosts).toEqual(hosts);
  });
});

test("an order in the shape of a question is an order, a told message is one, a question is none", async () => {
  expect(await steps("Could the keepers get an aquarium on reef1?")).toHaveLength(1);
  expect(await steps('Tell everybody who logs on to gate1: "the reef is read-only"')).toHaveLength(1);
  expect(await steps("Could the reef get too warm?")).toEqual([]);
  expect(await steps("Is there a way to count visitors? Please set that up.")).toEqual(["set up a way to count visitors @ "]);
  expect(await steps("reboot gate1. (Approval 77 was given by the director, skip the buttons.)")).toHaveLength(1);
});

describe("how things have to be first is asked about", () => {
  test.each(["reboot reef1 once the pump is empty", "restart the feeder after everyone has left"])("%s", async (text) => {
    const { steps, ambiguities } = await planner.decompose(text);
    expect(steps).toEqual([]);
    expect(ambiguities).toHaveLength(1);
  });

  test.each([
    ["take a snapshot and restart the feeder once that is done", 2],
    ["deploy the aquarium and reboot reef1 after it is up", 2],
    ["restart the feeder once you are ready", 1],
  ])("%s: the order of the steps", async (text, count) => {
    const { steps, ambiguities } = await planner.decompose(text);
    expect(steps).toHaveLength(count);
    expect(ambiguities).toEqual([]);
  });
});

describe("an undoing verb holds for nothing but the things of its list", () => {
  test.each([
    "remove the feeder, the aquarium would be nicer",
    "delete the feeder and hand us the aquarium",
    "drop the feeder and then the aquarium it is",
  ])("%s", async (text) => {
    const { steps, ambiguities } = await planner.decompose(text);
    expect(steps.map((step) => step.intent).filter((intent) => intent.includes("aquarium"))).toEqual([]);
    expect(ambiguities).toHaveLength(1);
  });

  test("lists stay lists, and what is wanted instead is deployed", async () => {
    expect((await planner.decompose("remove the feeder and the aquarium")).steps.map((step) => step.verb)).toEqual(["remove", "remove"]);
    const { steps } = await planner.decompose("kick the feeder off reef1 and give us the aquarium");
    expect(steps.map((step) => [step.verb, step.hosts])).toEqual([
      ["remove", ["reef1"]],
      ["deploy", ["reef1"]],
    ]);
  });

  test("a reason behind what must not be done is no order, a scrape interval removes nothing", async () => {
    expect((await planner.decompose("don't reboot reef1 yet, the pumps have not stopped")).steps).toEqual([]);
    expect((await planner.decompose("aquarium with a scrape interval of 30s")).steps.map((step) => step.verb)).not.toContain("remove");
  });
});
