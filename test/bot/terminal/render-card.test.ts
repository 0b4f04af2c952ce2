import { describe, expect, test } from "vitest";
import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import type { Action, Card } from "../../../src/bot/cards.ts";
import { progressChanges, progressLine } from "../../../src/bot/terminal/progress-line.ts";
import { renderCard } from "../../../src/bot/terminal/render-card.ts";
import {
  choiceCard,
  destructivePlan,
  failedResult,
  noticeCard,
  planCard,
  progressCard,
  questionCard,
  requestText,
  resultCard,
} from "../../web/sample-cards.ts";

const options = { colour: false, columns: 80, now: new Date("2026-11-20T13:03:00Z"), timeZone: "Europe/Berlin" };
const render = (card: Card, changes: Partial<typeof options> = {}): string => renderCard(card, { ...options, ...changes });
const all: readonly Card[] = [
  planCard(),
  destructivePlan(),
  questionCard(),
  choiceCard(),
  progressCard(),
  resultCard(),
  failedResult(),
  noticeCard(),
];

describe("every card", () => {
  test.each(all.map((card) => [card.kind, card] as const))("%s: no control characters in a pipe, no trailing spaces", (_, card) => {
    // oxlint-disable-next-line eslint/no-control-regex -- that is what is looked for
    expect(render(card)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    expect(render(card)).not.toMatch(/ $/m);
  });

  test.each([30, 40, 80, 200])("stays within %d columns", (columns) => {
    for (const card of all)
      for (const line of render(card, { columns }).split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
  });

  test("colours change nothing but the colours", () => {
    for (const card of all) {
      const coloured = render(card, { colour: true });
      expect(stripVTControlCharacters(coloured)).toBe(render(card));
      expect(coloured).not.toBe(render(card));
    }
  });
});

describe("a plan", () => {
  test("says what, where, why, how risky, who may approve, until when", () => {
    const text = render(planCard());
    for (const part of [
      requestText,
      "playbooks/deploy-uptime-kuma.yml · 0.97 semantic",
      "0.93 exact",
      "3 hosts   homelab, nas, edge",
      "act on: dns",
    ])
      expect(text).toContain(part);
    for (const part of [
      "changes hosts",
      "you (local owner)",
      "in 24 h (tomorrow 14:03)",
      "3fa9c1d2e07b",
      "after step 1",
      "uptime_kuma_port=3001",
    ])
      expect(text).toContain(part);
    expect(text).toContain("[a] Approve   [p] Preview changes   [r] Reject");
  });

  test("shows every host, however many there are", () => {
    const hosts = Array.from({ length: 300 }, (_, index) => `rack-${index}.example.org`);
    const step = planCard().steps[0]!;
    const text = render(planCard({ steps: [{ ...step, hosts }] }), { columns: 60 });
    expect(text).toContain("300 hosts");
    for (const host of hosts) expect(text).toMatch(new RegExp(`(^|[\\s,])${host}(,|$)`, "m"));
  });

  test("shows a host whose name is longer than the window whole", () => {
    const host = `h${"x".repeat(200)}end`;
    const text = render(planCard({ steps: [{ ...planCard().steps[0]!, hosts: [host] }] }), { columns: 40 });
    expect(text.replaceAll(/\s/g, "")).toContain(host);
  });

  test("makes bidi, zero-width and control characters and line breaks in names visible", () => {
    const step = planCard().steps[0]!;
    const text = render(
      planCard({
        requestText: "remove\u202e everything",
        steps: [
          {
            ...step,
            name: "Deploy\n[a] Approve",
            hosts: ["web\u200b1", "n\u0430s", "\u001b[2Jedge"],
            variables: { "port\u202e": "a\nb\u2066" },
          },
        ],
      }),
    );
    for (const part of [
      String.raw`remove\u202e everything`,
      String.raw`Deploy\n[a] Approve`,
      String.raw`web\u200b1`,
      String.raw`n\u0430s`,
      String.raw`\u001b[2Jedge`,
    ])
      expect(text).toContain(part);
    expect(text).toContain(String.raw`port\u202e="a\nb\u2066"`);
  });

  test("says the risk in words and the decision instead of the buttons", () => {
    expect(render(destructivePlan()).split("\n")[0]).toMatch(/destructive$/);
    const decided = render(planCard({ state: "approved", stateText: "by local at 14:03", actions: [], expiresAt: null }));
    expect(decided).toContain("by local at 14:03");
    expect(decided).not.toContain("[a]");
  });

  test("shows a preview host by host with what nobody can tell beforehand", () => {
    const preview = { runNumber: 3, state: "succeeded", rows: [{ step: 1, host: "homelab", changes: ["Write the file"] }, { step: 1, host: "nas", changes: [] }], unpredictable: ["Run a command"] }; // prettier-ignore
    const text = render(planCard({ preview }));
    expect(text).toMatch(
      /homelab · step 1\n +~ Write the file\n +nas · step 1 · would change nothing\n +\? cannot be told beforehand: Run a command/,
    );
  });
});

describe("a question", () => {
  test("lists fields with type, choices and default", () => {
    const text = render(questionCard());
    expect(text).toContain("user_group  text · one of family, admins, guests · default family · needed");
    expect(text).toContain("[f] fill in");
  });

  test("numbers the playbooks to pick from over all steps", () => {
    const [first] = choiceCard().choices;
    const text = render({ ...choiceCard(), choices: [first!, { ...first!, step: 2 }] });
    expect(text).toContain("[1] Deploy Grafana  deploy-grafana · 0.41");
    expect(text).toContain("[4] Deploy Gitea");
    expect(text).toContain("[1-4] pick a playbook");
  });
});

describe("a result", () => {
  test("has a verdict, a line a host, and one line a suggestion", () => {
    const text = render(resultCard(), { columns: 110 });
    expect(text.split("\n")[0]).toBe("✓ Both steps succeeded: 5 things changed on 3 hosts");
    expect(text).toMatch(/homelab +11 +4 +0 +2 +0/);
    expect(text).toContain("playbooks/deploy-uptime-kuma.yml:12  fqcn  Use FQCN for builtin module actions (copy).  — ");
    expect(text).toContain("audit entry 57 · commit 9f8e7d6c5b");
  });

  test("of a preview shows the differences, the same on several hosts once, and no more than a screen has room for", () => {
    const diff = "--- before\n+++ after\n-listen 80\n+listen 9000\u001b[2J\n";
    const changes = ["web1", "web2"].map((host) => ({ step: 1, host, task: "Write it", diff }));
    const text = render({
      ...resultCard(),
      purpose: "preview",
      changes: [...changes, { step: 1, host: "db1", task: "Other", diff: null }],
    });
    expect(text).toContain("~ web1, web2 · Write it\n    --- before\n    +++ after\n    -listen 80\n    +listen 9000\\u001b[2J");
    expect(text).not.toContain("db1 · Other");
    const long = render({ ...resultCard(), changes: [{ step: 1, host: "web1", task: "Write it", diff: "+line\n".repeat(500) }] });
    expect(long).toContain("… 382 more lines: the full log has them");
  });

  test("a reason that several suggestions share is given once, and no message fills the screen", () => {
    const [step] = resultCard().steps;
    const suggestion = { ...step!.suggestions[0]!, reasoning: "because of this", message: "does not match ".repeat(100) };
    const text = render(
      { ...resultCard(), steps: [{ ...step!, suggestions: [suggestion, { ...suggestion, line: 20 }] }] },
      { columns: 110 },
    );
    expect(text.match(/because of this/g)).toHaveLength(1);
    expect(text.match(/does not/g)?.length).toBeLessThan(30);
  });

  test("a suggestion carries its own keys, and their long labels take no lines", () => {
    const action = (id: "apply" | "dismiss", target: string): Action => ({
      id,
      label: `${id} what stands above, at length`,
      style: "plain",
      target,
    });
    const actions = [action("apply", "s1"), action("dismiss", "s1"), action("dismiss", "s2")];
    const text = render({ ...resultCard(), actions }, { columns: 110 }).replaceAll(/\n +/g, " ");
    expect(text).toMatch(/:12 {2}fqcn .*same name\. {2}\[m\] apply {2}\[d1\] dismiss .*:31 .* {2}\[d2\] dismiss/);
    expect(text).not.toContain("at length");
  });

  test("a failure names host, task and what was skipped, with the output's own lines", () => {
    const text = render(failedResult());
    expect(text).toContain("✗ nas: Start the service: port 3001 is already taken by caddy");
    expect(text).toMatch(/│ fatal: \[nas\]: FAILED! => {"changed": false,\n +│ {5}"msg"/);
    expect(text).toMatch(/skipped\n.*configure.*\n +step 1 failed/);
    expect(text).toContain("[t] Retry from failed");
  });

  test("a table that would break becomes a line a host", () => {
    expect(render(failedResult(), { columns: 40 })).toContain("nas: 3 ok, 0 changed, 1 failed, 0");
  });
});

describe("progress", () => {
  const line = { colour: false, columns: 60, now: new Date("2026-11-20T13:03:00Z") };

  test("fits one line and says run, step, counts and task", () => {
    const wide = progressLine(progressCard(), { ...line, columns: 200 });
    expect(wide).toBe("▸ Run 12 ━── 1/3 · Add portals to Uptime Kuma · 3 tasks, 1 changed · 12 s · uptime_kuma : Write the monitors");
    expect(stringWidth(progressLine(progressCard(), line))).toBeLessThan(60);
  });

  test("a waiting run says what it waits for", () => {
    expect(progressLine(progressCard({ state: "waiting", waitingReason: "nas is held by run 11" }), line)).toContain(
      "waits: nas is held by run 11",
    );
  });

  test("in a pipe each step's start and end is a line, and nothing is said twice", () => {
    const before = progressCard();
    expect(progressChanges(before, before, line)).toEqual([]);
    const [first, second, third] = before.steps;
    const after = progressCard({
      steps: [first!, { ...second!, state: "failed", failed: 1 }, { ...third!, state: "skipped", reason: "step 2 failed" }],
    });
    expect(progressChanges(before, after, line)).toEqual([
      "✗ Run 12, step 2: Add portals to Uptime Kuma · failed · 3 tasks, 1 changed, 1 failed",
      "· Run 12, step 3: Check services · skipped · step 2 failed",
    ]);
  });
});
