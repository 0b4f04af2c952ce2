import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { chmod, rename, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { z } from "zod";
import { digestOf, sha256 } from "../../canonical-json.ts";
import { AppError, exitCodes } from "../../errors.ts";
import { sealedFileSchema, type SealedFile, type SealedPlan } from "../../planner/plan.ts";

export type FetchFile = (snapshotHash: string, contentHash: string) => Promise<Uint8Array>;

export interface SnapshotTrees {
  /** The folder with exactly the sealed files, read-only, every byte checked. Throws `snapshot-differs`. */
  prepare(snapshot: SealedPlan["snapshot"], fetch: FetchFile): Promise<string>;
  /** A tree for one attempt alone, after `prepare`: who may write into read-only trees, as root, cannot reach another run's. */
  forAttempt(attemptId: string, snapshot: SealedPlan["snapshot"], fetch: FetchFile): Promise<string>;
  /** Where an attempt's tree lies, as ansible names it: without links. */
  ofAttempt(attemptId: string): string;
  /** What was written into an attempt's tree since it was made. */
  differences(attemptId: string): Promise<readonly string[]>;
  /** Removes an attempt's tree. */
  release(attemptId: string): Promise<void>;
  /** Removes all but the newest snapshots, and the trees of attempts that are not among `attempts`. */
  prune(keep: number, used: ReadonlySet<string>, attempts: ReadonlySet<string>): Promise<void>;
}

const fetchesAtOnce = 8;
const justPreparedMs = 10 * 60_000;
const bytesPerTurn = 4 * 1024 * 1024;
const filesPerTurn = 40;

/** Read-only trees: one a snapshot below `folder`, from which those of the attempts are made below `attemptFolder`. */
export function createSnapshotTrees(folder: string, attemptFolder: string): SnapshotTrees {
  /** Being made in this process: not yet among the noted attempts. */
  const making = new Set<string>();
  const building = new Map<string, Promise<string>>();
  /** When a tree was last asked for: its run may not be noted yet. */
  const prepared = new Map<string, number>();
  /** Where content with this hash lies already, so that the next snapshot of the same repo fetches only what changed. */
  const known = new Map<string, string>();

  return {
    async prepare(snapshot, fetch) {
      checkList(snapshot);
      prepared.set(snapshot.hash, Date.now());
      // One after the other, however many wait: two that build the same tree would be in each other's way.
      for (let earlier = building.get(snapshot.hash); earlier !== undefined; earlier = building.get(snapshot.hash)) {
        await earlier.catch(() => undefined);
      }
      const current = make(snapshot, fetch);
      building.set(snapshot.hash, current);
      try {
        return await current;
      } finally {
        building.delete(snapshot.hash);
      }
    },
    async forAttempt(attemptId, snapshot, fetch) {
      checkList(snapshot);
      const tree = join(attemptFolder, attemptId);
      making.add(attemptId);
      await removeTree(tree);
      await build(tree, snapshot, fetch);
      // Whatever is younger than this list was not put there by us.
      await writeFile(`${tree}.json`, JSON.stringify(snapshot.files), { mode: 0o600 });
      return tree;
    },
    ofAttempt(attemptId) {
      const tree = join(attemptFolder, attemptId);
      return existsSync(tree) ? realpathSync(tree) : tree;
    },
    async differences(attemptId) {
      const tree = join(attemptFolder, attemptId);
      const list = `${tree}.json`;
      if (!existsSync(list) || !existsSync(tree)) return [];
      const files = z.array(sealedFileSchema).parse(JSON.parse(readFileSync(list, "utf8")));
      return compare(tree, files, statSync(list).mtimeMs);
    },
    release,
    async prune(keep, used, attempts) {
      for (const name of existsSync(attemptFolder) ? readdirSync(attemptFolder) : []) {
        const attemptId = name.replace(/\.json$/, "");
        if (!attempts.has(attemptId) && !making.has(attemptId)) await release(attemptId);
      }
      if (!existsSync(folder)) return;
      const trees = readdirSync(folder)
        .filter((name) => !name.endsWith(".json"))
        .map((name) => ({ name, time: lstatSync(join(folder, name)).ctimeMs }))
        .filter(({ name }) => !used.has(name) && !building.has(name) && Date.now() - (prepared.get(name) ?? 0) > justPreparedMs)
        .toSorted((a, b) => b.time - a.time);
      for (const { name } of trees.slice(keep)) {
        await removeTree(join(folder, name));
      }
    },
  };

  async function release(attemptId: string): Promise<void> {
    making.delete(attemptId);
    await removeTree(join(attemptFolder, attemptId));
    await rm(join(attemptFolder, `${attemptId}.json`), { force: true });
  }

  async function make(snapshot: SealedPlan["snapshot"], fetch: FetchFile): Promise<string> {
    const tree = join(folder, snapshot.hash);
    if (existsSync(tree)) {
      await removeCompiled(tree, new Set(snapshot.files.map((file) => file.path)));
      if ((await compare(tree, snapshot.files)).length === 0) {
        remember(tree, snapshot.files);
        return tree;
      }
    }
    const temporary = join(folder, `.new-${randomBytes(6).toString("hex")}`);
    try {
      await build(temporary, snapshot, fetch);
      const spoiled = `${temporary}.old`;
      // A run that still reads the spoiled tree finds the good one in its place.
      if (existsSync(tree)) await rename(tree, spoiled);
      await rename(temporary, tree);
      await removeTree(spoiled);
    } catch (error) {
      await removeTree(temporary);
      throw error;
    }
    remember(tree, snapshot.files);
    return tree;
  }

  async function build(root: string, snapshot: SealedPlan["snapshot"], fetch: FetchFile): Promise<void> {
    const folders = new Set([root]);
    for (const file of snapshot.files)
      for (let path = dirname(join(root, file.path)); path.length > root.length; path = dirname(path)) folders.add(path);
    for (const path of [...folders].toSorted((a, b) => a.length - b.length)) mkdirSync(path, { mode: 0o755, recursive: true });
    // At once, some at a time: a turn of the event loop for each of three calls a file is most of what a small tree costs.
    const left: SealedFile[] = [];
    let [bytes, count] = [0, 0];
    for (const file of snapshot.files) {
      const near = nearContent(file);
      if (near === null) left.push(file);
      else place(root, file, near);
      bytes += near?.length ?? 0;
      count += 1;
      if (bytes <= bytesPerTurn && count % filesPerTurn !== 0) continue;
      bytes = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const worker = async (): Promise<void> => {
      for (let file = left.shift(); file !== undefined; file = left.shift()) place(root, file, await fetched(file, snapshot.hash, fetch));
    };
    // All of them have ended before what they wrote is removed: one that still writes would leave a folder behind.
    const ended = await Promise.allSettled(
      Array.from({ length: Math.min(fetchesAtOnce, left.length) }, () =>
        worker().catch((error: unknown) => {
          left.length = 0;
          throw error;
        }),
      ),
    );
    const failed = ended.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    for (const path of folders) chmodSync(path, 0o555);
  }

  /** Of a tree that lies here already; read anew and compared, whoever may have written into it. */
  function nearContent(file: SealedFile): Uint8Array | null {
    const near = known.get(file.hash);
    if (near === undefined) return null;
    try {
      const bytes = readFileSync(near);
      if (sha256(bytes) === file.hash) return bytes;
    } catch {
      // Gone meanwhile.
    }
    known.delete(file.hash);
    return null;
  }

  async function fetched(file: SealedFile, snapshotHash: string, fetch: FetchFile): Promise<Uint8Array> {
    const bytes = await fetch(snapshotHash, file.hash);
    if (bytes.length !== file.size || sha256(bytes) !== file.hash)
      throw differs(`${file.path} does not have the content that was approved`);
    return bytes;
  }

  function remember(tree: string, files: readonly SealedFile[]): void {
    if (known.size > 50_000) known.clear();
    for (const file of files) known.set(file.hash, join(tree, file.path));
  }
}

function place(root: string, file: SealedFile, bytes: Uint8Array): void {
  const path = join(root, file.path);
  writeFileSync(path, bytes, { flag: "wx", mode: 0o600 });
  chmodSync(path, file.executable ? 0o555 : 0o444);
}

/** The list itself is bound by the approval; this keeps a wrong one inside the folder. */
function checkList(snapshot: SealedPlan["snapshot"]): void {
  if (!/^[0-9a-f]{64}$/.test(snapshot.hash) || digestOf(snapshot.files) !== snapshot.hash)
    throw differs("the list of files does not have the snapshot's hash");
  for (const { path } of snapshot.files) {
    const parts = path.split("/");
    if (path.includes("\0") || parts.some((part) => part === "" || part === "." || part === ".."))
      throw differs(`the path ${JSON.stringify(path)} leaves the snapshot`);
  }
}

function differs(message: string): AppError {
  return new AppError("snapshot-differs", `the stored snapshot is not what was approved: ${message}`, {
    exitCode: exitCodes.notApproved,
    help: "Ask again, so that the repository is sealed anew.",
  });
}

/** With `untouchedSince`, files whose inode did not change since then are not read again. */
async function compare(tree: string, files: readonly SealedFile[], untouchedSince = -1): Promise<string[]> {
  const expected = new Map(files.map((file) => [file.path, file]));
  const found: string[] = [];
  let bytes = 0;
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(tree, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== "__pycache__") folders.push(path);
        continue;
      }
      const file = expected.get(path);
      expected.delete(path);
      if (file === undefined) found.push(`${path} is new`);
      else if (!entry.isFile()) found.push(`${path} is no file any more`);
      else {
        const info = lstatSync(join(tree, path));
        if (info.ctimeMs <= untouchedSince && info.size === file.size) continue;
        const content = readFileSync(join(tree, path));
        if (content.length !== file.size || sha256(content) !== file.hash) found.push(`${path} was changed`);
        else if (((info.mode & 0o111) !== 0) !== file.executable) found.push(`the mode of ${path} was changed`);
        bytes += content.length;
        if (bytes > bytesPerTurn) {
          bytes = 0;
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    }
  }
  return [...found, ...[...expected.keys()].map((path) => `${path} was removed`)];
}

/** Python writes its byte code beside plugins where it may (as root); it is not sealed, so the next run does not get it. */
async function removeCompiled(tree: string, sealed: ReadonlySet<string>): Promise<void> {
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(tree, folder), { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.name !== "__pycache__") folders.push(path);
      else if (![...sealed].some((file) => file.startsWith(`${path}/`))) await removeTree(join(tree, path));
    }
  }
}

/** rm -r of a tree whose folders are read-only. */
async function removeTree(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    await chmod(folder, 0o700).catch(() => undefined);
    for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) folders.push(join(folder, entry.name));
  }
  await rm(path, { recursive: true, force: true });
}
