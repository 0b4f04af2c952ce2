import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { startPostgres } from "../helpers/postgres-server.ts";
import { chatRepo } from "../helpers/e2e-chat-repo.ts";
import { createDiscordProduct, wordsOf } from "../helpers/e2e-discord.ts";
import { eventually, type Started } from "../helpers/e2e-house.ts";
import { startsOn } from "../helpers/e2e-slow-repo.ts";
import type { GatewayEvent } from "../helpers/fake-discord/world.ts";

// Two processes with the same token on one PostgreSQL: Discord gives every event to both.
const postgres = await startPostgres();
afterAll(() => postgres.stop());
const product = await createDiscordProduct({ house: { repo: chatRepo } });
const { discord, house, kinds, card, lineSays, pinged } = product;
const other = join(house.folder, "other");
const env = { DATABASE_URL: postgres.url, CHIFFON_SNAPSHOT_KEY: "5e".repeat(32) };
const file = (name: string): string => join(house.dataDir, name);

// Both answer each click, and Discord takes the first.
afterAll(() => discord.assertClean({ codes: [40_060], unanswered: true }));
beforeEach(() => {
  for (const name of ["go", "starts", "restarts"]) rmSync(file(name), { force: true });
});

const thrice = (...events: readonly { readonly event: GatewayEvent }[]): void => {
  for (let time = 0; time < 2; time += 1) for (const event of events.toReversed()) discord.redeliver(event);
};
const once = async (id: string): Promise<void> => {
  expect(kinds(id)).toEqual(["plan", "progress", "result"]);
  expect(discord.messages("ops").filter((one) => one.author.bot && one.reference === id)).toHaveLength(1);
  expect(pinged(id)).toEqual(["alice"]);
  const requests = JSON.parse((await house.chiffon(["audit", "query", "--limit", "200", "--json"], { env })).out) as { action: string }[];
  expect(requests.filter((entry) => entry.action === "run.finished")).toHaveLength(finished);
};
let finished = 0;
let first: Started;

test("every event three times, with a kill -9 between, to one process: one of everything", async () => {
  first = await product.start(env);
  const asked = discord.mention({ user: "alice", channel: "ops", text: "deploy counter" });
  thrice(asked);
  const plan = await card(asked.id, "plan", /waiting for approval/);
  first.kill("SIGKILL");
  await first.ended;
  first = await product.start(env);
  thrice(asked);
  const pressed = discord.click({ user: "bob", message: plan, label: "Approve" });
  thrice(asked, pressed);
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  first.kill("SIGKILL");
  await first.ended;
  first = await product.start(env);
  thrice(asked, pressed);
  writeFileSync(file("go"), "");
  await card(asked.id, "result", /succeeded/);
  await lineSays(asked.id, /Done/);
  thrice(asked, pressed);
  finished = 1;
  await once(asked.id);
  expect(startsOn(house)).toBe(1);
});

test("to two processes, and to the one that is left when the other was killed", async () => {
  // What a second orchestrator needs of the first: the key that signs, and the sealed files.
  rmSync(other, { recursive: true, force: true });
  const second = await startSecond();
  const asked = discord.mention({ user: "alice", channel: "ops", text: "restart counter" });
  thrice(asked);
  const plan = await card(asked.id, "plan", /waiting for approval/);
  const pressed = discord.click({ user: "carol", message: plan, label: "Approve" });
  thrice(pressed, asked);
  await card(asked.id, "result", /succeeded/);
  await lineSays(asked.id, /Done/);
  finished += 1;
  await once(asked.id);
  expect(startsOn(house, "restarts") + startsOn(house, "../other/restarts")).toBe(1);
  second.kill("SIGKILL");
  await second.ended;

  const again = discord.mention({ user: "alice", channel: "ops", text: "restart counter" });
  thrice(again);
  const next = await card(again.id, "plan", /waiting for approval/);
  thrice(discord.click({ user: "bob", message: next, label: "Approve" }));
  await card(again.id, "result", /succeeded/);
  await lineSays(again.id, /Done/);
  finished += 1;
  await once(again.id);
  expect(wordsOf(next)).toContain("restart-counter.yml");
});

async function startSecond(): Promise<Started> {
  mkdirSync(other, { mode: 0o700 });
  for (const name of ["approval.key", "chiffon.yml"]) copyFileSync(file(name), join(other, name));
  symlinkSync(file("snapshots"), join(other, "snapshots"));
  const before = discord.gateway.identifies;
  const second = await product.start({ ...env, CHIFFON_DATA_DIR: other });
  await eventually(() => discord.gateway.identifies > before);
  return second;
}
