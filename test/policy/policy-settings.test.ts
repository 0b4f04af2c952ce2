import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readConfig, type Config } from "../../src/config.ts";
import { AppError } from "../../src/errors.ts";

const folder = mkdtempSync(join(tmpdir(), "chiffon-policy-"));
const file = join(folder, "chiffon.yml");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (text: string): Config => {
  writeFileSync(file, text);
  return readConfig({ CHIFFON_DATA_DIR: folder, CHIFFON_CONFIG: file }, folder);
};
const refusal = (text: string): AppError => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error("it was accepted");
};

const good = `
runs_at_once: 3
policy:
  people:
    - name: alice
      accounts: ["slack:T1:U1", "discord:G1:42", local]
    - { name: bob, accounts: ["slack:T1:U2"] }
  groups:
    - { name: oncall, members: [bob], slackUserGroup: "slack:T1:S1", discordRole: "discord:G1:77" }
  rules:
    - match: { action: request }
      allow: { any_of: [anyone] }
    - match: { action: [approve, preview], risk: destructive, hosts: [prod, localhost], playbook: "playbooks/remove-*" }
      allow: { any_of_count: { count: 2, of: [alice, oncall] } }
      four_eyes: true
      expires: 2h
      confirm: wipe
    - allow: { all_of: [alice, bob] }
  standing:
    - { digest: ${"a".repeat(64)}, hosts: [web1], owner: alice, until: 2027-01-31 }
`;

describe("the policy of chiffon.yml", () => {
  test("is read in full", () => {
    const { policy, runs_at_once } = read(good).settings;
    expect(runs_at_once).toBe(3);
    expect(policy?.rules[1]).toEqual({
      match: { action: ["approve", "preview"], risk: ["destructive"], hosts: ["prod", "localhost"], playbook: ["playbooks/remove-*"] },
      allow: { any_of_count: { count: 2, of: ["alice", "oncall"] } },
      four_eyes: true,
      expires: 120,
      confirm: "wipe",
    });
    expect(policy?.rules[2]).toEqual({ match: {}, allow: { all_of: ["alice", "bob"] }, four_eyes: false });
    expect(policy?.standing[0]).toMatchObject({ until: "2027-01-31", destructive: false });
  });

  test("of each example in docs/policy.md is accepted", () => {
    const text = readFileSync(new URL("../../docs/policy.md", import.meta.url), "utf8");
    const examples = [...text.matchAll(/```yaml\n(policy:\n.*?)```/gs)].map((found) => found[1] ?? "");
    expect(examples).toHaveLength(3);
    for (const example of examples) expect(read(example).settings.policy?.rules.length).toBeGreaterThan(1);
  });

  test("is undefined only where the key is missing: an empty one is a mistake, and an empty policy means nobody", () => {
    expect(read("runs_at_once: 3\n").settings.policy).toBeUndefined();
    expect(read("").settings.policy).toBeUndefined();
    expect(refusal("policy:\n").code).toBe("config-wrong");
    expect(read("policy: {}\n").settings.policy).toEqual({ people: [], groups: [], rules: [], standing: [] });
  });

  const people = "policy:\n  people:\n    - { name: alice, accounts: [local] }\n    - { name: bob, accounts: ['slack:T1:U2'] }\n";
  const rule = (text: string): string => `${people}  rules:\n    - ${text}\n`;
  const wrong: readonly (readonly [name: string, text: string, line: number, column: number, says: RegExp])[] = [
    ["a rule for somebody unknown", rule("allow: { any_of: [alice, alise] }"), 6, 32, /no person or group "alise"/],
    ["a rule for somebody unknown in all_of", rule("{ allow: { all_of: [eve] } }"), 6, 27, /"eve"/],
    ["a rule for somebody unknown in a count", rule("allow: { any_of_count: { count: 1, of: [eve] } }"), 6, 47, /"eve"/],
    ["a person twice", `${people}    - { name: bob, accounts: [] }\n`, 5, 15, /"bob" is named twice/],
    ["a group with a person's name", `${people}  groups:\n    - { name: bob }\n`, 6, 15, /"bob" is named twice/],
    ["an account of two people", `${people}    - { name: carol, accounts: ['slack:T1:U2'] }\n`, 5, 33, /slack:T1:U2 is an account of both bob and carol/],
    ["an account twice", "policy:\n  people:\n    - name: alice\n      accounts:\n        - local\n        - local\n", 6, 11, /alice already/],
    ["an account that is none", "policy:\n  people:\n    - name: alice\n      accounts: [U1]\n", 4, 18, /an account is local, slack:/],
    ["an unknown member", `${people}  groups:\n    - { name: ops, members: [alice, eve] }\n`, 6, 37, /no person "eve"/],
    ["a user group of no workspace", `${people}  groups:\n    - { name: ops, slackUserGroup: S1 }\n`, 6, 36, /slack:<workspace id>/],
    ["an unknown key", rule("{ allow: { any_of: [bob] }, four_eye: true }"), 6, 35, /policy\.rules\[0\]\.four_eye is not known/],
    ["an unknown key at the top", "polcy: {}\n", 1, 1, /polcy is not known/],
    ["a wrong type", rule("{ allow: { any_of: [bob] }, four_eyes: maybe }"), 6, 46, /four_eyes/],
    ["a rule that allows nothing in particular", rule("match: { risk: read }"), 6, 7, /allow/],
    ["two ways to allow", rule("allow: { any_of: [bob], all_of: [alice] }"), 6, 14, /give one of any_of, all_of and any_of_count/],
    ["an unknown risk", rule("{ match: { risk: grave }, allow: { any_of: [bob] } }"), 6, 24, /read, change or destructive/],
    ["an unknown action", rule("{ match: { action: [approve, deploy] }, allow: { any_of: [bob] } }"), 6, 26, /request, preview, approve/],
    ["an empty match", rule("{ match: { hosts: [] }, allow: { any_of: [bob] } }"), 6, 25, /matches nothing/],
    ["a wrong expiry", rule("{ allow: { any_of: [bob] }, expires: soon }"), 6, 44, /like 30m, 2h or 1d/],
    ["an expiry without unit", rule("{ allow: { any_of: [bob] }, expires: 30 }"), 6, 44, /like 30m, 2h or 1d/],
    ["an expiry of years", rule("{ allow: { any_of: [bob] }, expires: 400d }"), 6, 44, /at most 30 days/],
    ["a confirm that cannot be typed", rule("{ allow: { any_of: [bob] }, confirm: a b }"), 6, 44, /a word to type/],
    ["a count of nobody", rule("allow: { any_of_count: { count: 0, of: [bob] } }"), 6, 39, /count/],
    ["a count of more than there are", rule("allow: { any_of_count: { count: 3, of: [alice, bob] } }"), 6, 39, /3 people are needed, and 2 are named/],
    ["somebody twice in a rule", rule("allow: { any_of_count: { count: 2, of: [bob, bob] } }"), 6, 52, /"bob" stands here twice/],
    ["anyone who approves", rule("allow: { any_of: [anyone] }"), 6, 25, /"anyone" may only ask/],
    ["anyone in a count", rule("{ match: { action: request }, allow: { all_of: [anyone] } }"), 6, 55, /"anyone" may only ask/],
    ["a person called anyone", "policy:\n  people: [{ name: anyone, accounts: [] }]\n", 2, 20, /"anyone" means every member/],
    ["a standing approval of nobody", `${people}  standing:\n    - { digest: ${"a".repeat(64)}, hosts: [x], owner: eve, until: 2027-01-01 }\n`, 6, 102, /no person "eve"/],
    ["a standing approval without hosts", `${people}  standing:\n    - { digest: ${"a".repeat(64)}, hosts: [], owner: bob, until: 2027-01-01 }\n`, 6, 90, /exact list of hosts/],
    ["a standing approval of a prefix", `${people}  standing:\n    - { digest: abc, hosts: [x], owner: bob, until: 2027-01-01 }\n`, 6, 17, /64 hexadecimal digits/],
    ["a standing approval until no day", `${people}  standing:\n    - { digest: ${"a".repeat(64)}, hosts: [x], owner: bob, until: 2027-02-30 }\n`, 6, 114, /no such day/],
    ["a key twice", "policy:\n  people: []\n  people: []\n", 3, 3, /not YAML/],
    ["a broken line", "policy:\n  people: [\n", 3, 1, /not YAML/],
  ]; // prettier-ignore
  test.for(wrong)("with %s is refused with the place and the fix", ([, text, line, column, says]) => {
    const error = refusal(text);
    expect(error.code).toBe("config-wrong");
    expect(error.message).toMatch(says);
    expect(error.message).toContain(file);
    expect({ line: error.facts["line"], column: error.facts["column"] }).toEqual({ line, column });
    expect(error.message).toContain(`line ${line}, column ${column}`);
    expect(error.help).toMatch(/\w/);
    expect(error.exitCode).toBe(5);
  });

  test("says whom it knows when a name is wrong", () => {
    expect(refusal(rule("allow: { any_of: [alise] }")).help).toContain("known: alice, bob");
  });
});
