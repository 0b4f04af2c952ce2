import { expect, test } from "vitest";
import { gatherVariables, type VariableSources } from "../../src/mapping/playbook-variables.ts";

const of = (text: string, hosts: readonly string[] = []): ReturnType<typeof gatherVariables> => {
  const play = { name: "", hosts: [...hosts], roles: [], tags: [], vars: {}, prompts: [], taskNames: [] };
  const sources: VariableSources = { plays: [play], options: [], roleDefaults: [], texts: [text], inventoryVariables: new Set() };
  return gatherVariables(sources);
};
const briefly = (text: string, hosts: readonly string[] = []): Record<string, boolean> =>
  Object.fromEntries(of(text, hosts).map(({ name, required }) => [name, required]));

test("finds what a playbook uses, and what it demands", () => {
  const text = `- hosts: "{{ target }}"
  tasks:
    - name: Check
      ansible.builtin.assert:
        that:
          - service is defined
          - version | trim | length > 0
      when: level != ""
    - set_fact:
        made: 1
    - command: "{{ service }} {{ version }} {{ level }} {{ made }} {{ other | default('x') }} {{- spaced }} {{ seen.stdout }} {{ helper(1) }}"
      register: seen
    - debug: { msg: !unsafe "{{ literal }}" }
`;
  expect(briefly(text, ["{{ target }}"])).toEqual({ target: true, service: true, version: true, level: true, other: false, spaced: false });
});

test("a secret's default stays in the repo, in a dictionary too", () => {
  const vars = { app_password: "canary", app: { port: 1, api_token: "canary" }, site_port: 8080, list: [{ secret: "canary" }] };
  const play = { name: "", hosts: [], roles: [], tags: [], vars, prompts: [], taskNames: [] };
  const found = gatherVariables({ plays: [play], options: [], roleDefaults: [], texts: [], inventoryVariables: new Set() });
  expect(JSON.stringify(found)).not.toContain("canary");
  expect(found.map(({ name, required, default: value }) => [name, required, value])).toEqual(
    expect.arrayContaining([
      ["app_password", false, undefined],
      ["site_port", false, 8080],
    ]),
  );
});

test.for<[string, string]>([
  ["openings without an end", "{{a".repeat(70_000)],
  ["one end for all openings", `${"{{ a ".repeat(40_000)}}}`],
  ["openings that end singly", "{{ a } ".repeat(30_000)],
  ["pipes in an assert", `- assert:\n    that: ${"a|".repeat(100_000)}\n`],
  ["blank lines after set_fact", `- set_fact:\n${"\n".repeat(200_000)}x`],
  ["many set_facts without keys", "set_fact:\n\n".repeat(20_000)],
  ["spaces after a name", `{{ a${" ".repeat(200_000)}}}`],
  ["spaces after register", `register:${" ".repeat(200_000)}`.repeat(2)],
  ["many names and many hosts", Array.from({ length: 15_000 }, (_, index) => `{{ v${index} }}`).join(" ")],
])("a hostile line of 200 kB is read in bounded time: %s", { timeout: 20_000 }, ([, text]) => {
  expect(text.length).toBeGreaterThan(150_000);
  expect(of(text, [text]).length).toBeLessThanOrEqual(15_000);
});
