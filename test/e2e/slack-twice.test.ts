import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { startPostgres } from "../helpers/postgres-server.ts";
import { chatRepo } from "../helpers/e2e-chat-repo.ts";
import { eventually, type Started } from "../helpers/e2e-house.ts";
import { startsOn } from "../helpers/e2e-slow-repo.ts";
import { alice, bob, carol, createSlackProduct, ops, wordsOf } from "../helpers/e2e-slack.ts";

// Slack gives each envelope to one of all sockets, those of a second process too, and sends again what was not acknowledged in time.
const postgres = await startPostgres();
afterAll(() => postgres.stop());
const product = await createSlackProduct({ repo: chatRepo });
const { slack, house, thread, kinds, card, click, lineSays, pinged } = product;
const other = join(house.folder, "other");
const env = { DATABASE_URL: postgres.url, CHIFFON_SNAPSHOT_KEY: "5e".repeat(32) };
const file = (name: string): string => join(house.dataDir, name);
let first: Started;
let finished = 0;

afterAll(() => slack.assertClean());
beforeEach(() => {
  for (const folder of [house.dataDir, other]) for (const name of ["go", "starts", "restarts"]) rmSync(join(folder, name), { force: true });
});

/** Each of these events twice more, the last first. */
const again = async (...eventIds: readonly string[]): Promise<void> => {
  const ids = eventIds.toReversed();
  await Promise.all([1, 2].flatMap((retryNum) => ids.map((id) => slack.redeliver(id, { retryNum }))));
};
/** One of everything, whatever came how often. */
const once = async (ts: string): Promise<void> => {
  expect(kinds(ts)).toEqual(["line", "plan", "progress", "result"]);
  expect(pinged(ts)).toEqual([alice]);
  const entries = JSON.parse((await house.chiffon(["audit", "query", "--limit", "200", "--json"], { env })).out) as { action: string }[];
  for (const action of ["request.submitted", "run.finished"])
    expect([action, entries.filter((entry) => entry.action === action).length]).toEqual([action, finished]);
};
const killed = async (process: Started): Promise<void> => {
  const before = slack.connections;
  process.kill("SIGKILL");
  await process.ended;
  await eventually(() => slack.connections < before, undefined, "the end of its sockets");
};

test("every event three times, out of order, with kill -9 between, to one process: one of everything", async () => {
  first = await product.start(env);
  const asked = slack.mention({ user: alice, channel: ops, text: "deploy counter" });
  expect(asked.eventIds).toHaveLength(2);
  await again(...asked.eventIds);
  const plan = await card(asked.ts, "plan", /waiting for approval/);
  await killed(first);
  first = await product.start(env);
  await again(...asked.eventIds);
  await Promise.all([click(bob, plan, "Approve"), click(bob, plan, "Approve"), again(...asked.eventIds)]);
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  await killed(first);
  first = await product.start(env);
  await again(...asked.eventIds);
  await click(bob, plan, "Approve", { stale: true });
  writeFileSync(file("go"), "");
  await card(asked.ts, "result", /succeeded/);
  await lineSays(asked.ts, /Done/);
  await again(...asked.eventIds);
  await product.privately(bob, /already decided/);
  finished = 1;
  await once(asked.ts);
  expect(startsOn(house)).toBe(1);
});

test("what was asked while nobody was there is heard at the next start, once", async () => {
  await killed(first);
  const asked = slack.mention({ user: alice, channel: ops, text: "restart counter" });
  first = await product.start(env);
  await asked.delivered;
  await again(...asked.eventIds);
  const plan = await card(asked.ts, "plan", /waiting for approval/);
  await click(carol, plan, "Approve");
  await card(asked.ts, "result", /succeeded/);
  await lineSays(asked.ts, /Done/);
  finished += 1;
  await once(asked.ts);
  expect(startsOn(house, "restarts")).toBe(1);
});

test("to two processes, and to the one that is left when the other was killed", async () => {
  const second = await startSecond();
  const asked = slack.mention({ user: alice, channel: ops, text: "restart counter" });
  await again(...asked.eventIds);
  const plan = await card(asked.ts, "plan", /waiting for approval/);
  // Turn by turn to every socket there is: both processes have a part of these.
  await Promise.all([...Array.from({ length: 6 }, () => click(carol, plan, "Approve")), again(...asked.eventIds)]);
  await card(asked.ts, "result", /succeeded/);
  await lineSays(asked.ts, /Done/);
  await again(...asked.eventIds);
  finished += 1;
  await once(asked.ts);
  const restarts = (): number => startsOn(house, "restarts") + startsOn(house, "../other/restarts");
  expect(restarts()).toBe(1);
  expect(thread(asked.ts).filter((message) => /Approved by/.test(wordsOf(message)))).toHaveLength(1);

  await killed(second);
  const next = slack.mention({ user: alice, channel: ops, text: "restart counter" });
  await again(...next.eventIds);
  await click(bob, await card(next.ts, "plan", /waiting for approval/), "Approve");
  await card(next.ts, "result", /succeeded/);
  await lineSays(next.ts, /Done/);
  finished += 1;
  await once(next.ts);
  expect(restarts()).toBe(2);
});

async function startSecond(): Promise<Started> {
  // What a second orchestrator needs of the first: the key that signs, and the sealed files.
  mkdirSync(other, { mode: 0o700 });
  for (const name of ["approval.key", "chiffon.yml"]) copyFileSync(file(name), join(other, name));
  symlinkSync(file("snapshots"), join(other, "snapshots"));
  const before = slack.connections;
  const second = await product.start({ ...env, CHIFFON_DATA_DIR: other });
  await eventually(() => slack.connections > before, undefined, "its sockets");
  return second;
}
