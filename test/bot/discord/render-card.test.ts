import { describe, expect, test } from "vitest";
import type { LineCard } from "../../../src/bot/cards.ts";
import type { PostedCard } from "../../../src/bot/chat-platform.ts";
import { cardFile, renderCard, type RenderedCard } from "../../../src/bot/discord/render-card.ts";
import { messageSchema } from "../../helpers/fake-discord/message-schema.ts";
import { listCard, noticeCard, planCard, planStep, progressCard, questionCard, resultCard, resultStep } from "./sample-cards.ts";

const options = { readsReplies: true };
const line: LineCard = {
  kind: "line",
  person: "discord:100000000000000001:400000000000000001",
  requestText: "restart nginx",
  state: "waiting",
  stateText: "waiting for approval",
};

/** All that a reader reads. */
function textOf({ message }: RenderedCard): string {
  const embeds = message.embeds.flatMap((embed) => [
    embed.title,
    embed.description,
    ...(embed.fields ?? []).flatMap((field) => [field.name, field.value]),
    embed.footer?.text,
  ]);
  return [message.content, ...embeds].filter((part) => part !== undefined).join("\n");
}

function buttonsOf({ message }: RenderedCard): string[] {
  return message.components.flatMap((row) => row.components.flatMap((one) => ("label" in one ? [one.label ?? ""] : [])));
}

/** What Discord would not take, by the fake server's own schemas. */
function problemsOf({ message }: RenderedCard): unknown[] {
  const form: unknown = JSON.parse(JSON.stringify(message));
  const isEmpty = message.content.trim() === "" && message.embeds.every((embed) => (embed.description ?? embed.title ?? "").trim() === "");
  const pings = message.allowed_mentions.parse;
  return [...(messageSchema(form, false).safeParse(form).error?.issues ?? []), ...(isEmpty ? ["empty"] : []), ...pings];
}

describe("a plan", () => {
  test("says what, where, why, with what risk, who may approve and until when", () => {
    const text = textOf(renderCard(planCard(), options));
    for (const part of [
      "waiting for approval",
      "restart nginx on web1",
      "`playbooks/restart-nginx.yml`",
      "0.97",
      "runner-up",
      "1 host: `web1`",
      "graceful=true",
      "changes hosts",
      "restarts a service",
      "group ops, not who asked",
      `<t:${Date.parse("2026-11-22T14:03:00.000Z") / 1000}:f>`,
      "1a2b3c4d5e6f",
    ])
      expect(text).toContain(part);
  });

  test("has its four buttons, and says before a preview what it really runs", () => {
    const rendered = renderCard(planCard(), options);
    expect(buttonsOf(rendered)).toEqual(["Approve", "Preview changes", "Edit", "Reject"]);
    expect(textOf(rendered)).toContain("A preview really runs: Get facts.");
  });

  test("says how it is changed where plain replies cannot be read", () => {
    expect(textOf(renderCard(planCard(), { readsReplies: false }))).toContain("reply with a mention of me, press Edit or use /chiffon");
    expect(textOf(renderCard(planCard(), options))).not.toContain("mention of me");
  });

  test("names who decided, without a ping", () => {
    const decided = {
      decision: "approved",
      person: "discord:100000000000000001:400000000000000002",
      at: "2026-11-21T10:00:00Z",
      reason: null,
    } as const;
    const rendered = renderCard(
      planCard({ state: "approved", stateText: "approved by bob", decided, actions: [], expiresAt: null }),
      options,
    );
    expect(textOf(rendered)).toContain("Approved by <@400000000000000002> at <t:");
    expect(textOf(rendered)).not.toContain("approved by bob");
    expect(rendered.message.allowed_mentions.users).toEqual([]);
    expect(rendered.message.components).toEqual([]);
  });

  test("with 10 steps on 60 hosts each says how many are not named, and where all of them are", () => {
    const hosts = Array.from({ length: 60 }, (_, index) => `web${index}.example.org`);
    const card = planCard({ steps: Array.from({ length: 10 }, (_, index) => planStep(index + 1, { hosts })) });
    const rendered = renderCard(card, options);
    expect(problemsOf(rendered)).toEqual([]);
    expect(rendered.shortened).toBe(true);
    expect(textOf(rendered)).toContain("60 hosts");
    expect(textOf(rendered)).toMatch(/\+\d+ more, all of it in plan-1a2b3c4d.txt below/);
    const file = cardFile(card, options);
    expect(file?.name).toBe("plan-1a2b3c4d.txt");
    for (const host of hosts) expect(file?.text).toContain(host);
  });

  test("has no file when all of it is shown", () => {
    expect(cardFile(planCard(), options)).toBeUndefined();
  });
});

describe("a question", () => {
  test("offers a button a candidate and one to fill in", () => {
    const fields = [{ name: "port", label: "port", type: "int", required: true, default: null, choices: null, description: null } as const];
    expect(buttonsOf(renderCard(questionCard({ fields }), options))).toEqual(["Deploy Gitea", "Deploy Grafana", "Fill in"]);
  });

  test("offers a select where there are many candidates or long names, and tells which have no place", () => {
    const long = `playbooks/${"x".repeat(200)}`;
    const candidates = [...Array.from({ length: 30 }, (_, index) => `playbooks/p${index}`), long].map((playbook) => ({
      playbook,
      name: playbook,
      confidence: 0.5,
    }));
    const rendered = renderCard(questionCard({ choices: [{ step: 1, stepName: "it", candidates }] }), options);
    expect(problemsOf(rendered)).toEqual([]);
    expect(rendered.message.components[0]?.components[0]).toMatchObject({ type: 3, custom_id: expect.stringContaining("|1:") });
    expect(textOf(rendered)).toContain("Without a button here");
  });
});

test("a result tells counts, first errors, suggestions and the audit entry", () => {
  const suggestion = {
    id: "s",
    path: "a.yml",
    line: 3,
    rule: "name[missing]",
    category: "style",
    severity: "low",
    message: "no name",
    reasoning: "logs say more",
  };
  const card = resultCard({ steps: [resultStep(1, { suggestions: Array.from({ length: 5 }, () => suggestion), suggestionsTotal: 9 })] });
  const text = textOf(renderCard(card, options));
  for (const part of [
    "Failed in step 1",
    "2 ok, 1 changed, 1 failed",
    "unit not found",
    "audit entry 44",
    "commit 0123456789",
    "9 suggestions",
    "and 6 more",
    "logs say more",
  ])
    expect(text).toContain(part);
});

test("a log of 5,000 lines is a beginning and a file", () => {
  const errorText = Array.from({ length: 5_000 }, (_, index) => `line ${index}`).join("\n");
  const card = resultCard({ steps: [resultStep(1, { keyErrors: [], errorText })] });
  const rendered = renderCard(card, options);
  expect(problemsOf(rendered)).toEqual([]);
  expect(textOf(rendered)).toContain("4988 more lines, all of it in run-12.txt below");
  expect(cardFile(card, options)?.text).toContain("line 4999");
});

test("a list numbers its items, and its buttons say which one they are for", () => {
  const rendered = renderCard(listCard(3), options);
  expect(buttonsOf(rendered)).toEqual(["1: Cancel", "2: Cancel", "3: Cancel"]);
  expect(textOf(renderCard(listCard(0), options))).toContain("Nothing runs.");
});

test("a result tells who asked that it ended", () => {
  const rendered = renderCard(resultCard(), options);
  expect(rendered.message.content).toBe("<@400000000000000001> run 12 failed");
  expect(rendered.message.allowed_mentions.users).toEqual(["400000000000000001"]);
});

test("only those to be told are pinged", () => {
  const rendered = renderCard(
    noticeCard("@everyone <@400000000000000003> look", { tell: ["discord:100000000000000001:400000000000000002", "slack:T1:U1"] }),
    options,
  );
  expect(rendered.message.allowed_mentions).toEqual({ parse: [], users: ["400000000000000002"], replied_user: false });
  expect(rendered.message.content).toContain("<@400000000000000002> slack:T1:U1");
  expect(rendered.message.content).not.toMatch(/(?<!\\)@everyone|(?<!\\)<@400000000000000003>/);
});

test("the channel's line is one line, whatever was asked", () => {
  const rendered = renderCard({ ...line, requestText: `a\nb ${"x".repeat(5_000)}` }, options);
  expect(rendered.message.content).not.toContain("\n");
  expect(rendered.message.content).toContain("**waiting for approval**");
  expect(problemsOf(rendered)).toEqual([]);
});

describe("hostile text", () => {
  const hostile = [
    "```\n@everyone\n```",
    "`a` ``b`` ```c```",
    "[click](https://evil.example) <https://evil.example>",
    "<@&300000000000000001> <@400000000000000003> @here",
    "\u202Egnp.exe \u200Bhidden \u0000",
    "||spoiler|| **bold** __under__ ~~gone~~ > quote",
    "# heading\n- list\n1. one\n-# small",
    "<t:0:f> <:emoji:123> <#500000000000000001> </chiffon:1>",
  ];

  test.each(hostile)("%j is shown as it is", (text) => {
    const cards = cardsOf(text);
    for (const card of cards) {
      const shown = textOf(renderCard(card, options));
      expect(problemsOf(renderCard(card, options))).toEqual([]);
      expect(shown).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]|(?!\n)\p{Cc}/u);
      // What stands in code or has a backslash before it is dead.
      const alive = shown
        .replace(/```\n[^`]*\n```/g, "")
        .replace(/`[^`\n]*`/g, "")
        .replace(/\\./g, "x");
      expect(alive.replace(/<@400000000000000001>|<t:\d+:[fR]>/g, "")).not.toMatch(/@everyone|@here|<[@#:/t]|\]\(|\|\||~~|__/);
      expect(alive).not.toMatch(/^(#|- |-#|\d+\. )/m);
    }
  });
});

/** A generator with a seed, so that a failure comes again. */
function randomTexts(seed: number): () => string {
  let state = seed;
  const next = (most: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % most;
  };
  const parts = ["`", "*", "\n", "```", "@everyone", "x", "web1.example.org ", "ü", "😀", "\u202E", "\u0000", "<@1>", "|", "_", "\t", "#"];
  const lengths = [0, 1, 1, 2, 5, 12, 12, 80, 80, 300, 2_500];
  return () => {
    const length = lengths[next(lengths.length)] ?? 0;
    let text = "";
    while (text.length < length) text += parts[next(parts.length)] ?? "x";
    return text;
  };
}

test("whatever stands in a card, its message keeps all limits", () => {
  const text = randomTexts(7);
  for (let round = 0; round < 15; round += 1) {
    for (const card of cardsOf(text(), text)) {
      for (const room of ["wide", "least"] as const) {
        const rendered = renderCard(card, { readsReplies: round % 2 === 0 }, room);
        expect(problemsOf(rendered)).toEqual([]);
      }
    }
  }
});

function cardsOf(value: string, text: () => string = () => value): PostedCard[] {
  const many = (count: number): string[] => Array.from({ length: count }, text);
  const step = (order: number) =>
    planStep(order, {
      name: text(),
      playbookPath: text(),
      method: text(),
      why: text(),
      hosts: many(60),
      mayAlsoActOn: many(5),
      variables: { [text()]: text(), other: [text()] },
      riskReason: text(),
    });
  const target = planCard().planVersionId;
  return [
    planCard({
      requestText: text(),
      stateText: text(),
      person: text(),
      approvers: text(),
      notes: many(8),
      steps: Array.from({ length: 10 }, (_, index) => step(index + 1)),
      votes: [{ decision: "approved", person: text(), at: "2026-11-21T10:00:00Z", reason: text() }],
      actions: [{ id: "approve", label: text(), style: "danger", target, value: text(), confirm: { text: text(), typed: "x" } }],
      preview: {
        runNumber: 3,
        state: "succeeded",
        rows: Array.from({ length: 60 }, () => ({ step: 1, host: text(), changes: many(8) })),
        unpredictable: many(9),
      },
    }),
    questionCard({
      title: text(),
      problems: many(9),
      offer: text(),
      choices: Array.from({ length: 6 }, (_, index) => ({
        step: index + 1,
        stepName: text(),
        candidates: many(index * 5).map((name) => ({ playbook: name, name, confidence: 0.5 })),
      })),
      fields: many(9).map((name) => ({
        name,
        label: name,
        type: "str",
        required: true,
        default: text(),
        choices: many(30),
        description: text(),
      })),
    }),
    progressCard({
      waitingReason: text(),
      steps: many(12).map((name, order) => ({
        order,
        name,
        state: "running",
        reason: text(),
        currentTask: text(),
        tasksDone: 1,
        changed: 0,
        failed: 2,
      })),
    }),
    resultCard({
      verdict: text(),
      tell: many(60),
      steps: many(10).map((name, order) =>
        resultStep(order, {
          name,
          reason: text(),
          errorCode: text(),
          keyErrors: many(5),
          errorText: text(),
          said: many(9).map((host) => ({ host, task: text(), text: text() })),
          hosts: many(60).map((host) => ({ host, ok: 1, changed: 1, failed: 1, skipped: 1, unreachable: 1 })),
          suggestions: many(10).map((id) => ({
            id,
            path: text(),
            line: 1,
            rule: text(),
            category: text(),
            severity: "x",
            message: text(),
            reasoning: text(),
          })),
          suggestionsTotal: 12,
        }),
      ),
    }),
    noticeCard(value, { help: text(), tell: many(60) }),
    listCard(40, {
      title: text(),
      items: many(40).map((title) => ({ title, detail: text(), actions: listCard(1).items[0]?.actions ?? [] })),
    }),
    { ...line, requestText: value, stateText: text(), person: text() },
  ];
}
