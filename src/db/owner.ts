import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync, accessSync, constants } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { AppError, messageOf } from "../errors.ts";

/**
 * One owner per data folder: PGlite does not lock, a folder opened twice is destroyed. The file is made by `link`, which is atomic,
 * and names the process by pid, start time and boot, so that a stale one is told from a living one.
 */
export type Ownership = { readonly kind: "owner"; release(): void } | { readonly kind: "taken"; readonly pid: number };

const ownerSchema = z.object({ pid: z.number().int(), startTime: z.string(), bootId: z.string(), mark: z.string() });
type OwnerMark = z.infer<typeof ownerSchema>;

/** Throws `data-folder-not-writable` (exit 5). */
export async function takeOwnership(dataDir: string): Promise<Ownership> {
  makeDataFolder(dataDir);
  const file = join(dataDir, "owner");
  const mark: OwnerMark = {
    pid: process.pid,
    startTime: processStartTime(process.pid) ?? "",
    bootId: bootId(),
    mark: randomBytes(8).toString("hex"),
  };
  const own = `${file}.${mark.mark}`;
  try {
    writeFileSync(own, JSON.stringify(mark), { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw notWritable(dataDir, error);
  }
  try {
    for (;;) {
      try {
        linkSync(own, file);
        return { kind: "owner", release: () => release(dataDir, file, mark) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw notWritable(dataDir, error);
      }
      const there = readMark(dataDir, file);
      if (there === undefined) continue; // just released
      // The socket also tells of an owner in another container, whose pid means nothing here.
      if (isAlive(there) || (await answers(socketPath(dataDir)))) return { kind: "taken", pid: there.pid };
      await removeStale(dataDir, own, there);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Where the owner of a data folder listens for the other commands (0600). */
export function socketPath(dataDir: string): string {
  return join(dataDir, "chiffon.sock");
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/**
 * Under a lock of its own: between reading a mark and removing its file another process could have removed it, taken the folder and
 * written its own mark there. Nobody else removes the file, and nobody can replace it while it is there.
 */
async function removeStale(dataDir: string, own: string, stale: OwnerMark): Promise<void> {
  const file = join(dataDir, "owner");
  const lock = `${file}.removing`;
  try {
    linkSync(own, lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw notWritable(dataDir, error);
    const holder = readMark(dataDir, lock);
    if (holder !== undefined && !isAlive(holder)) rmSync(lock, { force: true }); // it was killed in the middle
    await new Promise((resolve) => setTimeout(resolve, 10));
    return;
  }
  try {
    if (readMark(dataDir, file)?.mark === stale.mark) rmSync(file, { force: true });
  } finally {
    rmSync(lock, { force: true });
  }
}

function release(dataDir: string, file: string, mark: OwnerMark): void {
  if (readMark(dataDir, file)?.mark === mark.mark) rmSync(file, { force: true });
}

/** Undefined: there is no such file. */
function readMark(dataDir: string, file: string): OwnerMark | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw notWritable(dataDir, error); // another account's, for example
  }
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return { pid: 0, startTime: "", bootId: "", mark: "" }; // unreadable: stale
  }
}

function isAlive(mark: OwnerMark): boolean {
  return mark.pid > 0 && mark.bootId === bootId() && processStartTime(mark.pid) === mark.startTime;
}

/** Field 22 of /proc/<pid>/stat; undefined when there is no such process. A zombie is no living owner. */
function processStartTime(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

function makeDataFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.W_OK);
  } catch (error) {
    throw notWritable(dataDir, error);
  }
}

function notWritable(dataDir: string, cause: unknown): AppError {
  return new AppError("data-folder-not-writable", `the data folder ${dataDir} cannot be written: ${messageOf(cause)}`, {
    cause,
    help: "Make it writable (or free disk space), or name another folder in CHIFFON_DATA_DIR.",
  });
}
