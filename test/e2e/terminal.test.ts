import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { createE2eHouse, eventually, processesWith } from "../helpers/e2e-house.ts";
import { slowRepo, startsOn } from "../helpers/e2e-slow-repo.ts";

const house = createE2eHouse({ repo: slowRepo });
const socket = `chiffon-e2e-${process.pid}`;
const tmux = (...args: string[]): string =>
  execFileSync("tmux", ["-L", socket, "-f", "/dev/null", ...args], {
    encoding: "utf8",
    env: { ...process.env, ...house.env, TERM: "xterm-256color", LC_ALL: "C.UTF-8" },
  });

afterAll(() => {
  try {
    tmux("kill-server"); // ours alone: the socket has our name
  } catch {
    // it ended with its last program
  }
});
beforeEach(() => {
  for (const name of ["go", "starts", "restarts", "marker"]) rmSync(join(house.dataDir, name), { force: true });
});

const screen = (): string => tmux("capture-pane", "-p", "-t", "chat", "-S", "-200");
const keys = (...names: string[]): void => void tmux("send-keys", "-t", "chat", ...names);
const seen = (pattern: RegExp, what: string): Promise<string> =>
  eventually(
    () => (pattern.test(screen()) ? screen() : undefined),
    150_000,
    () => `${what}:\n${screen()}\n`,
  );

test("at a terminal, by keys: request, approve, result; Ctrl-C cancels a run and says so; Ctrl-C again leaves", async () => {
  const command = join(import.meta.dirname, "..", "..", "bin", "chiffon");
  tmux("new-session", "-d", "-s", "chat", "-x", "100", "-y", "45", `${command} start; echo "left with $?"; sleep 60`);
  await seen(/Say what you want done/, "the greeting");
  expect(screen()).toMatch(/one-time link\): http:\/\/127\.0\.0\.1/);

  keys("restart counter", "Enter");
  await seen(/◆ Plan · waiting for approval[^]*restart-counter\.yml[^]*\[a\] Approve/, "the plan card");
  keys("a", "Enter");
  const result = await seen(/✓ Done, 1 change/, "the result");
  expect(result).toMatch(/✓ Plan approved/);
  expect(result).toMatch(/web1\s+1\s+1\s+0/);
  expect(startsOn(house, "restarts")).toBe(1);

  keys("deploy counter", "Enter");
  await seen(/deploy-counter\.yml[^]*\[a\] Approve/, "the second plan card");
  keys("a", "Enter");
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  keys("C-c");
  const cancelled = await seen(/Cancelled by/, "the word that it is cancelled");
  expect(cancelled).toMatch(/cancel/i);
  await eventually(
    () => !processesWith(house.dataDir).some(({ commandLine }) => commandLine.includes("deploy-counter")),
    15_000,
    "the end of the play",
  );
  // Later than a second, so that it is not the same one.
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  keys("C-c");
  await seen(/left with \d+/, "the end");
  expect(screen()).not.toMatch(/\n\s+at .*\.ts:/);
  expect((await house.runs()).map((run) => run.state)).toEqual(["cancelled", "succeeded"]);
});

test("the same through a pipe, without a colour or a key that nobody can press, to its end", async () => {
  const chiffon = house.start(["start"], { input: "restart counter\napprove\n" });
  const { code, out } = await chiffon.ended;
  expect(code).toBe(0);
  expect(out).toMatch(/› restart counter[^]*Plan · waiting for approval[^]*› approve[^]*Plan approved[^]*✓ Done, 1 change/);
  expect(out).not.toContain("\u001b[");
  expect(startsOn(house, "restarts")).toBe(1);
});

test("Ctrl-C in a pipe cancels the run, says so and ends", async () => {
  const chiffon = house.start(["start"], { input: "deploy counter\napprove\n", keepInput: true });
  await eventually(() => startsOn(house) === 1, undefined, "the start on the host");
  chiffon.kill("SIGINT");
  const { code, out } = await chiffon.ended;
  expect(out).toMatch(/Cancelled by/);
  expect(code).toBe(130);
  expect((await house.runs())[0]).toMatchObject({ state: "cancelled" });
});
