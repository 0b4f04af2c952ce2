import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { CommandApp, CommandIo } from "../../src/cli/command.ts";
import { setup } from "../../src/cli/setup.ts";
import { findPlatformSetup } from "../../src/front-doors.ts";
import { createTestCommands } from "../helpers/test-app.ts";
import { makeTinyModel } from "../helpers/tiny-model.ts";

function tinyFolder(): string {
  const model = makeTinyModel(["deploy", "gitea", "plex", "media", "server", "disk", "check"]);
  onTestFinished(() => model.remove());
  return model.folder;
}

test("an embedder in a folder is used by the commands, said once, and a folder that is gone stops nothing", async () => {
  const commands = await createTestCommands();
  const map = async (folder: string): Promise<{ err: string; playbook: string }> => {
    const { out, err } = await commands.run(["map", "watch my films and series", "--json"], { env: { CHIFFON_EMBEDDER_FOLDER: folder } })
      .ended;
    const { steps } = JSON.parse(out) as { steps: { candidates: { playbook: string }[] }[] };
    return { err, playbook: steps[0]?.candidates[0]?.playbook ?? "" };
  };
  const rebuilt = /searched by the (\S+) embedder from now on/;
  expect((await map("")).err).not.toMatch(rebuilt);
  const folder = tinyFolder();
  expect((await map(folder)).err).toMatch(/searched by the transformers embedder from now on/);
  expect((await map(folder)).err).not.toMatch(rebuilt);
  const rows = await commands.database.query("select distinct embedder from playbook_phrasing");
  expect(rows).toEqual([{ embedder: expect.stringMatching(/^transformers\/[0-9a-f]{12}$/) }]);
  rmSync(folder, { recursive: true });
  const gone = await map(folder);
  expect(gone.err).toMatch(/cannot be used to search playbooks: the embedder's folder has no .*config\.json/);
  expect(gone.err).toMatch(/searched by the built-in embedder from now on/);
  expect(gone.playbook).toBe("deploy-plex");
});

test("doctor says which embedder there is, and what is wrong with one that was named", async () => {
  const commands = await createTestCommands();
  const embedderOf = async (folder: string): Promise<object | undefined> => {
    const { out } = await commands.run(["doctor", "--json"], { env: { CHIFFON_EMBEDDER_FOLDER: folder } }).ended;
    return (JSON.parse(out) as { part: string }[]).find((check) => check.part === "embedder");
  };
  expect(await embedderOf("")).toMatchObject({ ok: true, text: "built-in", help: expect.stringContaining("chiffon setup embedder") });
  expect(await embedderOf(tinyFolder())).toMatchObject({ ok: true, text: expect.stringContaining("384 numbers"), help: expect.stringContaining("not measured") }); // prettier-ignore
  expect(await embedderOf("/nowhere")).toMatchObject({ ok: false, text: expect.stringContaining("/nowhere/config.json") });
});

async function runSetup(args: readonly string[], environment: Record<string, string>): Promise<{ code: number; out: string; err: string }> {
  const said = { out: "", err: "" };
  const io: CommandIo = {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    readLine: async () => null,
    isTTY: false,
    colour: false,
    columns: 80,
    cwd: "/",
    signal: new AbortController().signal,
  };
  const app = { platformSetup: (name: string) => findPlatformSetup(name, environment) } as CommandApp;
  return { code: await setup.run(["embedder", ...args], io, app), ...said };
}

function emptyDataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "chiffon-data-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("setup embedder --check downloads nothing and says what is there", async () => {
  const dataDir = emptyDataFolder();
  const nothing = { CHIFFON_DATA_DIR: dataDir, CHIFFON_EMBEDDER_FOLDER: "", CHIFFON_EMBEDDER_MODEL: "" };
  expect(await runSetup(["--check"], nothing)).toEqual({
    code: 5,
    out: "missing all-MiniLM-L6-v2 is not there: the built-in embedder is used\n",
    err: "",
  });
  const named = { ...nothing, CHIFFON_EMBEDDER_FOLDER: tinyFolder() };
  expect(await runSetup([], named)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^ok .* loads in /m),
    err: expect.stringContaining("nothing is downloaded"),
  });
  expect((await runSetup(["--check"], { ...nothing, CHIFFON_EMBEDDER_FOLDER: "/nowhere" })).code).toBe(5);
  expect(readdirSync(dataDir)).toEqual([]);
});

test("setup embedder takes only the files with the known checksums, from wherever they come", async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.end("x".repeat(650));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  const dataDir = emptyDataFolder();
  const source = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror/`;
  const environment = {
    CHIFFON_DATA_DIR: dataDir,
    CHIFFON_EMBEDDER_FOLDER: "",
    CHIFFON_EMBEDDER_MODEL: "",
    CHIFFON_EMBEDDER_SOURCE: source,
  };
  await expect(runSetup([], environment)).rejects.toMatchObject({ code: "embedder-checksum", exitCode: 5 });
  expect(asked).toEqual(["/mirror/config.json"]);
  expect(readdirSync(join(dataDir, "models"))).toEqual([]);
});
