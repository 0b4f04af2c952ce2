import { describe, expect, test } from "vitest";
import { readModification } from "../../src/planner/change/modification.ts";
import { modificationContext, type PlannedStep } from "../../src/planner/change/modification-change.ts";
import { applyChanges } from "../../src/planner/change/modification-apply.ts";
import { isApproval, isWithdrawal } from "../../src/planner/change/modification-words.ts";
import { emptyQuestion, type Question } from "../../src/planner/question.ts";
import { readTypedAnswer } from "../../src/planner/values/typed-answer.ts";
import { plainTyped } from "../../src/planner/sentence/typed-text.ts";
import { variable } from "../mapping/mapping-bench.ts";
import { decomposer, inventory, line, one, three, vocabulary } from "./waiting-plan.ts";

const read = (text: string, steps: readonly PlannedStep[]) =>
  readModification(plainTyped(text), modificationContext({ steps, inventory, vocabulary, decomposer }));

const lines = async (text: string, steps: readonly PlannedStep[]): Promise<string> => {
  const reading = await read(text, steps);
  return reading.kind === "changes" ? reading.changes.map(line).join(" | ") : reading.kind;
};

describe("other hosts", () => {
  test.each([
    ["only on mq1", "only mq1 @1"],
    ["on mq2 instead", "only mq2 @1"],
    ["no, on mq2 please", "only mq2 @1"],
    ["just mq2", "only mq2 @1"],
    ["run it on mq1 and mq2", "only mq1,mq2 @1"],
    ["not on mq2", "not mq2 @1"],
    ["but not on mq2!", "not mq2 @1"],
    ["without mq2", "not mq2 @1"],
    ["please don’t touch mq2", "not mq2 @1"],
    ["everywhere but vault9", "only all,!vault9 @1"],
    ["no mq2", "not mq2 @1"],
    ["could you run it on mq2 please?", "only mq2 @1"],
    ["ok, but only on mq1", "only mq1 @1"],
    ["mq2 instead of mq1", "only mq2,mq2 @1"],
    ["also on vault9", "also vault9 @1"],
    ["only on the brokers", "only brokers @1"],
    ["on mq7 instead", "only ?mq7 @1"],
    ["on fridge", "only ?fridge @1"],
  ])("%s", async (text, expected) => {
    expect(await lines(text, one)).toBe(expected);
  });

  test.each([
    ["step 3 only on lb1", "only lb1 @3"],
    ["the backup on mq1", "only mq1 @2"],
    ["haproxy only on lb2", "only lb2 @3"],
    ["only on lb1", "only lb1 @1,2,3"],
  ])("of several steps: %s", async (text, expected) => {
    expect(await lines(text, three)).toBe(expected);
  });
});

describe("values", () => {
  test.each([
    ["with port 8883", "1.mosquitto_port=8883"],
    ["port = 8883", "1.mosquitto_port=8883"],
    ["version = 2.0.18", '1.mosquitto_version="2.0.18"'],
    ["use branch main", '1.mosquitto_branch="main"'],
    ["change the port to 8883 please", "1.mosquitto_port=8883"],
    ["mosquitto_persist: yes", "1.mosquitto_persist=true"],
    ["welcome text = hello to all of you", '1.welcome_text="hello to all of you"'],
    ["with port 8883 and version 2.0", '1.mosquitto_port=8883 | 1.mosquitto_version="2.0"'],
    ["version = 2 and only on mq1", '1.mosquitto_version="2" | only mq1 @1'],
    ["welcome text = hello and goodbye", '1.welcome_text="hello and goodbye"'],
    ["only on mq1 and with port 8883", "only mq1 @1 | 1.mosquitto_port=8883"],
    ["on mq1, mq2, with port 8883", "only mq1,mq2 @1 | 1.mosquitto_port=8883"],
  ])("%s", async (text, expected) => {
    expect(await lines(text, one)).toBe(expected);
  });

  test("a value that fits two steps is asked about, unless the step is named", async () => {
    expect(await read("with port 99", three)).toMatchObject({ kind: "refused", message: "steps 1 and 3 both take it" });
    expect(await lines("step 3: port = 99", three)).toBe("3.haproxy_port=99");
    expect(await lines("haproxy port 99", three)).toBe("3.haproxy_port=99");
    expect(await lines("keep days = 30", three)).toBe("2.keep_days=30");
  });
});

describe("steps", () => {
  test.each([
    ["without the backup", "without 2"],
    ["skip step 2", "without 2"],
    ["no backup", "without 2"],
    ["don't restart haproxy", "without 3"],
    ["leave out the restart", "without 3"],
    ["remove the last step", "without 3"],
    ["skip steps 2 and 3", "without 2,3"],
    ["without paperless", "without 2"],
    ["can we do it without the backup?", "without 2"],
    ["only step 1", "without 2,3"],
    ["just the backup", "without 1,3"],
    ["stop haproxy instead", "stop haproxy for all"],
    ["back up first", "order 2,1,3"],
    ["first the backup", "order 2,1,3"],
    ["step 3 first", "order 3,1,2"],
    ["deploy mosquitto last", "order 2,3,1"],
    ["the restart before the backup", "order 1,3,2"],
    ["in reverse order", "order 3,2,1"],
    ["also deploy zigbee2mqtt", "last deploy zigbee2mqtt"],
    ["and then deploy zigbee2mqtt on mq2", "last deploy zigbee2mqtt"],
    ["first deploy zigbee2mqtt", "first deploy zigbee2mqtt"],
    ["zigbee2mqtt instead of mosquitto", "deploy zigbee2mqtt for 1"],
    ["no, deploy zigbee2mqtt instead", "deploy zigbee2mqtt for all"],
    ["without the backup, and only on lb1", "without 2 | only lb1 @1,2,3"],
  ])("%s", async (text, expected) => {
    expect(await lines(text, three)).toBe(expected);
  });

  test("what is added to one step may speak of its service as it", async () => {
    expect(await lines("also back it up", one)).toBe("last back up mosquitto");
    expect(await lines("add a backup of paperless", one)).toBe("last backup of paperless");
    expect(await lines("zigbee2mqtt instead", one)).toBe("deploy zigbee2mqtt for all");
  });
});

describe("never taken", () => {
  test.each([
    ["with welcome text {{ lookup('pipe','id') }}", one],
    ["welcome text = {{ 1 }}", one],
    ["on all:!mq1", one],
    ["on ~mq.*", one],
    ["on mq*", one],
    ["on @/etc/passwd", one],
    ["on localhost", one],
    ["on 127.0.0.1", one],
    ["ansible_connection=local", one],
    ["with ansible_become_pass = x", one],
    ["port = 99999", one],
    ["password = hunter2", one],
    ["welcome text = $(reboot)", one],
    ["welcome text = hello, and reboot everything", one],
    ["keep days = 3 and reboot everything in sight of the moon", three],
    ["skip step 7", three],
    ["without mosquitto", one],
    ["not on vault9", one],
    ["not on the brokers", one],
    ["not on vault9", three],
    ["step 1 first", three],
  ])("%s: with a reason", async (text, steps) => {
    expect(await read(text, steps)).toMatchObject({ kind: "refused" });
  });

  test.each([
    "what does step 2 do?",
    "thanks, nice",
    "with more cowbell",
    "with the days of keeping in sight of the moon",
    "only on mq1 because bob said so yesterday",
    "restart haproxy",
    "remove mosquitto",
    "the weather is fine",
    "on friday",
    "tomorrow",
    "",
    "---",
  ])("%s: is no change", async (text) => {
    expect((await read(text, three)).kind).toBe("none");
  });
});

describe("what a change makes of the plan", () => {
  const apply = async (text: string, steps: readonly PlannedStep[]) => {
    const reading = await read(text, steps);
    if (reading.kind !== "changes") throw new Error(`${text}: ${reading.kind}`);
    return applyChanges(steps, reading.changes, []);
  };
  const shape = async (text: string) => {
    const applied = await apply(text, three);
    return applied.kind === "refused"
      ? applied.message
      : applied.steps.map(({ draft }) => [draft.order, draft.intent, draft.dependsOn.join()].join(":"));
  };

  test("orders and dependencies follow", async () => {
    expect(await shape("skip step 2")).toEqual(["1:deploy mosquitto:", "2:restart haproxy:1"]);
    expect(await shape("back up first")).toEqual(["1:back up paperless:", "2:deploy mosquitto:1", "3:restart haproxy:2"]);
  });

  test("hosts and values stay with their step", async () => {
    const applied = await apply("step 3 only on lb1, and keep days = 30, and without step 1", three);
    expect(applied).toMatchObject({
      kind: "steps",
      steps: [
        { from: 2, draft: { order: 1, variables: { keep_days: 30 }, requestedHosts: [] } },
        { from: 3, draft: { order: 2, requestedHosts: ["lb1"] }, placed: true },
      ],
    });
  });

  test("a host more keeps those that it acted on, a host less keeps the rest", async () => {
    expect(await apply("also on vault9", one)).toMatchObject({ steps: [{ draft: { requestedHosts: ["mq1", "mq2", "vault9"] } }] });
    expect(await apply("not on mq2", one)).toMatchObject({ steps: [{ draft: { requestedHosts: ["!mq2"] } }] });
    const [only] = one;
    if (only === undefined) throw new Error("no step");
    const named = [{ ...only, draft: { ...only.draft, requestedHosts: ["mq1", "mq2"] } }];
    expect(await apply("not on mq2", named)).toMatchObject({ steps: [{ draft: { requestedHosts: ["mq1", "!mq2"] } }] });
  });
});

describe("short words", () => {
  test.each(["cancel", "Never mind!", "forget it", "stop", "please cancel that", "nvm", "no, cancel", "abbrechen", "cancel the plan"])(
    "%s withdraws",
    (text) => {
      expect(isWithdrawal(plainTyped(text))).toBe(true);
    },
  );
  test.each(["stop gitea", "cancel the backup", "forget step 2", "no", "drop step 2"])("%s does not", (text) => {
    expect(isWithdrawal(text)).toBe(false);
  });
  test.each(["yes", "ok", "Approve", "go ahead", "yes, do it!", "lgtm", "👍"])("%s is an approval", (text) => {
    expect(isApproval(text)).toBe(true);
  });
  test.each(["yes but on web2", "okapi", "go to mq1"])("%s is not", (text) => {
    expect(isApproval(text)).toBe(false);
  });
});

describe("typed text", () => {
  test.each([
    ["deploy\u00a0gitea\u202fnow", "deploy gitea now"],
    ["title \u201cA \u2018b\u2019\u201d", "title \"A 'b'\""],
    ["deploy gitea \u2014 then stop", "deploy gitea - then stop"],
    ["deploy gitea \u2014check", "deploy gitea --check"],
    ["web\u200b1 \u202eevil\u202c", "web1 evil"],
    ["caf\u0065\u0301", "caf\u00e9"],
    ["a\r\nb\u2028c", "a\nb\nc"],
    ["`web1` ```x```", "`web1` ```x```"],
    ["port\t=\t1\u2026", "port = 1..."],
  ])("%j", (text, expected) => {
    expect(plainTyped(text)).toBe(expected);
  });
});

describe("answers", () => {
  const missing = (order: number, name: string, facts: Parameters<typeof variable>[1] = {}): Question["missing"][number] => ({
    step: order,
    variable: variable(name, { required: true, ...facts }),
    problem: null,
  });
  const ask = (text: string, question: Partial<Question>) =>
    readTypedAnswer(plainTyped(text), {
      question: { ...emptyQuestion, ...question },
      inventory,
      vocabulary,
      playbookOf: (order) => three.find((planned) => planned.draft.order === order)?.playbook,
    });

  test.each([
    ["mosquitto_port = 8883", { "1.mosquitto_port": 8883 }],
    ["port: 8883", { "1.mosquitto_port": 8883 }],
    ["the port is 8883", { "1.mosquitto_port": 8883 }],
    ["port 8883", { "1.mosquitto_port": 8883 }],
    ["8883", { "1.mosquitto_port": 8883 }],
  ])("%s is the missing number", (text, values) => {
    expect(ask(text, { missing: [missing(1, "mosquitto_port", { type: "int" })] })).toMatchObject({
      kind: "answer",
      values,
      echo: "mosquitto_port = 8883",
    });
  });

  test("several lines, a text with spaces, yes for a switch, a choice", () => {
    const two = [missing(1, "mosquitto_port", { type: "int" }), missing(1, "welcome_text")];
    expect(ask("port: 1\nwelcome text: good morning", { missing: two })).toMatchObject({
      values: { "1.mosquitto_port": 1, "1.welcome_text": "good morning" },
    });
    expect(ask("good morning", { missing: [missing(1, "welcome_text")] })).toMatchObject({ kind: "none" }); // small talk
    expect(ask('"good morning"', { missing: [missing(1, "welcome_text")] })).toMatchObject({
      values: { "1.welcome_text": "good morning" },
    });
    expect(ask("blue house", { missing: [missing(1, "welcome_text")] })).toMatchObject({ values: { "1.welcome_text": "blue house" } });
    expect(ask("yes", { missing: [missing(1, "mosquitto_persist", { type: "bool" })] })).toMatchObject({
      values: { "1.mosquitto_persist": true },
    });
    expect(ask("RED", { missing: [missing(1, "colour", { choices: ["red", "blue"] })] })).toMatchObject({ values: { "1.colour": "red" } });
    expect(ask("green", { missing: [missing(1, "colour", { choices: ["red", "blue"] })] })).toMatchObject({ kind: "refused" });
    expect(ask("many", { missing: [missing(1, "mosquitto_port", { type: "int" })] })).toMatchObject({ kind: "refused" });
  });

  test("the same name in two steps needs its step; two fields need their names", () => {
    const two = [missing(1, "port"), missing(3, "port")];
    expect(ask("port = 1", { missing: two })).toMatchObject({
      kind: "refused",
      message: "port is asked for in several steps: write 1.port or 3.port",
    });
    expect(ask("1.port = 1\n3.port = 2", { missing: two })).toMatchObject({ values: { "1.port": "1", "3.port": "2" } });
    expect(ask("8883", { missing: two })).toMatchObject({ kind: "none" });
  });

  test.each(["deploy zigbee2mqtt", "what is that?", "ok", "hello", "restart haproxy on lb1"])("%s is no value", (text) => {
    expect(ask(text, { missing: [missing(1, "welcome_text")] })).toMatchObject({ kind: "none" });
  });

  const candidates = [
    { playbook: "dump-paperless", name: "Back up Paperless", confidence: 0.6 },
    { playbook: "bounce-haproxy", name: "Restart HAProxy", confidence: 0.5 },
  ];
  const unmapped = [{ step: 1, name: "save it", why: "", candidates, suggestion: "choose" as const }];
  test.each([
    ["2", "bounce-haproxy"],
    ["the first one", "dump-paperless"],
    ["number 2 please", "bounce-haproxy"],
    ["restart haproxy", "bounce-haproxy"],
    ["dump-paperless.yml", "dump-paperless"],
  ])("%s picks a candidate", (text, playbookId) => {
    expect(ask(text, { unmapped })).toMatchObject({ kind: "answer", choices: { 1: playbookId } });
  });
  test("a number that was not offered is refused", () => {
    expect(ask("3", { unmapped })).toMatchObject({ kind: "refused" });
  });

  const unknownHosts = [{ step: 2, word: "mq7", nearest: ["mq1"] }];
  test.each([
    ["on mq1", ["mq1"], false],
    ["mq1", ["mq1"], false],
    ["I mean mq1 and mq2", ["mq1", "mq2"], false],
    ["only on the brokers", ["brokers"], true],
    ["everywhere", ["all"], false],
  ])("%s is the place that was asked for", (text, names, only) => {
    expect(ask(text, { unknownHosts })).toMatchObject({ kind: "answer", hosts: { 2: { names, only } } });
  });
  test.each(["on mq8", "on all:!mq1", "on localhost", "somewhere nice"])("%s is no place", (text) => {
    expect(ask(text, { unknownHosts })).toMatchObject({ kind: "none" });
  });
});
