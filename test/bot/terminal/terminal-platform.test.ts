import { PassThrough, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi, type Mock } from "vitest";
import { chatHandlers } from "../../helpers/chat-handlers.ts";
import type { ChatHandlers, IncomingAction, IncomingMessage } from "../../../src/bot/chat-platform.ts";
import {
  createTerminalPlatform,
  type TerminalPlatform,
  type TerminalPlatformOptions,
} from "../../../src/bot/terminal/terminal-platform.ts";
import { AppError } from "../../../src/errors.ts";
import { choiceCard, destructivePlan, noticeCard, planCard, progressCard, questionCard, resultCard } from "../../web/sample-cards.ts";
import { ScreenEmulator } from "./screen-emulator.ts";

const conversation = "terminal:test";
const open: TerminalPlatform[] = [];
afterEach(async () => {
  for (const platform of open.splice(0)) await platform.stop();
});

interface Talk {
  readonly platform: TerminalPlatform;
  readonly input: PassThrough;
  readonly messages: IncomingMessage[];
  readonly actions: IncomingAction[];
  readonly onClose: Mock<() => void>;
  type(text: string): void;
}

async function start(
  options: Partial<TerminalPlatformOptions> & Pick<TerminalPlatformOptions, "output">,
  reply: Partial<ChatHandlers> = {},
): Promise<Talk> {
  const input = new PassThrough();
  const messages: IncomingMessage[] = [];
  const actions: IncomingAction[] = [];
  const onClose = vi.fn<() => void>();
  const platform = createTerminalPlatform({ input, isTTY: false, columns: 80, colour: false, session: "test", onClose, ...options });
  open.push(platform);
  await platform.start(
    chatHandlers({
      async onMessage(message) {
        messages.push(message);
        await reply.onMessage?.(message);
      },
      async onAction(action) {
        actions.push(action);
        await reply.onAction?.(action);
      },
      ...(reply.onHome === undefined ? {} : { onHome: reply.onHome }),
    }),
  );
  return { platform, input, messages, actions, onClose, type: (text) => input.write(text) };
}

function sink(): Writable & { text: string } {
  const writable = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        writable.text += String(chunk);
        done();
      },
    }),
    { text: "" },
  );
  return writable;
}

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5000, interval: 5 });

describe("in a pipe", () => {
  test("deals with one line after the other, waits for the run, then closes once", async () => {
    const output = sink();
    const order: string[] = [];
    const talk: Talk = await start(
      { output },
      {
        async onMessage({ text }) {
          await sleep(20);
          order.push(text);
          await talk.platform.post(conversation, planCard());
        },
        async onAction({ id }) {
          order.push(id);
          void (async () => {
            await sleep(50);
            const progress = await talk.platform.post(conversation, progressCard());
            await sleep(50);
            await talk.platform.edit(progress, progressCard({ state: "succeeded", actions: [] }));
            order.push("result");
            await talk.platform.post(conversation, resultCard());
          })();
        },
      },
    );
    talk.input.end("deploy kuma\nyes\nrestart kuma\n");
    await eventually(() => expect(talk.onClose).toHaveBeenCalledOnce());
    expect(order).toEqual(["deploy kuma", "approve", "result", "restart kuma"]);
    expect(talk.messages[0]).toMatchObject({ conversation, person: "local", text: "deploy kuma" });
    expect(new Set(talk.messages.map(({ eventKeys }) => eventKeys[0])).size).toBe(2);
    expect(output.text).toMatch(
      /› deploy kuma\n[^]*◆ Plan[^]*› yes\n[^]*▸ Run 12, step 2: [^\n]* · started\n[^]*✓ Both steps succeeded[^]*› restart kuma/,
    );
    // oxlint-disable-next-line eslint/no-control-regex -- that is what is looked for
    expect(output.text).not.toMatch(/[\u001b\r]/);
  });

  test("does not wait for a run when the approval was refused", async () => {
    const talk: Talk = await start(
      { output: sink() },
      {
        onMessage: async () => void (await talk.platform.post(conversation, planCard())),
        onAction: async () => talk.platform.replyPrivately(conversation, "local", noticeCard({ tone: "refusal", text: "It is stale." })),
      },
    );
    talk.input.end("deploy kuma\napprove\n");
    await eventually(() => expect(talk.onClose).toHaveBeenCalledOnce());
  });

  test("tells an error with its help and goes on", async () => {
    const output = sink();
    const talk = await start(
      { output },
      { onMessage: () => Promise.reject(new AppError("database-down", "the database does not answer", { help: "Start it." })) },
    );
    talk.input.end("one\ntwo\n");
    await eventually(() => expect(talk.onClose).toHaveBeenCalledOnce());
    expect(output.text).toContain("✗ the database does not answer\n  Start it.");
    expect(talk.messages.map(({ text }) => text)).toEqual(["one", "two"]);
  });

  test("a cancel does not wait behind the run it is to stop", async () => {
    const talk = await start({ output: sink() });
    await talk.platform.post(conversation, progressCard());
    talk.type("something else\ncancel\n");
    await eventually(() => expect(talk.actions).toMatchObject([{ id: "cancel", target: "run-12" }]));
  });

  test("help, own commands and quit are answered here", async () => {
    const output = sink();
    const talk = await start({
      output,
      commands: [{ name: "link", help: "a new link for the web chat", run: () => Promise.resolve("http://127.0.0.1/login") }],
    });
    talk.type("help\nlink\nquit\nnever read\n");
    await eventually(() => expect(talk.onClose).toHaveBeenCalledOnce());
    expect(output.text).toContain("a new link for the web chat");
    expect(output.text).toContain("http://127.0.0.1/login\n");
    expect(talk.messages).toEqual([]);
  });
});

describe("keys", () => {
  test.each([["a"], ["approve"], ["Yes"], ["APPROVE!"]])(
    "%s approves the newest plan that still can be, an earlier one only after a yes",
    async (typed) => {
      const output = sink();
      const talk = await start({ output });
      await talk.platform.post(
        conversation,
        planCard({ planVersionId: "older", actions: [{ id: "approve", label: "Approve", style: "primary", target: "older" }] }),
      );
      const newer = await talk.platform.post(conversation, planCard());
      await talk.platform.post(conversation, resultCard());
      talk.type(`${typed}\n`);
      await eventually(() => expect(talk.actions).toMatchObject([{ id: "approve", target: "plan-1", person: "local", conversation }]));
      await talk.platform.edit(newer, planCard({ state: "superseded", actions: [] }));
      talk.type(`${typed}\n`);
      await eventually(() => expect(output.text).toContain("Approve concerns an earlier plan: “"));
      expect(talk.actions).toHaveLength(1);
      talk.type("yes\n");
      await eventually(() => expect(talk.actions[1]).toMatchObject({ id: "approve", target: "older" }));
    },
  );

  test("a key that nothing waits for is not taken for a request", async () => {
    const output = sink();
    const talk = await start({ output });
    talk.input.end("yes\n2\n");
    await eventually(() => expect(talk.onClose).toHaveBeenCalled());
    expect(talk.messages).toEqual([]);
    expect(output.text).toContain("Nothing here waits for “yes”.");
  });

  test("a number picks a playbook", async () => {
    const talk = await start({ output: sink() });
    await talk.platform.post(conversation, choiceCard());
    talk.type("2\n");
    await eventually(() =>
      expect(talk.actions).toMatchObject([{ id: "choose", target: choiceCard().planVersionId, value: "1:deploy-gitea" }]),
    );
  });

  test("several buttons of one kind are told apart", async () => {
    const output = sink();
    const talk = await start({ output });
    const settle = (value: string) => ({ id: "settle", label: `I looked: it ${value}`, style: "plain", target: "run-12", value }) as const;
    await talk.platform.post(conversation, resultCard({ state: "outcome_unknown", actions: [settle("succeeded"), settle("failed")] }));
    expect(output.text).toContain("[s1] I looked: it succeeded   [s2] I looked: it failed");
    talk.type("s2\n");
    await eventually(() => expect(talk.actions).toMatchObject([{ id: "settle", value: "failed" }]));
  });

  test("what destroys asks for the word, and sends nothing for another one", async () => {
    const output = sink();
    const talk = await start({ output });
    await talk.platform.post(conversation, destructivePlan());
    talk.type("a\nyes\n");
    await eventually(() => expect(output.text).toContain("Not confirmed. Nothing was sent."));
    expect(output.text).toContain("This deletes Uptime Kuma and its data on homelab.\nType remove to confirm:");
    expect(talk.actions).toEqual([]);
    talk.type("a\nremove\n");
    await eventually(() => expect(talk.actions).toMatchObject([{ id: "approve", target: "plan-2", typed: "remove" }]));
  });
});

describe("a form", () => {
  test("is asked field by field: defaults, choices, a second try, values in their types", async () => {
    const output = sink();
    const talk = await start({ output });
    await talk.platform.post(conversation, questionCard());
    talk.type("\nalice\nnobody\nADMINS\n1001\nyes\n\n");
    await eventually(() => expect(talk.actions).toHaveLength(1));
    expect(talk.actions[0]).toMatchObject({
      id: "answer",
      form: { user_name: "alice", user_group: "admins", user_uid: 1001, user_shell: true, user_shares: ["media"] },
    });
    expect(output.text).toContain("user_name is needed.");
    expect(output.text).toContain("user_group is one of family, admins, guests.");
    expect(output.text).toContain("user_group [family]:");
  });

  test("a question without a button of its own sends its plan version", async () => {
    const talk = await start({ output: sink() });
    const [field] = questionCard().fields;
    await talk.platform.post(conversation, questionCard({ actions: [], fields: [field!] }));
    talk.type("alice\n");
    await eventually(() =>
      expect(talk.actions).toMatchObject([{ id: "answer", target: questionCard().planVersionId, form: { user_name: "alice" } }]),
    );
  });

  test(":q leaves it, f opens it again", async () => {
    const output = sink();
    const talk = await start({ output });
    await talk.platform.post(conversation, questionCard({ fields: questionCard().fields.slice(0, 1) }));
    talk.type(":q\nrestart kuma\n");
    await eventually(() => expect(talk.messages).toMatchObject([{ text: "restart kuma" }]));
    talk.type("f\nbob\n");
    await eventually(() => expect(talk.actions).toMatchObject([{ form: { user_name: "bob" } }]));
  });

  test("ends when its question was answered elsewhere", async () => {
    const talk = await start({ output: sink() });
    const question = await talk.platform.post(conversation, questionCard());
    await talk.platform.edit(question, questionCard({ fields: [], actions: [] }));
    talk.type("restart kuma\n");
    await eventually(() => expect(talk.messages).toMatchObject([{ text: "restart kuma" }]));
  });
});

describe("edits", () => {
  test("say only what is new, and nothing for the same card", async () => {
    const output = sink();
    const { platform } = await start({ output });
    const plan = await platform.post(conversation, planCard());
    output.text = "";
    await platform.edit(plan, planCard());
    expect(output.text).toBe("");
    await platform.edit(plan, planCard({ state: "approved", stateText: "approved by local at 14:03", actions: [] }));
    expect(output.text).toBe("✓ Plan approved by local at 14:03\n\n");
    const steps = planCard().steps.map((step) => ({ ...step, expectedSeconds: 3 }));
    await platform.edit(plan, planCard({ state: "approved", stateText: "approved by local at 14:03", actions: [], steps }));
    expect(output.text).toBe("✓ Plan approved by local at 14:03\n\n");
  });

  test("suggestions that come after the result are added alone", async () => {
    const output = sink();
    const { platform } = await start({ output });
    const steps = resultCard().steps.map((step) => ({ ...step, suggestions: [], suggestionsTotal: 0 }));
    const result = await platform.post(conversation, resultCard({ steps }));
    output.text = "";
    await platform.edit(result, resultCard());
    expect(output.text).toContain("no-changed-when");
    expect(output.text).not.toContain("Both steps succeeded");
  });

  test("of a preview is shown what it brought, then its differences, and the keys of the plan once more below them", async () => {
    const output = sink();
    const { platform } = await start({ output });
    const plan = await platform.post(conversation, planCard());
    output.text = "";
    const preview = { runNumber: 3, state: "succeeded", rows: [{ step: 1, host: "nas", changes: ["Write the file"] }], unpredictable: [] };
    await platform.edit(plan, planCard({ preview }));
    expect(output.text).toMatch(/◆ Plan · previewed, waiting for approval\n[^]*nas · step 1\n +~ Write the file\n[^]*\[a\] Approve/);
    expect(output.text).not.toContain("playbook ");
    output.text = "";
    const changes = [{ step: 1, host: "nas", task: "Write the file", diff: "+new" }];
    await platform.post(conversation, resultCard({ purpose: "preview", runNumber: 3, changes }));
    expect(output.text).toMatch(/\+new\n[^]*The plan waits: {3}\[a\] Approve .*\n+$/);
  });

  test("of a question that still waits says why it does, also where nothing can be pressed", async () => {
    const output = sink();
    const { platform } = await start({ output });
    const question = await platform.post(conversation, questionCard());
    output.text = "";
    const none = { fields: [], actions: [], choices: [] };
    await platform.edit(question, questionCard({ ...none, problems: ["“fix dns” is no host"] }));
    expect(output.text).toContain("! “fix dns” is no host");
    output.text = "";
    await platform.edit(question, questionCard({ ...none, problems: ["this is superseded"], closed: true }));
    expect(output.text).toBe("");
  });

  test("a card of an earlier start is never mistaken for one of this one", async () => {
    const [one, other] = [await start({ output: sink() }), await start({ output: sink() })];
    const [first, second] = [await one.platform.post(conversation, planCard()), await other.platform.post(conversation, planCard())];
    expect(first.message).not.toBe(second.message);
  });

  test("a card of an earlier start is shown whole", async () => {
    const output = sink();
    const { platform } = await start({ output });
    await platform.edit({ conversation: "terminal:old", channel: "terminal", message: "terminal:old:3" }, resultCard());
    expect(output.text).toContain("✓ Both steps succeeded");
  });
});

describe("on a TTY", () => {
  test("begins with the plans that wait from before, each with the key that shows it", async () => {
    const screen = new ScreenEmulator();
    const show = (target: string) => ({ id: "show", label: "Show plan", style: "primary", target }) as const;
    const items = ["one", "two"].map((text) => ({ title: `deploy ${text}`, detail: "request 3", actions: [show(`plan-${text}`)] }));
    const waiting = { kind: "list", title: "Waiting for you", items, empty: "Nothing waits for you.", total: 2 } as const;
    const talk = await start({ output: screen, isTTY: true }, { onHome: async () => [waiting] });
    await eventually(() =>
      expect(screen.text).toMatch(/Waiting for you\n {2}deploy one {2}\[w1\] Show plan\n[^]*deploy two {2}\[w2\][^]*Type a key/),
    );
    talk.type("w2\r");
    await eventually(() => expect(talk.actions).toMatchObject([{ id: "show", target: "plan-two" }]));
    const quiet = new ScreenEmulator();
    await start({ output: quiet, isTTY: true }, { onHome: async () => [{ ...waiting, items: [] }] });
    expect(quiet.text).not.toContain("Waiting");
  });

  test("a card that arrives does not destroy the line being typed", async () => {
    const screen = new ScreenEmulator();
    const talk = await start({ output: screen, isTTY: true });
    talk.type("restart kuma on");
    await eventually(() => expect(screen.beforeCursor).toBe("› restart kuma on"));
    talk.type("\u001b[D\u001b[D");
    await eventually(() => expect(screen.beforeCursor).toBe("› restart kuma "));
    await talk.platform.post(conversation, noticeCard());
    expect(screen.text).toContain("› Hello. Tell me what you want done.");
    expect(screen.lines.at(-1)).toBe("› restart kuma on");
    expect(screen.beforeCursor).toBe("› restart kuma ");
    talk.type("\u001b[C\u001b[C nas\r");
    await eventually(() => expect(talk.messages).toMatchObject([{ text: "restart kuma on nas" }]));
    expect(screen.text.match(/restart kuma on/g)).toHaveLength(1);
  });

  test("nor a line that is longer than the window", async () => {
    const screen = new ScreenEmulator(40);
    const talk = await start({ output: screen, isTTY: true, columns: 40 });
    const long = "deploy uptime kuma on homelab and then add all existing portals to its configuration";
    talk.type(long);
    await eventually(() => expect(screen.text.replaceAll("\n", "")).toContain(long));
    await talk.platform.post(conversation, noticeCard());
    const after = screen.text.slice(screen.text.indexOf("Hello."));
    expect(after.replaceAll("\n", "")).toContain(`› ${long}`);
    expect(screen.text.match(/deploy uptime/g)).toHaveLength(1);
    talk.type("\r");
    await eventually(() => expect(talk.messages).toMatchObject([{ text: long }]));
  });

  test("a run is one line above the prompt that is rewritten, and gives way to the result", async () => {
    const screen = new ScreenEmulator(100);
    const talk = await start({ output: screen, isTTY: true, columns: 100 });
    const progress = await talk.platform.post(conversation, progressCard());
    talk.type("half a li");
    await eventually(() => expect(screen.beforeCursor).toBe("› half a li"));
    for (let count = 4; count < 40; count += 1) {
      const steps = progressCard().steps.map((step) => (step.state === "running" ? { ...step, tasksDone: count } : step));
      await talk.platform.edit(progress, progressCard({ steps }));
    }
    expect(screen.lines.filter((line) => line.startsWith("▸ Run 12"))).toEqual([expect.stringContaining("39 tasks")]);
    expect(screen.lines.at(-1)).toBe("› half a li");
    talk.type("ne\r");
    await eventually(() => expect(talk.messages).toHaveLength(1));
    await talk.platform.edit(progress, progressCard({ steps: progressCard().steps.map((step) => ({ ...step, changed: 9 })) }));
    expect(screen.lines.filter((line) => line.startsWith("▸ Run 12"))).toHaveLength(1);
    await talk.platform.edit(progress, progressCard({ state: "succeeded", actions: [] }));
    await talk.platform.post(conversation, resultCard());
    expect(screen.text).not.toContain("▸ Run 12");
    expect(screen.text).toContain("› half a line\n");
    expect(screen.text).toContain("✓ Both steps succeeded");
    expect(screen.lines.at(-1)).toBe("›");
  });

  test("Ctrl-C cancels the run that is shown and says so; pressed twice it is the same one", async () => {
    const screen = new ScreenEmulator();
    const talk = await start({ output: screen, isTTY: true });
    await talk.platform.post(conversation, progressCard());
    talk.type("\u0003");
    await eventually(() => expect(talk.actions).toMatchObject([{ id: "cancel", target: "run-12" }]));
    expect(screen.text).toContain("Cancelling run 12 …");
    talk.type("\u0003");
    await sleep(50);
    expect(talk.actions).toHaveLength(1);
    expect(talk.onClose).not.toHaveBeenCalled();
    // After that second it is a new one: the run was told already, so the person leaves.
    await sleep(1000);
    talk.type("\u0003");
    await eventually(() => expect(talk.onClose).toHaveBeenCalledOnce());
    expect(talk.actions).toHaveLength(1);
    expect(screen.text).toContain("Run 12 is still stopping");
  });

  test("Ctrl-C in a form leaves the form; with nothing running it leaves", async () => {
    const screen = new ScreenEmulator();
    const talk = await start({ output: screen, isTTY: true });
    await talk.platform.post(conversation, questionCard());
    expect(screen.lines.at(-1)).toBe("user_name ›");
    talk.type("ali\u0003");
    await eventually(() => expect(screen.text).toContain("Left the form"));
    expect(screen.lines.at(-1)).toBe("›");
    expect(talk.onClose).not.toHaveBeenCalled();
    await sleep(1050);
    talk.type("\u0003");
    await eventually(() => expect(talk.onClose).toHaveBeenCalledOnce());
  });

  test("Ctrl-D leaves", async () => {
    const talk = await start({ output: new ScreenEmulator(), isTTY: true });
    talk.type("\u0004");
    await eventually(() => expect(talk.onClose).toHaveBeenCalledOnce());
  });
});
