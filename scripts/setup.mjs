// Installs what is missing, so that `npm start` and `npm test` are all that a person types on a fresh machine.
// Runs before anything is installed: only Node's built-ins, and a syntax that Node 18 reads. Every message goes to stderr, because
// stdout belongs to the command that runs afterwards. When nothing is missing it says nothing and changes nothing.
//
//   setup.mjs              what the product needs: npm packages, git, ansible-core, ansible-lint
//   setup.mjs --test       also what the tests need: PostgreSQL, Chromium, an SSH server, ansible-runner, tmux
//   setup.mjs --packages   only the npm packages
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, readdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { arch, constants as osConstants, platform, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./setup-lock.mjs";

/**
 * @typedef {{ program: string, package: string, folders?: string[] }} Need
 *   a program and the Debian package that brings it; `folders` are places outside PATH where that package puts it
 * @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, peer?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockEntry
 * @typedef {object} Machine
 * @property {string} root the clone
 * @property {string} filesystem "" for this machine's own; tests give a folder
 * @property {NodeJS.ProcessEnv} env
 * @property {number} uid
 * @property {string} nodeVersion
 * @property {string} aptLock
 * @property {(line: string) => void} say
 */

/** @type {Need[]} */
const productNeeds = [
  { program: "git", package: "git" },
  { program: "ansible-playbook", package: "ansible-core" },
  { program: "ansible-lint", package: "ansible-lint" },
];

/** @type {Need[]} */
const testNeeds = [
  { program: "postgres", package: "postgresql", folders: ["/usr/lib/postgresql/*/bin"] },
  { program: "chromium", package: "chromium" },
  { program: "ssh", package: "openssh-client" },
  { program: "sshd", package: "openssh-server", folders: ["/usr/sbin"] },
  { program: "ansible-runner", package: "python3-ansible-runner" },
  { program: "tmux", package: "tmux" },
];

/** The set-up cannot go on; the message says what to do. */
export class SetUpError extends Error {}

/**
 * @param {string[]} words
 * @param {Machine} machine
 */
export async function setUp(words, machine) {
  const unknown = words.find((word) => word !== "--test" && word !== "--packages");
  if (unknown !== undefined) throw new SetUpError(`unknown option ${unknown}; there are --test and --packages`);
  if (!words.includes("--packages"))
    await installPrograms(words.includes("--test") ? [...productNeeds, ...testNeeds] : productNeeds, machine);
  await installPackages(machine);
}

/** @param {Need[]} needs @param {Machine} machine */
async function installPrograms(needs, machine) {
  const missing = () => needs.filter((need) => !isThere(need, machine));
  const first = missing();
  if (first.length === 0) return;
  const asRoot = wayToRoot(first, machine);

  // Two set-ups on one machine: apt-get waits for dpkg's lock by itself, but not for the lock of its package lists.
  await withLock(machine.aptLock, machine.say, async () => {
    const packages = missing().map((need) => need.package);
    if (packages.length === 0) return;
    machine.say(`installing with apt-get: ${packages.join(" ")} (takes a few minutes)`);
    if (packages.some(bringsService)) machine.say("no service is started: no PostgreSQL cluster is made, sshd is not enabled");
    const start = Date.now();
    const { code, output } = await run([...asRoot, "sh", "-c", aptScript, "chiffon-setup", machine.filesystem, ...packages], machine, {
      signals: "ignore",
    });
    if (code !== 0) throw new SetUpError(`apt-get could not install ${packages.join(" ")}. The end of what it said:\n${tail(output)}`);
    const lost = missing();
    if (lost.length > 0) throw new SetUpError(`apt-get installed ${packages.join(" ")}, yet ${programs(lost)} cannot be found in PATH`);
    machine.say(`installed in ${secondsSince(start)} s: ${packages.join(" ")}`);
  });
}

/**
 * The words to put before a command that needs root, or an error that says what to type.
 * @param {Need[]} missing @param {Machine} machine @returns {string[]}
 */
function wayToRoot(missing, machine) {
  const { env } = machine;
  if (findProgram("apt-get", env) === undefined) {
    throw new SetUpError(
      `missing: ${programs(missing)}. Install them with this system's package manager, then type the same command again`,
    );
  }
  if (machine.uid === 0) return [];
  const sudo = findProgram("sudo", env) !== undefined;
  if (sudo && spawnSync("sudo", ["-n", "true"], { env, stdio: "ignore" }).status === 0) return ["sudo", "-n"];
  const install = `apt-get update && apt-get install -y --no-install-recommends ${missing.map((need) => need.package).join(" ")}`;
  // `su -`, with the dash: without it Debian's dpkg misses /usr/sbin in PATH.
  const line = sudo ? `sudo sh -c '${install}'` : `su - -c '${install}'`;
  throw new SetUpError(`missing: ${programs(missing)}. Installing needs root. Type this, then the same command again:\n\n  ${line}\n`);
}

/** @param {string} name */
function bringsService(name) {
  return name === "postgresql" || name === "openssh-server";
}

// Run as root: $1 is the file system's root, the rest are packages. What it writes to keep services quiet it removes again.
const aptScript = `
prefix=$1
shift
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
mark="written by Chiffon's set-up while apt-get runs; safe to delete"
policy=$prefix/usr/sbin/policy-rc.d
cluster=$prefix/etc/postgresql-common/createcluster.d/chiffon-setup.conf
undo() {
  rm -f "$cluster"
  if grep -qs "$mark" "$policy"; then rm -f "$policy"; fi
}
trap undo EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

case " $* " in
*" postgresql "* | *" openssh-server "*)
  mkdir -p "\${policy%/*}" "\${cluster%/*}" || exit 1
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\\n# %s\\nexit 101\\n' "$mark" >"$policy" && chmod 755 "$policy" || exit 1
  fi
  printf '# %s\\ncreate_main_cluster = false\\n' "$mark" >"$cluster" || exit 1
  ;;
esac

tries=0
while ! said=$(apt-get -o DPkg::Lock::Timeout=600 update 2>&1 </dev/null); do
  printf '%s\\n' "$said"
  case $said in *"Could not get lock"* | *"Unable to lock"*) ;; *) break ;; esac
  tries=$((tries + 1))
  if [ "$tries" -ge 300 ]; then break; fi
  sleep 2
done

apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "$@" </dev/null || exit 1

case " $* " in
*" openssh-server "*)
  if command -v systemctl >/dev/null 2>&1; then systemctl --quiet disable ssh.service ssh.socket >/dev/null 2>&1 || :; fi
  ;;
esac
`;

/** @param {Machine} machine */
async function installPackages(machine) {
  const { root } = machine;
  const modules = join(root, "node_modules");
  // bin/chiffon compares this file's time with the lock file's, to know in a millisecond that there is nothing to do.
  const stamp = join(modules, ".chiffon-setup");
  if (!packagesFit(root, stamp)) {
    await withLock(join(root, ".chiffon-setup.lock"), machine.say, async () => {
      if (packagesFit(root, stamp)) return;
      const env = environmentOfNpm(machine);
      const npm = findProgram("npm", env);
      if (npm === undefined)
        throw new SetUpError("npm cannot be found in PATH. Install it (Debian: apt-get install npm), then type the same command again");
      machine.say("installing npm packages (takes a minute)");
      const start = Date.now();
      // --include=dev: with NODE_ENV=production npm would leave out the Node that everything runs on.
      const words = [npm, "ci", "--include=dev", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];
      const { code, output } = await run(words, { ...machine, env }, { signals: "forward" });
      if (code !== 0) throw new SetUpError(`\`npm ci\` failed. The end of what it said:\n${tail(output)}`);
      writeFileSync(stamp, hashOfLockFile(root));
      machine.say(`installed npm packages in ${secondsSince(start)} s`);
    });
  }
  if (!existsSync(join(modules, ".bin", "node")) && !isNewEnough(machine.nodeVersion)) {
    throw new SetUpError(
      `Node ${machine.nodeVersion} is too old, and npm was not allowed to install a newer one (ignore-scripts). Type this, then the same command again:\n\n  npm rebuild --ignore-scripts=false node\n`,
    );
  }
  if (!isNewer(stamp, join(root, "package-lock.json"))) {
    try {
      writeFileSync(stamp, hashOfLockFile(root));
    } catch {
      // Somebody else's clone: without the stamp bin/chiffon asks again at every start, which costs a moment and nothing else.
    }
  }
}

/** @param {Machine} machine @returns {NodeJS.ProcessEnv} */
function environmentOfNpm({ env, root }) {
  // npm deletes node_modules while it works, so it must not itself run on the Node in there.
  const path = (env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.endsWith(join("node_modules", ".bin")));
  const preload = JSON.stringify(join(root, "scripts", "npm-node-version.cjs"));
  return {
    ...env,
    PATH: path.join(delimiter),
    ONNXRUNTIME_NODE_INSTALL: "skip",
    NODE_OPTIONS: `${env["NODE_OPTIONS"] ?? ""} --require ${preload}`.trim(),
    CHIFFON_SETUP_NODE_VERSION: readJson(join(root, "package-lock.json"))?.packages?.["node_modules/node"]?.version ?? "",
  };
}

/**
 * Whether what npm wrote down at the end of its last install is what package-lock.json asks for.
 * @param {string} root @param {string} stamp
 */
function packagesFit(root, stamp) {
  const wanted = readJson(join(root, "package-lock.json"))?.packages ?? {};
  const installed = readJson(join(root, "node_modules", ".package-lock.json"))?.packages;
  if (installed === undefined) return false;
  const absent = Object.entries(wanted).filter(([path, entry]) => path !== "" && installed[path]?.version !== entry.version);
  if (absent.some(([path, entry]) => installed[path] !== undefined || !mayBeAbsent(entry))) return false;
  // A prebuilt package for this system: missing, unless `npm ci` itself was content without it (its registry has none).
  return !absent.some(([, entry]) => isForThisSystem(entry)) || readText(stamp) === hashOfLockFile(root);
}

/** @param {LockEntry} entry */
function mayBeAbsent({ optional, devOptional, peer }) {
  return optional === true || devOptional === true || peer === true;
}

/** @param {LockEntry} entry */
function isForThisSystem({ os, cpu, libc }) {
  if (os === undefined && cpu === undefined) return false;
  const ownLibc = existsSync("/etc/alpine-release") ? "musl" : "glibc";
  return (os ?? [platform()]).includes(platform()) && (cpu ?? [arch()]).includes(arch()) && (libc ?? [ownLibc]).includes(ownLibc);
}

/** @param {string} root */
function hashOfLockFile(root) {
  return createHash("sha256")
    .update(readText(join(root, "package-lock.json")) ?? "")
    .digest("hex");
}

/** @param {string} path @returns {{ packages?: Record<string, LockEntry> } | undefined} */
function readJson(path) {
  try {
    return JSON.parse(readText(path) ?? "");
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** @param {string} path @param {string} other */
function isNewer(path, other) {
  const time = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  const otherTime = statSync(other, { throwIfNoEntry: false })?.mtimeMs;
  return time !== undefined && (otherTime === undefined || time > otherTime);
}

/** @param {string} version such as v22.18.0 */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

/** @param {Need} need @param {Machine} machine */
function isThere(need, machine) {
  if (findProgram(need.program, machine.env) !== undefined) return true;
  return (need.folders ?? [])
    .flatMap((folder) => expand(machine.filesystem + folder))
    .some((folder) => isProgram(join(folder, need.program)));
}

/** @param {string} name @param {NodeJS.ProcessEnv} env */
function findProgram(name, env) {
  return (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isProgram);
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @param {string} folder a path with at most one star, standing for a whole name */
function expand(folder) {
  const [before = "", after] = folder.split("*");
  if (after === undefined) return [before];
  try {
    return readdirSync(before).map((name) => before + name + after);
  } catch {
    return [];
  }
}

/**
 * Runs a command to its end and keeps what it says.
 * @param {string[]} words @param {Machine} machine
 * @param {{ signals: "forward" | "ignore" }} options a package manager that is stopped half-way leaves a broken system: it may finish
 * @returns {Promise<{ code: number, output: string }>}
 */
function run(words, machine, { signals }) {
  const [program = "", ...rest] = words;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { cwd: machine.root, env: machine.env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => (output += text));
    }
    /** @type {NodeJS.Signals | undefined} */
    let stoppedBy;
    /** @param {NodeJS.Signals} signal */
    const stop = (signal) => {
      stoppedBy = signal;
      if (signals === "forward") child.kill(signal);
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
    const done = () => process.off("SIGINT", stop).off("SIGTERM", stop);
    child.on("error", (error) => {
      done();
      reject(new SetUpError(`${program} could not be started: ${error.message}`));
    });
    child.on("close", (code) => {
      done();
      if (stoppedBy === undefined) resolve({ code: code ?? 1, output });
      else reject(new Stopped(128 + osConstants.signals[stoppedBy]));
    });
  });
}

class Stopped extends Error {
  /** @param {number} exitCode */
  constructor(exitCode) {
    super("stopped");
    this.exitCode = exitCode;
  }
}

/** @param {Need[]} needs */
function programs(needs) {
  return needs.map((need) => need.program).join(", ");
}

/** @param {string} output */
function tail(output) {
  return output.trimEnd().split("\n").slice(-15).join("\n");
}

/** @param {number} start */
function secondsSince(start) {
  return Math.round((Date.now() - start) / 1000);
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`chiffon set-up: ${line}\n`);
}

/** @param {unknown} error */
function explain(error) {
  if (!(error instanceof Error)) return String(error);
  const { code, path } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === "EACCES" || code === "EROFS" || code === "EPERM") return `${path} cannot be written by this user (${code})`;
  if (code === "ENOSPC") return `the disk is full: ${path} cannot be written`;
  return error instanceof SetUpError ? error.message : (error.stack ?? error.message);
}

async function main() {
  try {
    await setUp(process.argv.slice(2), {
      root: realpathSync(join(fileURLToPath(import.meta.url), "..", "..")),
      filesystem: "",
      env: process.env,
      uid: process.getuid?.() ?? -1,
      nodeVersion: process.version,
      // One a user: in /tmp nobody can take away another user's lock. Between users apt-get's own locks do.
      aptLock: join(tmpdir(), `chiffon-setup-apt-${process.getuid?.() ?? ""}.lock`),
      say,
    });
  } catch (error) {
    if (error instanceof Stopped) process.exitCode = error.exitCode;
    else {
      say(explain(error));
      process.exitCode = 5;
    }
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
