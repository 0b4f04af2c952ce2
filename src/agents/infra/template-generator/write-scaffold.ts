import { randomBytes } from "node:crypto";
import { lstat, mkdir, realpath, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError, exitCodes } from "../../../errors.ts";
import type { ScaffoldFile } from "./scaffold-facts.ts";

/** Which of these paths are there already, in any of these folders, whatever they are. */
export async function existingFiles(folders: readonly string[], files: readonly ScaffoldFile[]): Promise<readonly string[]> {
  const there = await Promise.all(
    files.map(async ({ path }) => {
      const found = await Promise.all(folders.map((folder) => lstat(join(folder, path)).catch(() => null)));
      return found.some((one) => one !== null) ? [path] : [];
    }),
  );
  return there.flat();
}

/** Writes files below a folder and nowhere else: nothing when one of them would be reached by a link. Throws `file-refused`. */
export async function writeFiles(folder: string, files: readonly ScaffoldFile[]): Promise<void> {
  const root = await realpath(folder);
  for (const { path } of files) await refuseWayOut(root, path);
  for (const { path, text } of files) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    // Whole or not at all; and where the old file has a second name elsewhere, what is there stays as it is.
    const unfinished = `${file}.${randomBytes(4).toString("hex")}.new`;
    try {
      await writeFile(unfinished, text, { flag: "wx", mode: 0o644 });
      await rename(unfinished, file);
    } finally {
      await rm(unfinished, { force: true });
    }
  }
}

async function refuseWayOut(root: string, path: string): Promise<void> {
  const parts = path.split("/");
  if (path.startsWith("/") || parts.some((part) => part === "" || part === "." || part === ".."))
    throw refused(path, "leads out of the repo");
  for (let count = 1; count <= parts.length; count += 1) {
    const info = await lstat(join(root, ...parts.slice(0, count))).catch(() => null);
    if (info === null) return;
    const isLast = count === parts.length;
    if (info.isSymbolicLink()) throw refused(path, `is reached by the link ${parts.slice(0, count).join("/")}`);
    if (isLast ? !info.isFile() : !info.isDirectory())
      throw refused(path, `cannot be written: ${parts.slice(0, count).join("/")} is something else`);
  }
}

function refused(path: string, why: string): AppError {
  return new AppError("file-refused", `${path} ${why}, so nothing was written`, {
    exitCode: exitCodes.notApproved,
    help: "Put a folder or file of its own in its place, or choose another name.",
  });
}
