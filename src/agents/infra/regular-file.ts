import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { AppError } from "../../errors.ts";

/**
 * The content of a regular file; null when there is none or it may not be read. A pipe or device would be waited for without end, and an endless file
 * would fill the memory: `file-refused`.
 */
export async function readRegularFile(path: string, byteLimit: number, shownAs: string = path): Promise<Buffer | null> {
  // Opening alone can do something to a device.
  if ((await stat(path).catch(() => null))?.isFile() === false) throw refused(shownAs, "is no regular file");
  // Should it be replaced in this moment: without waiting for a writer at the other end of a pipe.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (handle === null) return null;
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw refused(shownAs, "is no regular file");
    if (info.size > byteLimit) throw refused(shownAs, `is larger than ${Math.round(byteLimit / 1024)} kB`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function refused(path: string, why: string): AppError {
  return new AppError("file-refused", `${path} ${why}, so no plan can be made with it`, {
    help: "Put a regular file of usual size in its place.",
  });
}
