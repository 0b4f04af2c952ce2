import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentBench } from "../helpers/agent-bench.ts";

let bench: AgentBench;
beforeAll(async () => {
  bench = new AgentBench();
  await bench.agent();
});
afterAll(() => bench.close());

const play = (prompt: string): string => `- name: Play
  hosts: web1
  gather_facts: false
  vars_prompt:
    - ${prompt}
  tasks:
    - ansible.builtin.debug: {msg: "the place is {{ place }}"}
`;

test("what a playbook asks at the keyboard is answered by the plan or a default, else refused before anything begins", async () => {
  const [refused, imported, answered, defaulted] = await Promise.all([
    bench.run({ "site.yml": play("{name: place, prompt: Where?}") }, { variables: { other: "x" } }),
    bench.run({ "site.yml": "- import_playbook: more/asks.yml\n", "more/asks.yml": play("{name: place, private: false}") }),
    bench.run({ "site.yml": play("{name: place, prompt: Where?}") }, { variables: { place: "here" } }),
    bench.run({ "site.yml": play("{name: place, default: by default}") }),
  ]);
  for (const { result, started } of [refused, imported]) {
    expect(result).toMatchObject({ outcome: "refused", errorCode: "prompt-unanswered", summary: null });
    expect(result.errorText).toMatch(/asks at the keyboard for place \(vars_prompt\)[^]*Say the value in the request/);
    expect(started).toEqual([]);
  }
  expect(bench.stdout(answered.item.attemptId)).toContain("the place is here");
  expect(bench.stdout(defaulted.item.attemptId)).toContain("the place is by default");
});

test("a prompt that is not seen beforehand stops the run instead of going on with the word None", async () => {
  const { result, item } = await bench.run(
    { "site.yml": '- import_playbook: "{{ which }}.yml"\n', "asks.yml": play("{name: place}") },
    { variables: { which: "asks" } },
  );
  expect(result).toMatchObject({ outcome: "failed", summary: { okCount: 0 } });
  expect(result.summary?.keyErrors).toEqual([
    "ERROR! place is asked for at the keyboard (vars_prompt), and nobody sits there during a run",
  ]);
  expect(bench.stdout(item.attemptId)).not.toContain("None");
});

test("secrets that a playbook asks for come from the operator's file: given to that playbook alone, masked, and refused where others can read them", async () => {
  const own = new AgentBench();
  const file = join(own.folder, "answers.yml");
  writeFileSync(file, "place: canary-of-the-place\nunused: canary-of-another\n", { mode: 0o600 });
  await own.agent({ promptAnswers: file });
  const said = "ansible.builtin.debug: {msg: \"{{ place }} and {{ unused | default('nothing') }}\"}";
  const { item, result, events } = await own.run({
    "site.yml": play("{name: place, default: by default}").replace(/ansible.builtin.debug: .*/, said),
  });
  expect(result).toMatchObject({ outcome: "succeeded" });
  const folder = own.runFolder(item.attemptId);
  const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1")).join("\n") + JSON.stringify(events); // prettier-ignore
  expect(kept).toContain("******** and nothing");
  expect(kept).not.toContain("canary-of");
  chmodSync(file, 0o644);
  const { result: refused } = await own.run({ "site.yml": play("{name: place}") });
  expect(refused).toMatchObject({ outcome: "refused", errorCode: "prompt-answers-wrong" });
  expect(refused.errorText).toContain("can be read by others");
  await own.close();
});
