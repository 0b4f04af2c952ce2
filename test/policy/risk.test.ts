import { describe, expect, test } from "vitest";
import { highestRisk, riskOf, type TaskToJudge } from "../../src/policy/risk.ts";

describe("risk", () => {
  const task = (module: string, args: Record<string, unknown> = {}, neverChanges = false): TaskToJudge => ({
    module,
    arguments: args,
    neverChanges,
  });
  const of = (verb: Parameters<typeof riskOf>[0]["verb"], tasks: readonly TaskToJudge[], uncertain = false): string =>
    riskOf({ verb, name: "x" }, tasks, uncertain).risk;

  test.for([
    ["read", "check", [task("ansible.builtin.stat"), task("command", { cmd: "df" }, true)]],
    ["read", "show", []],
    ["read", "deploy", [task("uri")]],
    ["change", "check", [task("command", { cmd: "df" })]],
    ["change", "check", [task("ansible.builtin.uri", { method: "POST" })]],
    ["change", "deploy", []],
    ["change", "deploy", [task("community.general.unknown_module")]],
    ["change", "check", [task("ansible.posix.stat")]],
    ["destructive", "remove", [task("debug")]],
    ["destructive", "restore", []],
    ["destructive", "check", [task("reboot")]],
    ["destructive", "deploy", [task("shell", { cmd: "rm -rf /srv/x" })]],
    ["destructive", "deploy", [task("command", { argv: ["docker", "volume", "rm", "x"] })]],
    ["destructive", "deploy", [task("raw", { _raw_params: "DROP TABLE users" })]],
  ] as const)("is %s for the verb %s with %j", ([risk, verb, tasks]) => {
    expect(of(verb, tasks)).toBe(risk);
  });

  test("what cannot be told beforehand is at least a change, and a plan has the risk of its gravest step", () => {
    expect(of("check", [task("stat")], true)).toBe("change");
    expect([highestRisk([]), highestRisk(["read", "change"]), highestRisk(["destructive", "read"])]).toEqual([
      "read",
      "change",
      "destructive",
    ]);
  });
});
