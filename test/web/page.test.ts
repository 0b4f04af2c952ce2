import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Card } from "../../src/bot/cards.ts";
import type { IncomingAction, MessageReference } from "../../src/bot/chat-platform.ts";
import type { Database } from "../../src/db/database.ts";
import { openEmptyDatabase } from "../helpers/empty-database.ts";
import { createLoginLink } from "../../src/web/auth.ts";
import { startWebServer, type WebServer } from "../../src/web/server.ts";
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
} from "./sample-cards.ts";
import { startTestWeb, type TestWeb } from "./test-web.ts";

let database: Database;
let browser: Browser;
let web: TestWeb;
let server: WebServer;
let folder: string;
const contexts: BrowserContext[] = [];
/** What the browser complained about: a blocked script, an error in ours. */
const complaints: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(process.env["CHIFFON_TEST_PICTURES"] ?? tmpdir(), "chiffon-page-"));
  database = await openEmptyDatabase();
  web = await startTestWeb(database, { onMessage: ({ conversation, text }) => answer(conversation, text), onAction: act });
  server = await startWebServer({ app: web.app, host: "127.0.0.1", port: 0 });
  browser = await chromium.launch({
    executablePath: findChromium(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"], // prettier-ignore
  });
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  // One person has one thread: without this a test would find the cards of the one before it.
  await database.query("delete from web_entry");
  const heard = complaints.splice(0);
  if (heard.length > 0) throw new Error(`the browser complained: ${heard.join("; ")}`);
});
afterAll(async () => {
  await browser?.close();
  await web?.platform.stop();
  await server?.stop();
  await database?.close();
  if (process.env["CHIFFON_TEST_PICTURES"] === undefined) rmSync(folder, { recursive: true, force: true });
});

/** A missing browser is a failure: skipped, nobody would see that the page is untested. */
function findChromium(): string {
  if (existsSync("/usr/bin/chromium")) return "/usr/bin/chromium";
  return execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
}

// --- the scripted bot

let plan: MessageReference;
let progress: MessageReference;
const tomorrow = (): string => new Date(Date.now() + 24 * 3_600_000).toISOString();

const differences = [
  {
    step: 1,
    host: "web1",
    task: "Write <b>the page</b>",
    diff: "--- before: /srv/page\n+++ after: /srv/page\n@@ -1,2 +1,2 @@\n same\n-old\n+<script>alert(1)</script> \u202enew\n",
  },
  { step: 1, host: "web2", task: "Restart", diff: null },
];

async function answer(conversation: string, text: string): Promise<void> {
  const post = (card: Card): Promise<MessageReference> => web.platform.post(conversation, card);
  if (/remove/i.test(text)) await post({ ...destructivePlan(), expiresAt: tomorrow() });
  else if (/differences/.test(text))
    await post(resultCard({ purpose: "preview", verdict: "Preview: 1 task would change", changes: differences }));
  else if (/user/.test(text)) await post(questionCard());
  else if (/foobar/i.test(text)) await post(choiceCard());
  else if (/everything/.test(text)) {
    for (const card of [
      planCard(),
      destructivePlan(),
      questionCard(),
      choiceCard(),
      progressCard(),
      resultCard(),
      failedResult(),
      noticeCard({ tone: "error" }),
    ])
      await post(card);
  } else plan = await post(planCard({ expiresAt: tomorrow() }));
}

async function act(action: IncomingAction): Promise<void> {
  if (action.target === "plan-2" || action.id === "answer" || action.id === "choose")
    return void (await web.platform.post(action.conversation, noticeCard({ text: `got ${action.id}` })));
  if (action.id !== "approve") return;
  await web.platform.edit(plan, planCard({ state: "approved", stateText: "by you at 14:03", actions: [], expiresAt: null }));
  progress = await web.platform.post(action.conversation, progressCard({ startedAt: new Date().toISOString() }));
}

async function open(options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options });
  contexts.push(context);
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // The stream that breaks when the server is gone, and a refused form: both are told to the person.
    if (message.type() === "error" && !/Failed to load resource|ERR_/.test(message.text())) complaints.push(message.text());
  });
  await page.goto(await createLoginLink(database, server.url));
  await page.getByRole("button", { name: "Open Chiffon" }).click();
  await page.getByRole("heading", { name: "What should be done?" }).waitFor();
  if (options.javaScriptEnabled !== false) await page.locator("[data-state=live]").waitFor();
  return page;
}

const say = async (page: Page, text: string): Promise<void> => {
  await page.getByLabel("What should be done?").fill(text);
  await page.keyboard.press("Enter");
};

test("a request, its plan, an approval by keyboard, live progress, the result, and all of it after a reload", async () => {
  const page = await open();
  await page.getByRole("link", { name: requestText }).click();
  const field = page.getByLabel("What should be done?");
  expect(await field.inputValue()).toBe(requestText);
  await page.keyboard.press("Enter");
  const card = page.getByRole("article", { name: requestText });
  await card.waitFor();
  expect(await field.inputValue()).toBe("");
  expect(await page.locator(".said").innerText()).toContain(requestText);
  expect(await card.innerText()).toMatch(/changes hosts[^]*0\.97 semantic[^]*in 24 h \(tomorrow/);
  expect(await page.locator("#announcer").innerText()).toBe("Plan with 2 steps: waiting for approval");

  await card.getByRole("button", { name: "Approve" }).focus();
  await page.keyboard.press("Enter");
  const run = page.getByRole("article", { name: "Add portals to Uptime Kuma" });
  await run.waitFor();
  expect(await card.getByRole("button").count()).toBe(0);
  expect(await card.innerText()).toContain("by you at 14:03");
  // The button that was pressed is gone: the keyboard stays at its card.
  expect(await page.evaluate("document.activeElement.classList.contains('plan')")).toBe(true);

  await run.getByRole("button", { name: "Cancel" }).focus();
  const steps = progressCard().steps.map((step) =>
    step.state === "running" ? { ...step, tasksDone: 7, currentTask: "uptime_kuma : Restart" } : step,
  );
  await web.platform.edit(progress, progressCard({ steps, startedAt: new Date().toISOString() }));
  await run.getByText("uptime_kuma : Restart").waitFor();
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Cancel");
  expect(await run.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("1");

  await web.platform.edit(
    progress,
    progressCard({ state: "succeeded", actions: [], steps: steps.map((step) => ({ ...step, state: "succeeded", currentTask: null })) }),
  );
  await web.platform.post(progress.conversation, resultCard());
  const result = page.getByRole("article", { name: "Both steps succeeded: 5 things changed on 3 hosts" });
  await result.waitFor();
  await expect.poll(() => page.locator("#announcer").innerText()).toBe("Both steps succeeded: 5 things changed on 3 hosts");
  expect(await result.getByRole("row", { name: /^homelab 11 4 0 2 0$/ }).count()).toBe(1);
  await result.getByText("2 suggestions for this playbook").click();
  expect(await result.innerText()).toContain("Use FQCN for builtin module actions (copy).");
  await picture(page, "thread");

  const shown = await page.locator("#entries").innerText();
  await page.reload();
  await page.locator("[data-state=live]").waitFor();
  await page.getByText("2 suggestions for this playbook").click();
  expect(await page.locator("#entries").innerText()).toBe(shown);
});

test("what destroys asks for the typed word, and the card's fold survives its change", async () => {
  const page = await open();
  await say(page, "remove uptime kuma");
  const card = page.getByRole("article", { name: "Remove uptime kuma" });
  await card.getByText("Approve …").click();
  const field = card.getByLabel("Type remove to confirm");
  await expect.poll(() => page.evaluate("document.activeElement.name")).toBe("typed");
  await field.fill("yes");
  await page.keyboard.press("Enter");
  await card.getByRole("alert").filter({ hasText: "Type remove to confirm." }).waitFor();
  expect(web.actions.filter(({ target }) => target === "plan-2")).toEqual([]);
  await field.fill("remove");
  await page.keyboard.press("Enter");
  await page.locator("#entries").getByText("got approve").waitFor();
  expect(web.actions.at(-1)).toMatchObject({ id: "approve", target: "plan-2", typed: "remove" });
});

test("missing values are asked by a form and playbooks by buttons", async () => {
  const page = await open();
  await say(page, "add a user to the nas");
  await page.getByLabel("user_name").fill("alice");
  await page.getByLabel("user_group").selectOption("admins");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.locator("#entries").getByText("got answer").waitFor();
  expect(web.actions.at(-1)).toMatchObject({
    id: "answer",
    form: { user_name: "alice", user_group: "admins", user_shell: false, user_shares: ["media"] },
  });
  await say(page, "deploy foobar");
  await page.getByRole("button", { name: /Deploy Gitea/ }).click();
  await page.locator("#entries").getByText("got choose").waitFor();
  expect(web.actions.at(-1)).toMatchObject({ id: "choose", value: "1:deploy-gitea" });
});

test("when the server comes back, so do the page and what it missed", async () => {
  const page = await open();
  await say(page, "deploy kuma");
  await page.getByRole("article", { name: requestText }).waitFor();
  await page.getByLabel("What should be done?").fill("half a sentence");
  const { port } = server;
  await server.stop();
  await page.getByText("reconnecting").waitFor();
  await web.platform.post(plan.conversation, noticeCard({ text: "said in between" }));
  server = await startWebServer({ app: web.app, host: "127.0.0.1", port });
  await page.locator("#entries").getByText("said in between").waitFor();
  await page.locator("[data-state=live]").waitFor();
  expect(await page.locator("#entries").getByText("said in between").count()).toBe(1);
  expect(await page.getByLabel("What should be done?").inputValue()).toBe("half a sentence");
});

test("signed out elsewhere, the page says so", async () => {
  const page = await open();
  const other = await page.context().newPage();
  await other.goto(server.url);
  await other.getByRole("button", { name: "Sign out" }).click();
  await other.getByRole("heading", { name: "You are not signed in" }).waitFor();
  await page.getByLabel("What should be done?").fill("never sent");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "You are not signed in" }).waitFor();
  expect(web.messages.map(({ text }) => text)).not.toContain("never sent");
});

test("works without JavaScript", async () => {
  const page = await open({ javaScriptEnabled: false });
  await page.getByLabel("What should be done?").fill("deploy kuma");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByText("by you at 14:03").waitFor();
  expect(await page.getByRole("progressbar").count()).toBe(1);
});

test.each([360, 1280])("fits %d pixels, light and dark", async (width) => {
  const page = await open({ viewport: { width, height: 800 }, colorScheme: "dark" });
  await page.screenshot({ path: join(folder, `empty-${width}-dark.png`) });
  await say(page, "show everything");
  await page.locator(".card.notice").waitFor();
  for (const summary of await page.locator("summary").all()) await summary.click();
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
  const outside = await page.evaluate(`[...document.querySelectorAll("main *, header *")]
    .filter((element) => !element.closest(".unseen, thead") && element.getBoundingClientRect().right > innerWidth + 1)
    .map((element) => element.outerHTML.slice(0, 80))`);
  expect(outside).toEqual([]);
  for (const [colorScheme, paper] of [
    ["dark", "rgb(19, 18, 23)"],
    ["light", "rgb(246, 244, 239)"],
  ] as const) {
    // prettier-ignore
    await page.emulateMedia({ colorScheme });
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(paper);
    await picture(page, `cards-${width}-${colorScheme}`);
  }
});

/** The whole thread in one window, as head and composer keep to its edges. */
async function picture(page: Page, name: string): Promise<void> {
  const height = Number(await page.evaluate("document.documentElement.scrollHeight"));
  await page.setViewportSize({ width: page.viewportSize()?.width ?? 1280, height });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

test("what a preview would change is folds of lines in colours, without a script too, and nothing in them is markup", async () => {
  const page = await open({ javaScriptEnabled: false });
  await page.getByLabel("What should be done?").fill("show the differences");
  await page.getByRole("button", { name: "Send" }).click();
  const shown = page.getByRole("region", { name: "What would change" });
  await shown.getByText("Write <b>the page</b>").click();
  const lines = await shown.locator(".diff > span").evaluateAll((spans) => spans.map((span) => [span.className, span.textContent]));
  expect(lines).toEqual([
    ["file", "--- before: /srv/page\n"],
    ["file", "+++ after: /srv/page\n"],
    ["place", "@@ -1,2 +1,2 @@\n"],
    ["same", " same\n"],
    ["removed", "-old\n"],
    ["added", "+<script>alert(1)</script> \\u202enew\n"],
  ]);
  const colour = (name: string): Promise<string> =>
    page.evaluate(`getComputedStyle(document.querySelector(".diff .${name}")).backgroundColor`);
  expect(new Set([await colour("added"), await colour("removed"), await colour("same")]).size).toBe(3);
  expect(await shown.getByText("web2").count()).toBe(1);
  await picture(page, "preview-differences");
});
