import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sha256 } from "../../src/canonical-json.ts";
import { changesBetween, createWorkingTreeReader, type WorkingTree } from "../../src/planner/snapshot.ts";
import { createSnapshotStore, openSnapshotKey } from "../../src/planner/snapshot-store.ts";
import { openApprovalSigner } from "../../src/runs/approval.ts";

let folder: string;
let repo: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chiffon-snapshot-"));
  repo = join(folder, "repo");
  mkdirSync(repo);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const git = (...args: string[]): void =>
  void execFileSync("git", ["-C", repo, "-c", "user.name=x", "-c", "user.email=x@localhost", "-c", "protocol.file.allow=always", ...args], {
    stdio: "ignore",
  });
const write = (path: string, text: string | Uint8Array): void => {
  mkdirSync(dirname(join(repo, path)), { recursive: true });
  writeFileSync(join(repo, path), text);
};
const read = (): Promise<WorkingTree> => createWorkingTreeReader().read(repo);
const paths = async (): Promise<string[]> => (await read()).files.map((file) => file.path);

test("holds tracked and untracked files, and none that git ignores, deleted ones and git's own", async () => {
  git("init", "--quiet");
  write(".gitignore", "*.secret\n/vendor/\n");
  write("site.yml", "a");
  write("gone.yml", "b");
  git("add", ".");
  git("commit", "--quiet", "-m", "x");
  rmSync(join(repo, "gone.yml"));
  write("new.yml", "c");
  write("vault.secret", "top secret");
  write("vendor/x.yml", "d");
  write("sp ace/ü\nx.yml", "e");
  expect(await paths()).toEqual([".gitignore", "new.yml", "site.yml", "sp ace/ü\nx.yml"]);
});

test("follows links inside the repo, deep ones too, and leaves out those that leave it, lead nowhere or to what git ignores", async () => {
  git("init", "--quiet");
  write(".gitignore", "*.secret\n");
  write("shared/roles/web/files/etc/app/conf.d/deep/x.conf", "x");
  write("shared/roles/web/tasks/main.yml", "y");
  write("shared/roles/web/key.secret", "top secret");
  writeFileSync(join(folder, "outside"), "top secret");
  symlinkSync("shared/roles", join(repo, "roles"));
  symlinkSync("shared/roles/web/tasks/main.yml", join(repo, "link.yml"));
  symlinkSync("shared/roles/web/key.secret", join(repo, "key.yml"));
  symlinkSync("../outside", join(repo, "leaves.yml"));
  symlinkSync("nowhere", join(repo, "broken.yml"));
  symlinkSync(".git/config", join(repo, "config.yml"));
  expect(await paths()).toEqual([
    ".gitignore", "link.yml", "roles/web/files/etc/app/conf.d/deep/x.conf", "roles/web/tasks/main.yml",
    "shared/roles/web/files/etc/app/conf.d/deep/x.conf", "shared/roles/web/tasks/main.yml",
  ]); // prettier-ignore
});

test("links in a circle are refused in bounded time", async () => {
  write("a/x", "x");
  symlinkSync("..", join(repo, "a", "up"));
  symlinkSync("../a", join(repo, "a", "self"));
  await expect(read()).rejects.toMatchObject({ code: "repo-too-large" });
});

test("holds the files of a repository inside the repo, without its .git", async () => {
  git("init", "--quiet");
  write("site.yml", "a");
  write("roles/foreign/tasks/main.yml", "b");
  write("roles/foreign/.gitignore", "ignored\n");
  write("roles/foreign/ignored", "top secret");
  execFileSync("git", ["init", "--quiet", join(repo, "roles/foreign")]);
  expect(await paths()).toEqual(["roles/foreign/.gitignore", "roles/foreign/tasks/main.yml", "site.yml"]);
});

test("is not led to another repository by the environment of a git hook", async () => {
  git("init", "--quiet");
  write(".gitignore", "ignored\n");
  write("ignored", "top secret");
  execFileSync("git", ["init", "--quiet", join(folder, "other")]);
  process.env["GIT_DIR"] = join(folder, "other", ".git");
  try {
    expect(await paths()).toEqual([".gitignore"]);
  } finally {
    delete process.env["GIT_DIR"];
  }
});

test("a repo whose git is broken is refused, rather than sealed with what git would ignore; one without git is walked", async () => {
  write(".gitignore", "ignored\n");
  write("ignored", "x");
  expect(await paths()).toEqual([".gitignore", "ignored"]);
  git("init", "--quiet");
  writeFileSync(join(repo, ".git", "index"), "nonsense");
  await expect(read()).rejects.toMatchObject({ code: "repo-unreadable", help: expect.stringContaining("git status") });
});

test("tells content, executable bit, new and removed files, in words", async () => {
  write("a", "1");
  write("b", "1");
  write("c", "1");
  const before = await read();
  expect((await read()).hash).toBe(before.hash);
  write("a", "2");
  chmodSync(join(repo, "b"), 0o755);
  rmSync(join(repo, "c"));
  write("d", "1");
  const after = await read();
  expect(after.hash).not.toBe(before.hash);
  expect(changesBetween(before.files, after.files)).toEqual(["a was changed", "b was changed", "d is new", "c was removed"]);
});

test("sees a change of equal size in the same moment, and one whose times were set back", async () => {
  const reader = createWorkingTreeReader();
  write("a", "1");
  const first = await reader.read(repo);
  write("a", "2");
  const second = await reader.read(repo);
  expect(second.hash).not.toBe(first.hash);
  const old = new Date(Date.now() - 60_000);
  const { utimesSync } = await import("node:fs");
  utimesSync(join(repo, "a"), old, old);
  const third = await reader.read(repo);
  await reader.read(repo);
  write("a", "3");
  utimesSync(join(repo, "a"), old, old);
  expect((await reader.read(repo)).hash).not.toBe(third.hash);
});

test("git is not asked again while nothing changed, and every change of what is ignored or there is seen at once", async () => {
  git("init", "--quiet");
  for (const path of ["a", "roles/web/b", "roles/web/c"]) write(path, "1");
  mkdirSync(join(repo, "roles", "empty"));
  git("add", "a", "roles/web/b");
  // What is younger may change again unseen, within the clock's grain.
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  const reader = createWorkingTreeReader();
  const now = async (): Promise<string[]> => (await reader.read(repo)).files.map((file) => file.path);
  expect(await now()).toEqual(["a", "roles/web/b", "roles/web/c"]);
  const { PATH } = process.env;
  process.env["PATH"] = folder;
  try {
    expect(await now()).toEqual(["a", "roles/web/b", "roles/web/c"]);
    write("a", "2"); // its content is looked at, whoever lists it
    expect((await reader.read(repo)).files[0]?.hash).toBe(sha256("2"));
    write("roles/empty/new", "1");
    await expect(reader.read(repo)).rejects.toMatchObject({ code: "repo-unreadable" });
  } finally {
    process.env["PATH"] = PATH;
  }
  expect(await now()).toContain("roles/empty/new");
  write("roles/web/.gitignore", "c\n");
  expect(await now()).not.toContain("roles/web/c");
  rmSync(join(repo, "a"));
  expect(await now()).not.toContain("a");
});

test("too many files and too many bytes are refused with what to do", async () => {
  for (let index = 0; index < 5; index += 1) write(`f${index}`, "12345");
  await expect(createWorkingTreeReader({ files: 4, bytes: 1_000 }).read(repo)).rejects.toMatchObject({
    code: "repo-too-large",
    help: expect.stringContaining(".gitignore"),
  });
  await expect(createWorkingTreeReader({ files: 10, bytes: 24 }).read(repo)).rejects.toMatchObject({ code: "repo-too-large" });
});

const open = (): ReturnType<typeof createSnapshotStore> =>
  createSnapshotStore({ folder: join(folder, "store"), key: openSnapshotKey(join(folder, "key"), undefined) });
const stored = (hash: string): string => join(folder, "store", hash.slice(0, 2), hash);

test("keeps files encrypted: their words are nowhere on the disk, and only this account can read them", async () => {
  const words = "db_password: hunter2-very-secret";
  write("group_vars/all.yml", words);
  const tree = await read();
  await open().keep(repo, tree.files);
  const [file] = tree.files;
  if (file === undefined) throw new Error("no file");
  const onDisk = readdirSync(join(folder, "store"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(onDisk).toHaveLength(1);
  expect(readFileSync(stored(file.hash)).includes("hunter2")).toBe(false);
  expect(statSync(stored(file.hash)).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "key")).mode & 0o777).toBe(0o600);
  expect(Buffer.from(await open().read(file.hash)).toString()).toBe(words);
});

test.for(["content", "nonce", "tag", "cut", "gone"])(
  "a stored file with another %s is refused, and the next plan keeps it anew",
  async (what) => {
    write("a", "the content");
    const tree = await read();
    const store = open();
    await store.keep(repo, tree.files);
    const hash = sha256("the content");
    const bytes = readFileSync(stored(hash));
    const at = { nonce: 0, tag: 15, content: 30 }[what];
    if (at !== undefined) bytes[at] = (bytes[at] ?? 0) ^ 1;
    if (what === "gone") rmSync(stored(hash));
    else writeFileSync(stored(hash), what === "cut" ? bytes.subarray(0, 20) : bytes);
    await expect(store.read(hash)).rejects.toMatchObject({ code: "snapshot-differs", exitCode: 4 });
    await store.keep(repo, tree.files);
    expect(Buffer.from(await store.read(hash)).toString()).toBe("the content");
  },
);

test("a stored file in the place of another is refused", async () => {
  write("a", "deploy");
  write("b", "destroy");
  await open().keep(repo, (await read()).files);
  renameSync(stored(sha256("destroy")), stored(sha256("deploy")));
  await expect(open().read(sha256("deploy"))).rejects.toMatchObject({ code: "snapshot-differs" });
});

test("a file that changes between hashing and keeping is refused", async () => {
  write("a", "1");
  const tree = await read();
  write("a", "2");
  await expect(open().keep(repo, tree.files)).rejects.toMatchObject({ code: "repo-changing" });
});

test("a snapshot key from the settings is used as it is; a broken key file is named with what to do", async () => {
  write("a", "1");
  const tree = await read();
  const key = openSnapshotKey(join(folder, "unused"), "ab".repeat(32));
  await createSnapshotStore({ folder: join(folder, "store"), key }).keep(repo, tree.files);
  await expect(open().read(sha256("1"))).rejects.toMatchObject({ code: "snapshot-differs" });
  writeFileSync(join(folder, "key"), "");
  expect(() => openSnapshotKey(join(folder, "key"), undefined)).toThrow(expect.objectContaining({ code: "snapshot-key-broken" }));
  writeFileSync(join(folder, "approval.key"), "half a k");
  expect(() => openApprovalSigner(join(folder, "approval.key"))).toThrow(expect.objectContaining({ code: "approval-key-broken" }));
});

test("the approval key is made once, for this account only, and leaves nothing beside it", () => {
  const file = join(folder, "approval.key");
  const first = openApprovalSigner(file);
  expect(openApprovalSigner(file).publicKey).toBe(first.publicKey);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).toSorted()).toEqual(["approval.key", "repo"]);
});
