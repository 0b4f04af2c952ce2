import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { connectToOwner, type OwnerClientOptions } from "../../src/cli/owner-client.ts";
import { startOwnerServer } from "../../src/cli/owner-server.ts";
import type { CommandIo } from "../../src/cli/command.ts";
import { socketPath, takeOwnership } from "../../src/db/owner.ts";
import { createTestCommands, eventually } from "../helpers/test-app.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chiffon-owner-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ownerModule = join(import.meta.dirname, "..", "..", "src", "db", "owner.ts");
const script = (then: string): string[] => [
  "--input-type=module",
  "-e",
  `import { takeOwnership } from ${JSON.stringify(ownerModule)}; const held = await takeOwnership(${JSON.stringify(folder)}); ${then}`,
];
const mark = (changes: object = {}): string => {
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return JSON.stringify({
    pid: process.pid,
    startTime: /\) (?:\S+ ){19}(\S+)/.exec(readFileSync("/proc/self/stat", "utf8"))?.[1],
    bootId,
    mark: "other",
    ...changes,
  });
};

describe("a data folder", () => {
  test("has one owner at a time, which leaves nothing behind", async () => {
    const first = await takeOwnership(folder);
    if (first.kind !== "owner") throw new Error("not taken");
    expect(await takeOwnership(folder)).toEqual({ kind: "taken", pid: process.pid });
    expect(statSync(join(folder, "owner")).mode & 0o777).toBe(0o600);
    first.release();
    expect(readdirSync(folder)).toEqual([]);
    const second = await takeOwnership(folder);
    first.release(); // of an earlier time: not its any more
    expect(await takeOwnership(folder)).toMatchObject({ kind: "taken" });
    if (second.kind === "owner") second.release();
  });

  test.for([
    ["of a process that is gone", { pid: 4_194_300 }],
    ["of another process with the same number", { startTime: "1" }],
    ["of the time before the machine started anew", { bootId: "before" }],
    ["that is cut off", null],
  ] as const)("is taken over from an owner file %s", async ([, changes]) => {
    writeFileSync(join(folder, "owner"), changes === null ? "{ half" : mark(changes));
    expect((await takeOwnership(folder)).kind).toBe("owner");
    expect(readdirSync(folder)).toEqual(["owner"]);
  });

  test("is taken over from an owner that was killed", async () => {
    const child = spawn(process.execPath, script("console.log(held.kind); setInterval(() => undefined, 1000);"), {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const said = await new Promise<string>((resolve) => child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim())));
    expect(said).toBe("owner");
    expect(await takeOwnership(folder)).toEqual({ kind: "taken", pid: child.pid });
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect((await takeOwnership(folder)).kind).toBe("owner");
  });

  test("with a stale owner file is taken by exactly one of many that start at once", async () => {
    writeFileSync(join(folder, "owner"), mark({ pid: 4_194_300 }));
    const run = promisify(execFile);
    const kinds = await Promise.all(
      Array.from({ length: 6 }, async () =>
        (await run(process.execPath, script("console.log(held.kind); setTimeout(() => undefined, 1500);"))).stdout.trim(),
      ),
    );
    expect(kinds.toSorted()).toEqual(["owner", "taken", "taken", "taken", "taken", "taken"]);
  });

  test("that cannot be written is named with what to do", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(takeOwnership(join(folder, "file", "data"))).rejects.toMatchObject({
      code: "data-folder-not-writable",
      exitCode: 5,
      help: expect.stringContaining("CHIFFON_DATA_DIR"),
    });
    mkdirSync(join(folder, "data", "owner"), { recursive: true }); // no file that could be read
    await expect(takeOwnership(join(folder, "data"))).rejects.toMatchObject({ code: "data-folder-not-writable" });
    expect(readdirSync(join(folder, "data"))).toEqual(["owner"]);
  });
});

describe("the owner's socket", () => {
  const client = (changes: Partial<OwnerClientOptions> = {}): OwnerClientOptions => ({
    dataDir: folder, version: "1.0.0", repo: "/repo", databaseUrl: null, pid: 42, helloMs: 200, ...changes,
  }); // prettier-ignore
  const serve = async (
    run: (args: readonly string[], io: CommandIo) => Promise<0 | 3> = async () => 0,
  ): Promise<Awaited<ReturnType<typeof startOwnerServer>>> => {
    const server = await startOwnerServer({ dataDir: folder, version: "1.0.0", mode: "command", repo: "/repo", databaseUrl: null, run });
    onTestFinished(() => server.close());
    return server;
  };
  const io = (signal = new AbortController().signal): CommandIo & { text: string } => {
    const made = {
      text: "", isTTY: false, colour: false, columns: 80, cwd: "/", signal,
      out: (text: string) => void (made.text += text), err: (text: string) => void (made.text += `!${text}`), readLine: async (prompt: string) => `answer to ${prompt}`,
    }; // prettier-ignore
    return made;
  };

  test("is for this account only and goes with its owner", async () => {
    const server = await serve();
    expect(statSync(socketPath(folder)).mode & 0o777).toBe(0o600);
    await server.close();
    expect(existsSync(socketPath(folder))).toBe(false);
    expect(await connectToOwner(client())).toBeNull();
  });

  test("replaces one that a killed owner left", async () => {
    writeFileSync(socketPath(folder), "");
    await serve();
    expect(await connectToOwner(client())).toMatchObject({ mode: "command" });
  });

  test("carries words, output, questions and the exit code unharmed", async () => {
    await serve(async (args, owner) => {
      owner.out(`${JSON.stringify(args)}\n`);
      owner.err("ä \u{1f600} line\n");
      owner.out(`${await owner.readLine("who?")} ${owner.columns} ${owner.wroteOut === true}\n`);
      owner.out("x".repeat(1_000_000));
      return 3;
    });
    const here = io();
    const connection = await connectToOwner(client());
    const words = ["ask", "it's", "", "two\nlines", "--json", "\u{1f600}"];
    expect(await connection?.run(words, here)).toBe(3);
    expect(here.text).toBe(`${JSON.stringify(words)}\n!ä \u{1f600} line\nanswer to who? 80 true\n${"x".repeat(1_000_000)}`);
  });

  test("hands on Ctrl-C, and a client that goes away does not end what it started", async () => {
    let aborted = false;
    let finish: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (finish = resolve));
    const server = await serve(async (_args, owner) => {
      if (!owner.signal.aborted) await new Promise((resolve) => owner.signal.addEventListener("abort", resolve, { once: true }));
      aborted = true;
      await done;
      return 0;
    });
    const interrupt = new AbortController();
    const connection = await connectToOwner(client());
    const running = connection?.run(["x"], io(interrupt.signal));
    interrupt.abort();
    await eventually("the owner hears of it", () => aborted);
    connection?.close();
    await expect(running).rejects.toMatchObject({ code: "owner-gone", exitCode: 6 });
    let drained = false;
    const draining = server.drain().then(() => (drained = true));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(drained).toBe(false);
    finish();
    await draining;
  });

  test("that never answers is named with the process to look at", async () => {
    const server = createServer(() => undefined).listen(socketPath(folder));
    onTestFinished(() => void server.close());
    await expect(connectToOwner(client())).rejects.toMatchObject({
      code: "owner-hung",
      exitCode: 5,
      help: expect.stringContaining("kill 42"),
    });
  });

  test("that speaks another language ends the client with a clear error, not with a crash", async () => {
    const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\n")).listen(socketPath(folder));
    onTestFinished(() => void server.close());
    await expect(connectToOwner(client())).rejects.toMatchObject({ code: "owner-hung" });
  });

  test.for([
    ["another version", { version: "2.0.0" }, "owner-other-version"],
    ["another repo", { repo: "/other" }, "owner-other-repo"],
    ["another database", { databaseUrl: "postgres://x/y" }, "owner-other-database"],
  ] as const)("of %s is refused", async ([, changes, code]) => {
    await serve();
    await expect(connectToOwner(client(changes))).rejects.toMatchObject({ code, exitCode: 5 });
  });
});

test("while Chiffon runs, other commands work through it with the same output, and a second start is refused", async () => {
  const cli = await createTestCommands();
  const texts = [
    ["playbooks", "list"],
    ["playbooks", "list", "--json"],
    ["runs"],
    ["audit", "verify"],
    ["map", "deploy gitea"],
    ["runs", "77", "--json"],
    ["nonsense"],
  ];
  await cli.run(["ask", "deploy gitea", "--yes", "--json"]).ended;
  const alone = [];
  for (const args of texts) alone.push(await cli.run(args).ended);
  const running = cli.run(["start"]);
  await eventually("it has started", () => running.said().includes("one-time link"));
  try {
    for (const [index, args] of texts.entries()) expect({ args, ...(await cli.run(args).ended) }).toEqual({ args, ...alone[index] });
    const asked = await Promise.all(["deploy plex", "deploy traefik"].map((text) => cli.run(["ask", text, "--yes", "--json"]).ended));
    for (const { code, out } of asked) {
      expect(code).toBe(0);
      expect(out.trimEnd().split("\n")).toHaveLength(1);
      expect(JSON.parse(out)).toMatchObject({ run: { state: "succeeded" }, error: null });
    }
    const wrong = await cli.run(["ask", "--nonsense", "--json"]).ended;
    expect({ code: wrong.code, error: JSON.parse(wrong.out).error.code }).toEqual({ code: 2, error: "usage" });
    expect(await cli.run(["start"]).ended).toMatchObject({ code: 5, err: expect.stringContaining("already runs") });
    expect(await cli.run(["runs", "--json"], { env: { CHIFFON_REPO: folder } }).ended).toMatchObject({
      code: 5,
      out: expect.stringContaining("owner-other-repo"),
    });
  } finally {
    running.interrupt();
  }
  expect((await running.ended).code).toBe(130);
  expect(existsSync(join(cli.dataDir, "owner"))).toBe(false);
});
