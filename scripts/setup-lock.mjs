// A lock file that outlives nobody: the owner touches it while it lives; a dead or silent owner's file is taken away.
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { linkSync, readFileSync, renameSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";

const touchEvery = 2_000;
const silentAfter = 60_000;
const giveUpAfter = 20 * 60_000;

/**
 * Runs `work` while holding `path`; waits while another process holds it.
 * @template T
 * @param {string} path
 * @param {(line: string) => void} say
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, say, work) {
  const owner = JSON.stringify({ pid: process.pid, host: hostname(), nonce: randomUUID() });
  const start = Date.now();
  let told = false;
  while (!take(path, owner)) {
    if (Date.now() - start > giveUpAfter)
      throw new Error(`another set-up has held ${path} for 20 minutes; if none is running, delete that file`);
    if (!told) say(`waiting for another set-up (${path})`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const touch = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // Somebody deleted the file by hand; the work goes on.
    }
  }, touchEvery);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    if (read(path) === owner) rmSync(path, { force: true });
  }
}

/**
 * @param {string} path
 * @param {string} owner
 */
function take(path, owner) {
  const mine = `${path}.${randomUUID()}`;
  try {
    // Written first and linked afterwards: nobody ever reads a lock without its owner.
    writeFileSync(mine, owner, { flag: "wx" });
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    removeIfStale(path);
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** @param {string} path */
function removeIfStale(path) {
  const found = read(path);
  if (found === undefined || !isStale(path, found)) return;
  const aside = `${path}.stale.${randomUUID()}`;
  try {
    renameSync(path, aside);
    // Between the look and the rename another waiter may have replaced the stale lock by its own: give that one back.
    if (read(aside) === found) unlinkSync(aside);
    else linkSync(aside, path);
  } catch {
    // Another waiter was quicker, or the file is another person's; the next round looks again.
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * @param {string} path
 * @param {string} found
 */
function isStale(path, found) {
  try {
    if (Date.now() - statSync(path).mtimeMs > silentAfter) return true;
    const owner = JSON.parse(found);
    if (owner.host !== hostname()) return false;
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH" || error instanceof SyntaxError;
  }
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
