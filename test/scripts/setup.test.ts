import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { arch, platform, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { missingEntries } from "../../scripts/complete-lock.mjs";
import { withLock } from "../../scripts/setup-lock.mjs";
import { SetUpError, setUp } from "../../scripts/setup.mjs";

const repository = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const productPrograms = ["git", "ansible-playbook", "ansible-lint"];
const testPrograms = [...productPrograms, "postgres", "chromium", "ssh", "sshd", "ansible-runner", "tmux"];
const programOf: Record<string, string> = {
  git: "git",
  "ansible-core": "ansible-playbook",
  "ansible-lint": "ansible-lint",
  postgresql: "postgres",
  chromium: "chromium",
  "openssh-client": "ssh",
  "openssh-server": "sshd",
  "python3-ansible-runner": "ansible-runner",
  tmux: "tmux",
};

let folder: string;
let bin: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chiffon setup "));
  bin = join(folder, "bin");
  said = [];
  for (const name of ["bin", "clone", "filesystem", "home"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "calls"), "");
  writeClone();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a machine where nothing is missing", () => {
  test("the set-up is silent and calls no other program", () => {
    install(...testPrograms);
    program("apt-get", "exit 99");
    program("npm", "exit 99");
    const script = copyScripts();
    const result = spawnSync(process.execPath, [script, "--test"], { env: env(), encoding: "utf8" });
    expect(result).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(calls()).toEqual([]);
  });

  test("leaves the stamp by which bin/chiffon knows that there is nothing to do", async () => {
    install(...productPrograms);
    await setUp([], machine());
    expect(existsSync(join(folder, "clone/node_modules/.chiffon-setup"))).toBe(true);
    expect(said).toEqual([]);
  });
});

describe("programs are missing", () => {
  test("root: apt-get installs exactly what is missing, after an update, without recommended packages", async () => {
    install("git");
    program("apt-get", aptStub);
    await setUp([], machine({ uid: 0 }));
    expect(calls()).toEqual([
      "apt-get -o DPkg::Lock::Timeout=600 update",
      "apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends ansible-core ansible-lint",
    ]);
    expect(said[0]).toContain("installing with apt-get: ansible-core ansible-lint");
    expect(said.at(-1)).toMatch(/^installed in \d+ s: ansible-core ansible-lint$/);
  });

  test("--test: also what the tests need; services stay quiet while apt-get runs, and nothing of that is left behind", async () => {
    program("apt-get", `${aptStub}\nfind "${join(folder, "filesystem")}" -type f >"${join(folder, "seen")}"`);
    await setUp(["--test"], machine({ uid: 0 }));
    expect(calls().at(-1)).toMatch(
      /install .* git ansible-core ansible-lint postgresql chromium openssh-client openssh-server python3-ansible-runner tmux$/,
    );
    const seen = readFileSync(join(folder, "seen"), "utf8");
    expect(seen).toContain("/usr/sbin/policy-rc.d");
    expect(seen).toContain("/etc/postgresql-common/createcluster.d/chiffon-setup.conf");
    expect(execFileSync("find", [join(folder, "filesystem"), "-type", "f"], { encoding: "utf8" })).toBe("");
  });

  test("a policy-rc.d of the machine's owner is left as it is", async () => {
    const policy = join(folder, "filesystem/usr/sbin/policy-rc.d");
    mkdirSync(dirname(policy), { recursive: true });
    writeFileSync(policy, "#!/bin/sh\nexit 0\n");
    program("apt-get", aptStub);
    await setUp(["--test"], machine({ uid: 0 }));
    expect(readFileSync(policy, "utf8")).toBe("#!/bin/sh\nexit 0\n");
  });

  test("postgres outside PATH, where Debian puts it, is found", async () => {
    install(...testPrograms.filter((name) => name !== "postgres"));
    const place = join(folder, "filesystem/usr/lib/postgresql/15/bin");
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "postgres"), "", { mode: 0o755 });
    await setUp(["--test"], machine());
    expect(said).toEqual([]);
  });

  test("not root, sudo without a password: through sudo -n", async () => {
    install("git", "ansible-playbook");
    program("apt-get", aptStub);
    program("sudo", '[ "$1" = -n ] || exit 1; shift; [ "$1" = true ] || exec "$@"');
    await setUp([], machine({ uid: 1000 }));
    expect(calls().filter((call) => call.startsWith("sudo -n")).length).toBeGreaterThan(0);
    expect(calls().at(-1)).toBe("apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends ansible-lint");
  });

  test("not root, sudo wants a password: says exactly what to type, and installs nothing", async () => {
    install("git", "ansible-playbook");
    program("apt-get", aptStub);
    program("sudo", "exit 1");
    await expect(setUp([], machine({ uid: 1000 }))).rejects.toThrow(
      "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends ansible-lint'",
    );
    expect(calls().filter((call) => call.startsWith("apt-get"))).toEqual([]);
  });

  test("not root, no sudo: the line for su", async () => {
    program("apt-get", aptStub);
    await expect(setUp([], machine({ uid: 1000 }))).rejects.toThrow(
      "su - -c 'apt-get update && apt-get install -y --no-install-recommends git ansible-core ansible-lint'",
    );
    expect(calls()).toEqual([]);
  });

  test("no apt-get: names the programs", async () => {
    await expect(setUp([], machine({ uid: 0 }))).rejects.toThrow("missing: git, ansible-playbook, ansible-lint");
  });

  test("apt-get fails: the end of what it said, and no stamp", async () => {
    program("apt-get", 'echo "E: Unable to locate package ansible-core" >&2; exit 100');
    const failure = setUp([], machine({ uid: 0 }));
    await expect(failure).rejects.toThrow(SetUpError);
    await expect(failure).rejects.toThrow("E: Unable to locate package ansible-core");
    expect(existsSync(join(folder, "clone/node_modules/.chiffon-setup"))).toBe(false);
  });

  test("as a command: the message on stderr, nothing on stdout, exit code 5", () => {
    install("git", "ansible-playbook");
    const result = spawnSync(process.execPath, [copyScripts()], { env: env(), encoding: "utf8" });
    expect(result).toMatchObject({ status: 5, stdout: "" });
    expect(result.stderr).toMatch(/^chiffon set-up: missing: ansible-lint\. /);
  });
});

describe("npm packages", () => {
  test("missing: npm ci, with development packages and without the download of onnxruntime", async () => {
    install(...productPrograms);
    rmSync(join(folder, "clone/node_modules"), { recursive: true });
    npmStub();
    await setUp([], machine({ env: env({ NODE_ENV: "production" }) }));
    expect(calls()).toEqual(["npm ci --include=dev --no-audit --no-fund --no-progress --loglevel=error", "onnx=skip"]);
    expect(said[0]).toBe("installing npm packages (takes a minute)");
  });

  test("another version than the lock file's: npm ci", async () => {
    install(...productPrograms);
    writeInstalled({ "node_modules/a": { version: "1.0.0" } });
    npmStub();
    await setUp([], machine());
    expect(calls().length).toBe(2);
  });

  test("a prebuilt package for this system is missing: npm ci, once; if npm finds none, that is accepted", async () => {
    install(...productPrograms);
    const packages = { "": {}, "node_modules/fast": { version: "1.0.0", optional: true, os: [platform()], cpu: [arch()] } };
    writeFileSync(join(folder, "clone/package-lock.json"), JSON.stringify({ packages }));
    npmStub(":", "echo '{\"packages\":{}}' >node_modules/.package-lock.json");
    await setUp([], machine());
    expect(calls().length).toBe(2);
    await setUp([], machine());
    expect(calls().length).toBe(2);
  });

  test("npm judges packages by the Node that it installs, not by the older one that it runs on", () => {
    const preload = join(repository, "scripts/npm-node-version.cjs");
    const words = ["--eval", "console.log(process.version, process.env.NODE_OPTIONS, process.env.CHIFFON_SETUP_NODE_VERSION)"];
    const version = (wanted: string) =>
      execFileSync(process.execPath, words, {
        encoding: "utf8",
        env: { NODE_OPTIONS: `--no-warnings --require ${JSON.stringify(preload)}`, CHIFFON_SETUP_NODE_VERSION: wanted },
      }).trim();
    expect(version("99.1.0")).toBe("v99.1.0 --no-warnings undefined");
    expect(version("18.0.0")).toBe(`${process.version} --no-warnings undefined`);
  });

  test("an install that was cut off half-way is done again", async () => {
    install(...productPrograms);
    rmSync(join(folder, "clone/node_modules/.package-lock.json"));
    npmStub();
    await setUp([], machine());
    expect(calls().length).toBe(2);
  });

  test("npm does not run on the Node inside the folder that it deletes", async () => {
    install(...productPrograms);
    const inside = join(folder, "clone/node_modules/.bin");
    writeFileSync(join(inside, "npm"), '#!/bin/sh\necho "wrong npm" >&2\nexit 1\n', { mode: 0o755 });
    rmSync(join(folder, "clone/node_modules/.package-lock.json"));
    npmStub();
    await setUp([], machine({ env: env({ PATH: `${inside}:${bin}:${systemPath()}` }) }));
    expect(calls()[0]).toMatch(/^npm ci/);
  });

  test("an old system Node and npm without install scripts: says how to get the Node that is needed", async () => {
    install(...productPrograms);
    rmSync(join(folder, "clone/node_modules/.bin/node"));
    await expect(setUp([], machine({ nodeVersion: "v20.20.2" }))).rejects.toThrow("npm rebuild --ignore-scripts=false node");
    await setUp([], machine({ nodeVersion: "v22.18.0" }));
  });

  test("two set-ups at once: one installs, the other waits and finds it done", async () => {
    install(...productPrograms);
    rmSync(join(folder, "clone/node_modules"), { recursive: true });
    npmStub("sleep 1");
    const script = copyScripts();
    const start = () =>
      new Promise<{ code: number | null; stderr: string }>((resolve) => {
        const child = spawn(process.execPath, [script], { env: env(), stdio: ["ignore", "ignore", "pipe"] });
        let stderr = "";
        child.stderr.on("data", (text) => (stderr += String(text)));
        child.on("close", (code) => resolve({ code, stderr }));
      });
    const both = await Promise.all([start(), start()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(calls().filter((call) => call.startsWith("npm ci")).length).toBe(1);
    expect(both.map(({ stderr }) => stderr).join("")).toContain("waiting for another set-up");
    expect(
      readdirSync(join(folder, "clone"))
        .filter((name) => name.includes("lock"))
        .toSorted(),
    ).toEqual(["package-lock.json"]);
  });
});

describe("the lock", () => {
  test("of a process that died is taken over", async () => {
    const path = join(folder, "lock");
    const dead = spawnSync("true").pid;
    const { hostname } = await import("node:os");
    writeFileSync(path, JSON.stringify({ pid: dead, host: hostname() }));
    expect(
      await withLock(
        path,
        () => {},
        async () => "done",
      ),
    ).toBe("done");
    expect(existsSync(path)).toBe(false);
  });

  test("of another machine that has gone silent is taken over", async () => {
    const path = join(folder, "lock");
    writeFileSync(path, JSON.stringify({ pid: 1, host: "elsewhere" }));
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(path, longAgo, longAgo);
    expect(
      await withLock(
        path,
        () => {},
        async () => "done",
      ),
    ).toBe("done");
  });
});

test("the lock file names every optional package, or npm ci refuses it: `npm run lock`", () => {
  const lock = JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8"));
  expect(missingEntries(lock.packages)).toEqual({});
});

test("a prebuilt package for another system gets its version from its parent and its system from its name", () => {
  expect(missingEntries({ "node_modules/a": { optionalDependencies: { "@a/linux-x64-musl": "^1.2.3" } } })).toEqual({
    "node_modules/@a/linux-x64-musl": { version: "1.2.3", optional: true, cpu: ["x64"], libc: ["musl"], os: ["linux"] },
  });
});

/** Records the call and, like the real one, brings the programs of the packages. */
const aptStub = `
case "$*" in *install*)
  for name in "$@"; do
    case $name in
${Object.entries(programOf)
  .map(([name, brings]) => `      ${name}) printf '#!/bin/sh\\n' >"$STUBS/${brings}"; chmod 755 "$STUBS/${brings}" ;;`)
  .join("\n")}
    esac
  done ;;
esac`;

function npmStub(before = ":", after = ":") {
  program(
    "npm",
    `echo "onnx=$ONNXRUNTIME_NODE_INSTALL" >>"$CALLS"
${before}
mkdir -p node_modules/.bin
cp package-lock.json node_modules/.package-lock.json
: >node_modules/.bin/node; chmod 755 node_modules/.bin/node
${after}`,
  );
}

function program(name: string, body: string) {
  writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >>"$CALLS"\n${body}\n`, { mode: 0o755 });
}

function install(...names: string[]) {
  for (const name of names) program(name, "exit 99");
}

/** PATH of the fake machine: a few real tools, by link, and the stubs. */
function systemPath() {
  const tools = join(folder, "tools");
  if (!existsSync(tools)) {
    mkdirSync(tools);
    for (const tool of ["sh", "rm", "mkdir", "chmod", "grep", "find", "sleep", "cp"]) {
      symlinkSync(execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim(), join(tools, tool));
    }
  }
  return tools;
}

function env(more: Record<string, string> = {}) {
  return {
    PATH: `${bin}:${systemPath()}`,
    HOME: join(folder, "home"),
    TMPDIR: folder,
    CALLS: join(folder, "calls"),
    STUBS: bin,
    ...more,
  };
}

function machine(more: Partial<Parameters<typeof setUp>[1]> = {}) {
  return {
    root: join(folder, "clone"),
    filesystem: join(folder, "filesystem"),
    env: env(),
    uid: 1000,
    nodeVersion: "v20.20.2",
    aptLock: join(folder, "apt.lock"),
    say: (line: string) => said.push(line),
    ...more,
  };
}

function calls() {
  return readFileSync(join(folder, "calls"), "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

function writeClone() {
  const clone = join(folder, "clone");
  const packages = { "": {}, "node_modules/a": { version: "2.0.0" }, "node_modules/mac-only": { version: "1.0.0", optional: true } };
  writeFileSync(join(clone, "package-lock.json"), JSON.stringify({ packages }));
  mkdirSync(join(clone, "node_modules/.bin"), { recursive: true });
  writeFileSync(join(clone, "node_modules/.bin/node"), "");
  chmodSync(join(clone, "node_modules/.bin/node"), 0o755);
  writeInstalled({ "node_modules/a": { version: "2.0.0" } });
}

function writeInstalled(packages: Record<string, { version: string }>) {
  writeFileSync(join(folder, "clone/node_modules/.package-lock.json"), JSON.stringify({ packages }));
}

function copyScripts() {
  const scripts = join(folder, "clone/scripts");
  mkdirSync(scripts, { recursive: true });
  for (const name of ["setup.mjs", "setup-lock.mjs"])
    writeFileSync(join(scripts, name), readFileSync(join(repository, "scripts", name), "utf8"));
  return join(scripts, "setup.mjs");
}
