import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** The content of a 0600 file that is made once. It appears whole or not at all: half a key would be found, and refused, at every later start. */
export function readOrMakeSecret(file: string, make: () => string): string {
  if (!existsSync(file)) {
    const whole = `${file}.${randomBytes(4).toString("hex")}`;
    writeFileSync(whole, make(), { mode: 0o600, flag: "wx", flush: true });
    try {
      linkSync(whole, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error; // another process was quicker: its key counts
    } finally {
      rmSync(whole, { force: true });
    }
  }
  return readFileSync(file, "utf8");
}
