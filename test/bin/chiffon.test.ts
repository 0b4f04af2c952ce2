import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const repository = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
let folder: string;
let clone: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "chiffon bin ")));
  clone = join(folder, "my clone");
  for (const name of ["bin", "src", "scripts", "node_modules/.bin"]) mkdirSync(join(clone, name), { recursive: true });
  copyFileSync(join(repository, "bin/chiffon"), join(clone, "bin/chiffon"));
  symlinkSync(process.execPath, join(clone, "node_modules/.bin/node"));
  writeFileSync(join(clone, "package.json"), '{ "type": "module" }');
  writeFileSync(join(clone, "package-lock.json"), "{}");
  writeFileSync(join(clone, "node_modules/.chiffon-setup"), "");
  const before = new Date(Date.now() - 10_000);
  utimesSync(join(clone, "package-lock.json"), before, before);
  writeFileSync(join(clone, "scripts/setup.mjs"), 'console.log("set-up said this");');
  writeFileSync(
    join(clone, "src/main.ts"),
    `const words: string[] = process.argv.slice(2);
if (words[0] === "exit") process.exit(Number(words[1]));
if (words[0] === "wait") {
  process.on("SIGTERM", () => process.exit(42));
  console.log(process.pid);
  setTimeout(() => {}, 30_000);
} else console.log(JSON.stringify({ words, main: import.meta.filename, node: process.version, cwd: process.cwd() }));
`,
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("passes every word unharmed, from any folder, and prints nothing of its own", () => {
  const words = ["ask", 'it\'s a "test" of $HOME & * \\', "", "--yes=destructive", "two\nlines"];
  const result = chiffon(words, { cwd: folder });
  expect(result).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(result.stdout)).toEqual({ words, main: join(clone, "src/main.ts"), node: process.version, cwd: folder });
});

test("finds its clone through links, relative ones too, and through PATH", () => {
  mkdirSync(join(folder, "local bin"));
  symlinkSync("../my clone/bin/chiffon", join(folder, "local bin/first"));
  symlinkSync("first", join(folder, "local bin/chiffon"));
  const result = spawnSync("chiffon", ["x"], { encoding: "utf8", env: { PATH: `${join(folder, "local bin")}:${process.env["PATH"]}` } });
  expect(JSON.parse(result.stdout).main).toBe(join(clone, "src/main.ts"));
  const linkedFolder = join(folder, "linked folder");
  symlinkSync(clone, linkedFolder);
  expect(JSON.parse(chiffon(["x"], { command: join(linkedFolder, "bin/chiffon") }).stdout).main).toBe(join(clone, "src/main.ts"));
});

test("exit codes and signals are the program's own", async () => {
  expect(chiffon(["exit", "3"]).status).toBe(3);
  const child = spawn(join(clone, "bin/chiffon"), ["wait"]);
  const pid = await new Promise<number>((resolve) => child.stdout.once("data", (text) => resolve(Number(String(text)))));
  expect(pid).toBe(child.pid);
  child.kill("SIGTERM");
  expect(await new Promise((resolve) => child.once("close", resolve))).toBe(42);
});

test("takes the clone's Node before the system's, however old that is", () => {
  expect(JSON.parse(chiffon(["x"], { env: { PATH: oldNode() } }).stdout).node).toBe(process.version);
});

test("without a Node of its own: the system's where it is new enough, else exit code 5 and what to do", () => {
  rmSync(join(clone, "node_modules/.bin/node"));
  const system = join(folder, "system");
  mkdirSync(system);
  symlinkSync(process.execPath, join(system, "node"));
  expect(JSON.parse(chiffon(["x"], { env: { PATH: `${system}:/usr/bin:/bin` } }).stdout).words).toEqual(["x"]);
  const old = chiffon(["x"], { env: { PATH: oldNode() } });
  expect(old).toMatchObject({ status: 5, stdout: "" });
  expect(old.stderr).toContain("Node 22.18 or newer is needed, found 20.20.2");
});

test("a bare clone is set up first, with every message on stderr", () => {
  rmSync(join(clone, "node_modules/.chiffon-setup"));
  const result = chiffon(["x"]);
  expect(result.stderr).toBe("set-up said this\n");
  expect(JSON.parse(result.stdout).words).toEqual(["x"]);
});

test("looks again when the lock file is newer than the last set-up", () => {
  const later = new Date(Date.now() + 10_000);
  utimesSync(join(clone, "package-lock.json"), later, later);
  expect(chiffon(["x"]).stderr).toBe("set-up said this\n");
});

test("does not start when the set-up failed", () => {
  rmSync(join(clone, "node_modules/.chiffon-setup"));
  writeFileSync(join(clone, "scripts/setup.mjs"), 'console.error("missing: git"); process.exitCode = 5;');
  expect(chiffon(["x"])).toMatchObject({ status: 5, stdout: "", stderr: "missing: git\n" });
});

function chiffon(words: string[], options: { cwd?: string; command?: string; env?: Record<string, string> } = {}) {
  const { cwd, command = join(clone, "bin/chiffon"), env } = options;
  return spawnSync(command, words, { encoding: "utf8", ...(cwd ? { cwd } : {}), ...(env ? { env } : {}) });
}

/** A PATH whose Node says that it is 20.20.2. */
function oldNode() {
  const place = join(folder, "old");
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "node"), "#!/bin/sh\necho v20.20.2\n", { mode: 0o755 });
  return `${place}:/usr/bin:/bin`;
}
