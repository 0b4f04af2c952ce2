import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { openEmptyDatabase } from "../helpers/empty-database.ts";
import { createLoginLink } from "../../src/web/auth.ts";
import { startWebServer } from "../../src/web/server.ts";
import { choiceCard, destructivePlan, failedResult, noticeCard, planCard, progressCard, questionCard, resultCard } from "./sample-cards.ts";
import { EventReader, origin, page, request, startTestWeb, type TestBrowser, type TestWeb } from "./test-web.ts";

let database: Database;
const webs: TestWeb[] = [];
const start = async (...options: Parameters<typeof startTestWeb> extends [Database, ...infer Rest] ? Rest : never): Promise<TestWeb> => {
  const web = await startTestWeb(database, ...options);
  webs.push(web);
  return web;
};

beforeAll(async () => {
  database = await openEmptyDatabase();
});
afterEach(async () => {
  for (const web of webs.splice(0)) await web.platform.stop();
  // One person has one conversation: without this a test would see what the one before it said.
  await database.query("delete from web_entry");
});
afterAll(() => database.close());

const eventually = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 5000, interval: 5 });
/** The chat's key, which the session's own page never shows. */
async function conversationOf(web: TestWeb, browser: TestBrowser): Promise<string> {
  await browser.post("/messages", { text: "hello", key: crypto.randomUUID() });
  await eventually(() => expect(web.messages.length).toBeGreaterThan(0));
  return web.messages.at(-1)?.conversation ?? "";
}

describe("signing in", () => {
  const tokenOf = async (): Promise<string> => new URL(await createLoginLink(database, origin)).searchParams.get("token") ?? "";
  const post = (web: TestWeb, token: string, headers: Record<string, string> = { origin }): Promise<Response> =>
    request(web.app, "/login", { method: "POST", body: new URLSearchParams({ token }), headers });

  test("the link's GET shows a button and changes nothing, however often a preview fetches it", async () => {
    const web = await start();
    const token = await tokenOf();
    for (let time = 0; time < 3; time += 1) {
      const answer = await request(web.app, `/login?token=${token}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("set-cookie")).toBeNull();
      expect(await answer.text()).toContain('<form method="post" action="/login">');
    }
    expect((await post(web, token)).status).toBe(303);
  });

  test("works once, with a cookie that scripts and other sites do not get; the database holds hashes only", async () => {
    const web = await start();
    const token = await tokenOf();
    const answer = await post(web, token);
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(cookie).toMatch(/Max-Age=86400/);
    expect((await post(web, token)).status).toBe(401);
    expect((await request(web.app, `/login?token=${token}`)).status).toBe(401);
    const stored = JSON.stringify([
      await database.query("select * from one_time_login"),
      await database.query("select * from web_session"),
    ]);
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(cookie.split(/[=;]/)[1]);
  });

  test("the same link pressed twice at once makes one session", async () => {
    const web = await start();
    const token = await tokenOf();
    const statuses = (await Promise.all([post(web, token), post(web, token)])).map(({ status }) => status);
    expect(statuses.toSorted((one, other) => one - other)).toEqual([303, 401]);
  });

  test("an old link and an ended session are refused", async () => {
    const web = await start();
    const token = await tokenOf();
    const browser = await web.signIn();
    expect((await browser.get("/", page)).status).toBe(200);
    await database.query("update clock set shift = interval '25 hours'");
    try {
      expect((await post(web, token)).status).toBe(401);
      expect((await browser.get("/", page)).status).toBe(401);
    } finally {
      await database.query("update clock set shift = interval '0'");
    }
  });

  test("guessing is slowed down", async () => {
    const web = await start();
    for (let time = 0; time < 10; time += 1) expect((await post(web, `guess-${time}`)).status).toBe(401);
    expect((await post(web, "guess")).status).toBe(429);
    expect((await request(web.app, "/login?token=guess")).status).toBe(429);
  });

  test("without a session everything is 401 and says how to get a link; health and style are open", async () => {
    const web = await start();
    for (const [method, path] of [
      ["GET", "/"],
      ["GET", "/events"],
      ["POST", "/messages"],
      ["POST", "/actions"],
      ["POST", "/logout"],
      ["GET", "/nothing"],
    ] as const) {
      // prettier-ignore
      const answer = await request(web.app, path, { method, headers: { origin } });
      expect([path, answer.status]).toEqual([path, 401]);
      expect(await answer.json()).toMatchObject({ code: "not-signed-in", help: expect.stringContaining("new link") });
    }
    expect(await (await request(web.app, "/", { headers: page })).text()).toContain("it prints a new link");
    expect(await (await request(web.app, "/health")).json()).toEqual({ status: "ok", database: "ok", version: "0.1.0" });
    expect((await request(web.app, "/assets/chiffon.css")).status).toBe(200);
  });

  test("signing out ends the session everywhere, also an open stream", async () => {
    const web = await start({}, 20);
    const browser = await web.signIn();
    const stream = new EventReader(await browser.get("/events"));
    await stream.until(/still here/);
    expect((await browser.post("/logout", {})).status).toBe(200);
    await stream.until(/event: signed-out/);
    expect(await stream.atEnd()).toBe(true);
    expect((await browser.get("/")).status).toBe(401);
  });
});

describe("requests that other pages make this browser send", () => {
  test.each([
    ["from another site", { origin: "https://evil.example" }],
    ["from another port of this machine", { origin: "http://localhost:3000" }],
    ["without an origin", { origin: "" }],
    ["from a sandbox", { origin: "null" }],
    ["marked same-site only", { "sec-fetch-site": "same-site" }],
    ["marked cross-site", { "sec-fetch-site": "cross-site" }],
  ])("%s are refused", async (_, headers) => {
    const web = await start();
    const browser = await web.signIn();
    for (const path of ["/messages", "/actions", "/logout"])
      expect((await browser.post(path, { text: "x", key: "k" }, headers as Record<string, string>)).status).toBe(403);
    expect(web.messages).toEqual([]);
    expect((await browser.get("/")).status).toBe(200);
  });

  test("our own page's are taken", async () => {
    const web = await start();
    const browser = await web.signIn();
    const answer = await browser.post("/messages", { text: "hello", key: "k" }, { "sec-fetch-site": "same-origin" });
    expect(answer.status).toBe(202);
  });

  test("a stranger's name for this address is refused, loopback and IP addresses are not", async () => {
    const web = await start();
    const status = async (host: string): Promise<number> => (await web.app.request(`http://${host}/health`, { headers: { host } })).status;
    expect(await status("evil.example:8420")).toBe(421);
    expect(await status("localhost.evil.example")).toBe(421);
    for (const host of ["localhost:8420", "127.0.0.1:8420", "[::1]:8420", "192.168.1.5:8420"])
      expect([host, await status(host)]).toEqual([host, 200]);
  });

  test("pages allow no foreign or inline script, no frame, no form to elsewhere", async () => {
    const web = await start();
    const answer = await (await web.signIn()).get("/", page);
    const policy = answer.headers.get("content-security-policy") ?? "";
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ])
      expect(policy).toContain(part);
    expect(policy).not.toContain("unsafe");
    expect(answer.headers.get("x-frame-options")).toBe("DENY");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const markup = await answer.text();
    expect(markup).not.toMatch(/<script>|\son\w+=|\sstyle=/);
  });
});

describe("messages", () => {
  test("are handed over once, also when the browser sends them twice, and stand in the page", async () => {
    const web = await start();
    const browser = await web.signIn();
    const key = crypto.randomUUID();
    for (let time = 0; time < 2; time += 1)
      expect((await browser.post("/messages", { text: "  restart <b>kuma</b>  ", key })).status).toBe(202);
    await eventually(async () => expect(await (await browser.get("/", page)).text()).toContain("restart &lt;b&gt;kuma&lt;/b&gt;"));
    expect(web.messages).toMatchObject([{ person: "local", text: "restart <b>kuma</b>", conversation: "web:local" }]);
  });

  test("nothing written is refused, a very long text is the bot's to judge", async () => {
    const web = await start();
    const browser = await web.signIn();
    expect((await browser.post("/messages", { text: "  ", key: "k" })).status).toBe(422);
    expect((await browser.post("/messages", { text: "x".repeat(20_001), key: "k" })).status).toBe(202);
    expect((await browser.post("/messages", { text: "x".repeat(2_000_000), key: "k2" })).status).toBe(413);
  });

  test("without the script the page comes back with the answer", async () => {
    const web: TestWeb = await start({ onMessage: async ({ conversation }) => void (await web.platform.post(conversation, planCard())) });
    const browser = await web.signIn();
    const answer = await browser.post("/messages", { text: "deploy kuma", key: "k" }, page);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/#text"]);
    expect(await (await browser.get("/", page)).text()).toContain("Preview changes");
  });

  test("a fault behind it is told in the chat", async () => {
    const web = await start({ onMessage: () => Promise.reject(new Error("secret detail")) });
    const browser = await web.signIn();
    await browser.post("/messages", { text: "deploy kuma", key: "k" }, page);
    const markup = await (await browser.get("/", page)).text();
    expect(markup).toContain("Something went wrong here.");
    expect(markup).not.toContain("secret detail");
  });

  test("before the bot is there, and after it left, nothing is taken that would be lost", async () => {
    const web = await start();
    const browser = await web.signIn();
    await web.platform.stop();
    const answer = await browser.post("/messages", { text: "deploy kuma", key: "k" });
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: "not-ready" }]);
    expect(await (await browser.get("/", page)).text()).not.toContain("deploy kuma</p>");
  });

  test("every browser of a person shows the same thread, another person's does not", async () => {
    const web = await start();
    const [one, other] = [await web.signIn(), await web.signIn()];
    await one.post("/messages", { text: "for all of mine", key: "k" }, page);
    await web.platform.post("web:mallory", noticeCard({ text: "for mallory only" }));
    for (const browser of [one, other]) {
      const markup = await (await browser.get("/", page)).text();
      expect(markup).toContain("for all of mine");
      expect(markup).not.toContain("for mallory only");
    }
  });

  test("a page shows the last hundred entries, and the earlier ones behind a link", async () => {
    const web = await start();
    const browser = await web.signIn();
    for (let index = 1; index <= 105; index += 1) await web.platform.post("web:local", noticeCard({ text: `entry ${index}.` }));
    const markup = await (await browser.get("/", page)).text();
    expect(markup).toContain("entry 105.");
    expect(markup).toContain("entry 6.");
    expect(markup).not.toContain("entry 5.");
    const earlier = /href="(\/\?before=\d+[^"]*)"/.exec(markup)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const history = await (await browser.get(earlier, page)).text();
    expect(history).toContain("entry 5.");
    expect(history).not.toContain("entry 6.");
  });
});

describe("cards", () => {
  const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`;

  test("everything in them is escaped, in every kind", async () => {
    const web = await start();
    const browser = await web.signIn();
    const conversation = await conversationOf(web, browser);
    const poisoned = (value: unknown): unknown => {
      if (typeof value === "string" && !closed.has(value)) return `${evil}${value}`;
      if (Array.isArray(value)) return value.map(poisoned);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, key === "expiresAt" || key === "startedAt" ? inner : poisoned(inner)]),
      );
    };
    const cards = [
      planCard(),
      destructivePlan(),
      questionCard(),
      choiceCard(),
      progressCard(),
      resultCard(),
      failedResult(),
      noticeCard({ help: "x" }),
    ];
    for (const card of cards) await web.platform.post(conversation, poisoned(card) as typeof card);
    await web.platform.post(conversation, planCard({ steps: [{ ...planCard().steps[0]!, variables: { [evil]: evil } }] }));
    const markup = await (await browser.get("/", page)).text();
    expect(markup).not.toContain("<script>alert");
    expect(markup).not.toContain("<img");
    expect(markup.match(/<script/g)).toHaveLength(1);
    expect(markup).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });
  /** Words of the contract that decide which part of a card is drawn. */
  const closed = new Set(["plan", "question", "progress", "result", "notice", "read", "change", "destructive", "approve", "answer", "cancel", "retry", "preview", "reject", "str", "int", "bool", "list", "info", "run", "running", "pending", "awaiting_approval"]); // prettier-ignore

  test("show every host and make hidden characters visible", async () => {
    const web = await start();
    const browser = await web.signIn();
    const conversation = await conversationOf(web, browser);
    const hosts = [...Array.from({ length: 200 }, (_, index) => `rack-${index}`), "web\u202e1", "n\u0430s"];
    await web.platform.post(conversation, planCard({ steps: [{ ...planCard().steps[0]!, hosts }] }));
    const markup = await (await browser.get("/", page)).text();
    for (let index = 0; index < 200; index += 1) expect(markup).toContain(`<li>rack-${index}</li>`);
    expect(markup).toContain(String.raw`<li>web\u202e1</li>`);
    expect(markup).toContain(String.raw`<li>n\u0430s</li>`);
    expect(markup).toContain("202 hosts");
  });

  test("an edit replaces the card, the same card again changes nothing", async () => {
    const web = await start();
    const browser = await web.signIn();
    const conversation = await conversationOf(web, browser);
    const card = await web.platform.post(conversation, progressCard());
    const before = await (await browser.get("/", page)).text();
    await web.platform.edit(card, progressCard());
    const revision = (text: string): string => /id="entries" data-revision="(\d+)"/.exec(text)?.[1] ?? "";
    expect(revision(await (await browser.get("/", page)).text())).toBe(revision(before));
    await web.platform.edit(card, progressCard({ state: "succeeded", actions: [] }));
    const after = await (await browser.get("/", page)).text();
    expect(Number(revision(after))).toBeGreaterThan(Number(revision(before)));
    expect(after.match(/class="entry card progress"/g)).toHaveLength(1);
    expect(after).not.toContain(">Cancel<");
  });

  test("NUL and half characters are stored, not refused", async () => {
    const web = await start();
    const browser = await web.signIn();
    const conversation = await conversationOf(web, browser);
    await web.platform.post(conversation, noticeCard({ text: "a\0b\ud800c" }));
    expect(await (await browser.get("/", page)).text()).toContain("a\ufffdb\ufffdc");
  });
});

describe("actions", () => {
  async function withCard(
    card: Parameters<TestWeb["platform"]["post"]>[1],
  ): Promise<{ web: TestWeb; browser: TestBrowser; conversation: string; id: string }> {
    const web = await start();
    const browser = await web.signIn();
    const conversation = await conversationOf(web, browser);
    const { message } = await web.platform.post(conversation, card);
    return { web, browser, conversation, id: message };
  }

  test("a button that the card offers is handed over with its target", async () => {
    const { web, browser, id, conversation } = await withCard(planCard());
    expect((await browser.post("/actions", { card: id, id: "approve", target: "plan-1" })).status).toBe(202);
    expect(web.actions).toEqual([{ conversation, person: "local", id: "approve", target: "plan-1" }]);
  });

  test("what the card does not offer, or not any more, is refused", async () => {
    const { web, browser, id, conversation } = await withCard(planCard());
    expect((await browser.post("/actions", { card: id, id: "approve", target: "another-plan" })).status).toBe(409);
    expect((await browser.post("/actions", { card: id, id: "cancel", target: "plan-1" })).status).toBe(409);
    await web.platform.edit({ conversation, channel: "web", message: id }, planCard({ state: "approved", actions: [] }));
    expect((await browser.post("/actions", { card: id, id: "approve", target: "plan-1" })).status).toBe(409);
    expect((await browser.post("/actions", { card: "no-uuid", id: "approve", target: "plan-1" })).status).toBe(409);
    expect(web.actions).toEqual([]);
  });

  test("a card of another person's conversation cannot be pressed", async () => {
    const { web, browser } = await withCard(planCard());
    const { message: id } = await web.platform.post("web:mallory", planCard());
    expect((await browser.post("/actions", { card: id, id: "approve", target: "plan-1" })).status).toBe(409);
    expect(web.actions).toEqual([]);
  });

  test("what destroys needs the typed word, checked here and handed on", async () => {
    const { web, browser, id } = await withCard(destructivePlan());
    const press = (typed: string): Promise<Response> => browser.post("/actions", { card: id, id: "approve", target: "plan-2", typed });
    expect(await (await press("yes")).json()).toEqual({ code: "input-wrong", message: "Type remove to confirm." });
    expect(await (await browser.post("/actions", { card: id, id: "approve", target: "plan-2" }, page)).text()).toContain(
      "Type remove to confirm.",
    );
    expect(web.actions).toEqual([]);
    expect((await press(" remove ")).status).toBe(202);
    expect(web.actions).toMatchObject([{ id: "approve", typed: "remove" }]);
  });

  test("a form's values come in their types, with defaults; wrong ones are named", async () => {
    const { web, browser, id } = await withCard(questionCard());
    const sent = { card: id, id: "answer", target: "question-1", "field.user_name": "alice", "field.user_group": "admins", "field.user_uid": "1001", "field.user_shell": "true", "field.user_shares": "a, b", "field.extra": "x" }; // prettier-ignore
    expect(await (await browser.post("/actions", { ...sent, "field.user_uid": "many", "field.user_group": "root" })).json()).toMatchObject({
      message: "user_group is one of family, admins, guests. user_uid is a whole number.",
    });
    await browser.post("/actions", sent);
    expect(web.actions).toMatchObject([
      {
        id: "answer",
        target: "question-1",
        form: { user_name: "alice", user_group: "admins", user_uid: 1001, user_shell: true, user_shares: ["a", "b"] },
      },
    ]);
    expect(web.actions[0]?.form).not.toHaveProperty("extra");
  });

  test("a playbook is picked by step and id", async () => {
    const { web, browser, id } = await withCard(choiceCard());
    const target = choiceCard().planVersionId;
    expect((await browser.post("/actions", { card: id, id: "choose", target, value: "1:rm-rf" })).status).toBe(409);
    await browser.post("/actions", { card: id, id: "choose", target, value: "1:deploy-gitea" });
    expect(web.actions).toMatchObject([{ id: "choose", target, value: "1:deploy-gitea" }]);
  });
});

describe("the stream", () => {
  test("brings cards as they come, and after a break exactly what was missed", async () => {
    const web = await start();
    const browser = await web.signIn();
    const conversation = await conversationOf(web, browser);
    const stream = new EventReader(await browser.get("/events?since=0"));
    await stream.until(/hello/);
    const first = await web.platform.post(conversation, noticeCard({ text: "first" }));
    await stream.until(/first/);
    const seen = stream.lastId;
    await stream.close();

    await web.platform.post(conversation, noticeCard({ text: "second" }));
    await web.platform.edit(first, noticeCard({ text: "first, changed" }));
    const again = new EventReader(await browser.get("/events?since=0", { "last-event-id": seen }));
    const text = await again.until(/first, changed/);
    expect(text).toContain("second");
    expect(text).not.toContain("hello");
    expect(text.match(/^event: entry$/gm)).toHaveLength(2);
    expect(text.match(new RegExp(`id="entry-${first.message}"`, "g"))).toHaveLength(1);
    await again.close();
  });

  test("misses nothing when many cards come at once, in their order", async () => {
    const web = await start();
    const browser = await web.signIn();
    const conversation = await conversationOf(web, browser);
    const stream = new EventReader(await browser.get("/events"));
    const count = 40;
    for (let index = 0; index < count; index += 1) void web.platform.post(conversation, noticeCard({ text: `card ${index}.` }));
    for (let index = 0; index < count; index += 1) await stream.until(new RegExp(`card ${index}\\.`));
    const order = [...stream.text.matchAll(/card (\d+)\./g)].map((match) => match[1]);
    expect(new Set(order).size).toBe(count);
    const ids = [...stream.text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
    expect(ids).toEqual(ids.toSorted((one, other) => one - other));
    await stream.close();
  });

  test("a page that was loaded goes on from where it is, over a restart too", async () => {
    const web = await start();
    const browser = await web.signIn();
    const conversation = await conversationOf(web, browser);
    const since = /id="entries" data-revision="(\d+)"/.exec(await (await browser.get("/", page)).text())?.[1];
    await web.platform.stop();
    const restarted = await start();
    await restarted.platform.post(conversation, noticeCard({ text: "after the restart" }));
    const stream = new EventReader(await restarted.app.request(`${origin}/events?since=${since}`, { headers: { cookie: browser.cookie } }));
    expect(await stream.until(/after the restart/)).not.toContain("hello");
    await stream.close();
  });

  test("a client that goes away is forgotten, and stopping ends the others", async () => {
    const web = await start();
    const browser = await web.signIn();
    const forgotten = vi.fn<() => void>();
    const onChange = web.platform.onChange.bind(web.platform);
    vi.spyOn(web.platform, "onChange").mockImplementation((...listener) => {
      const stop = onChange(...listener);
      return () => {
        stop();
        forgotten();
      };
    });
    const [gone, stays] = [new EventReader(await browser.get("/events")), new EventReader(await browser.get("/events"))];
    await Promise.all([gone.until(/retry/), stays.until(/retry/)]);
    await gone.close();
    await eventually(() => expect(forgotten).toHaveBeenCalledOnce());
    await web.platform.stop();
    expect(await stays.atEnd()).toBe(true);
    expect(forgotten).toHaveBeenCalledTimes(2);
    expect((await request(web.app, "/health")).status).toBe(503);
  });
});

test("a taken port is said with what to do", async () => {
  const web = await start();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  await expect(startWebServer({ app: web.app, host: "127.0.0.1", port })).rejects.toMatchObject({
    code: "port-taken",
    exitCode: 5,
    help: expect.stringContaining("CHIFFON_WEB_PORT"),
  });
  await new Promise((resolve) => other.close(resolve));
});

test("the server answers, and stops although a stream is open", async () => {
  const web = await start();
  const server = await startWebServer({ app: web.app, host: "127.0.0.1", port: 0 });
  const browser = await web.signIn();
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  const cookie = browser.cookie.replace("chiffon_8420", `chiffon_${server.port}`);
  const stream = await fetch(`${server.url}/events`, { headers: { cookie } });
  expect(stream.status).toBe(200);
  await server.stop();
  await expect(fetch(`${server.url}/health`)).rejects.toThrow("fetch failed");
  await stream.body?.cancel().catch(() => undefined);
});
