import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync, existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createE2eHouse, freePort } from "../helpers/e2e-house.ts";

// What is missing or broken around Chiffon: a clear text, the right exit code, nothing lost, nothing run.
const playbook = (name: string): string => `- name: ${name}
  hosts: all
  gather_facts: false
  tasks:
    - name: Write the page
      ansible.builtin.copy:
        content: "hello\\n"
        dest: "{{ chiffon_data_dir }}/page"
        mode: "0644"
`;
const house = createE2eHouse({
  repo: {
    "inventory.yml": "all: {hosts: {web1: {ansible_connection: local, ansible_python_interpreter: /usr/bin/python3}}}\n",
    "deploy-gitea.yml": playbook("Deploy Gitea"),
    "deploy-grafana.yml": playbook("Deploy Grafana"),
  },
});
const other = (name: string): string => join(house.folder, name);

/** Its exit code, and what it said to the person. */
const failing = (code: number, message: RegExp): Record<string, unknown> => ({ code, err: expect.stringMatching(message) });

/** A PATH with everything this machine has in the usual places but these programs. */
function pathWithout(...names: string[]): string {
  const folder = mkdtempSync(join(house.folder, "bin-"));
  for (const place of (process.env["PATH"] ?? "").split(delimiter).filter((one) => existsSync(one)))
    for (const name of readdirSync(place))
      if (!names.some((one) => name.startsWith(one)) && !existsSync(join(folder, name))) symlinkSync(join(place, name), join(folder, name));
  return folder;
}

test("no repo: exit code 5, the folder is named", async () => {
  expect(await house.chiffon(["ask", "deploy gitea"], { env: { CHIFFON_REPO: other("nowhere") } })).toMatchObject(
    failing(5, /no repo at .*nowhere[^]*CHIFFON_REPO/),
  );
});

test("an empty repo, and one whose playbooks are all broken", async () => {
  mkdirSync(other("empty"));
  expect(await house.chiffon(["ask", "deploy gitea"], { env: { CHIFFON_REPO: other("empty") } })).toMatchObject(
    failing(5, /no playbook that can be used[^]*CHIFFON_REPO/),
  );
  mkdirSync(other("broken"));
  writeFileSync(join(other("broken"), "deploy-gitea.yml"), "- hosts: [all\n");
  expect(await house.chiffon(["ask", "deploy gitea"], { env: { CHIFFON_REPO: other("broken") } })).toMatchObject(
    failing(5, /no playbook that can be used[^]*deploy-gitea\.yml: /),
  );
});

test("one broken playbook does not take the others with it, and is listed with its reason", async () => {
  house.write("deploy-grafana.yml", "- hosts: all\n  tasks: [\n");
  const { code, document } = await house.ask("deploy gitea", "--yes");
  expect(code).toBe(0);
  expect(document.run?.state).toBe("succeeded");
  const listed = await house.chiffon(["playbooks", "list"]);
  expect(listed.out).toMatch(/deploy-gitea/);
  expect(listed.out + listed.err).toMatch(/deploy-grafana\.yml.*YAML/i);
  expect((await house.ask("deploy grafana", "--yes")).code).toBe(3);
});

test("a data folder that cannot be written", async () => {
  // Below a file: permissions would not stop root.
  writeFileSync(other("file"), "");
  expect(await house.chiffon(["ask", "deploy gitea"], { env: { CHIFFON_DATA_DIR: join(other("file"), "data") } })).toMatchObject(
    failing(5, /data folder .* cannot be written[^]*CHIFFON_DATA_DIR/),
  );
});

test("a port that is taken", async () => {
  const port = await freePort();
  const server = createServer().listen(port, "127.0.0.1");
  expect(await house.chiffon(["start"], { env: { CHIFFON_WEB_PORT: String(port) } })).toMatchObject(
    failing(5, new RegExp(`port ${port} .*taken[^]*CHIFFON_WEB_PORT`)),
  );
  await new Promise((resolve) => server.close(resolve));
});

test("a wrong setting is named", async () => {
  expect(await house.chiffon(["runs"], { env: { CHIFFON_WEB_PORT: "eighty" } })).toMatchObject(failing(5, /CHIFFON_WEB_PORT is wrong/));
  expect(await house.chiffon(["runs"], { env: { CHIFFON_CONFIG: other("nowhere.yml") } })).toMatchObject(
    failing(5, /nowhere\.yml, which is not there/),
  );
});

test("no ansible: nothing runs, and what to install is said", async () => {
  const env = { PATH: pathWithout("ansible") };
  expect(await house.chiffon(["ask", "deploy gitea", "--yes"], { env })).toMatchObject(
    failing(5, /ansible\S* is not installed[^]*apt install ansible/),
  );
  const doctor = await house.chiffon(["doctor"], { env });
  expect(doctor).toMatchObject({ code: 5, out: expect.stringMatching(/BAD {2}ansible [^]*apt install ansible-core/) });
});

test("an execution environment whose engine is not installed: the run is refused, nothing runs, and doctor says what is missing", async () => {
  const settings = other("back-end.yml");
  writeFileSync(settings, "ansible: {back_end: ansible-runner, execution_environment: {image: example.org/ansible:1}}\n");
  const env = { CHIFFON_CONFIG: settings, PATH: pathWithout("podman") };
  const outcome = await house.chiffon(["ask", "deploy gitea", "--yes"], { env });
  expect(outcome.code).toBe(1);
  const words = outcome.out.replaceAll(/[\s│]+/g, " ");
  expect(words).toMatch(/execution environment example\.org\/ansible:1 by podman, which is not installed .*apt install podman/);
  const doctor = await house.chiffon(["doctor"], { env });
  const missing =
    /BAD {2}back end +chiffon\.yml asks for the execution environment example\.org\/ansible:1 by podman, which is not installed/;
  expect(doctor).toMatchObject({ code: 5, out: expect.stringMatching(missing) });
});

test("no ansible-lint: the run succeeds, without suggestions", async () => {
  const settings = other("with-lint.yml");
  writeFileSync(settings, "lint_after_runs: true\n");
  const env = { PATH: pathWithout("ansible-lint"), CHIFFON_CONFIG: settings };
  const outcome = await house.chiffon(["ask", "deploy gitea", "--yes", "--json"], { env });
  expect(outcome.code).toBe(0);
  expect(JSON.parse(outcome.out).run).toMatchObject({ state: "succeeded", steps: [{ suggestions: [] }] });
});

test("a database that does not answer", async () => {
  const outcome = await house.chiffon(["ask", "deploy gitea", "--yes", "--json"], {
    env: { DATABASE_URL: `postgres://user:secret-word@127.0.0.1:${await freePort()}/chiffon` },
  });
  expect(outcome).toMatchObject(failing(5, /database/i));
  expect(JSON.parse(outcome.out)).toMatchObject({ run: null, error: { code: expect.stringContaining("database") } });
  expect(outcome.out + outcome.err).not.toContain("secret-word");
});

// A disk of this size that only one process and its children see; it is gone with them. Needs no root where user namespaces are allowed.
async function onSmallDisk(megabytes: number, script: string): Promise<string> {
  const mount = mkdtempSync(join(house.folder, "disk-"));
  const full = `mount -t tmpfs -o size=${megabytes}m none "$1" || exit 99\nexport CHIFFON_DATA_DIR=$1/data\n${script}`;
  const { stdout } = await promisify(execFile)("unshare", ["--map-root-user", "--mount", "sh", "-c", full, "sh", mount, "bin/chiffon"], {
    env: { ...house.env, CHIFFON_REPO: house.repo },
    cwd: join(import.meta.dirname, "..", ".."),
    timeout: 280_000,
  });
  return stdout;
}

test("a full disk, at the first start and later: said so, nothing stored is lost, and with room again it works", async () => {
  const said = await onSmallDisk(
    30,
    `"$2" ask "deploy gitea" --yes </dev/null 2>&1; echo "exit $?"
     mount -o remount,size=300m "$1"; "$2" ask "deploy gitea" --yes </dev/null 2>&1; echo "exit $?"
     dd if=/dev/zero of="$1/filler" bs=16k 2>/dev/null; truncate -s -200K "$1/filler"
     "$2" ask "deploy gitea" --yes </dev/null 2>&1; echo "exit $?"
     rm "$1/filler"; "$2" runs; "$2" audit verify`,
  );
  const [first = "", second = "", third = "", last = ""] = said.split(/^exit /m);
  expect(first).toMatch(/the disk is full: [^]*Free some space/);
  expect(second).toMatch(/^5\n[^]*run 1 succeeded/);
  // What is refused a block first differs: the database, or the playbook on its host. Both say what it was.
  expect(third).toMatch(/^0\n[^]*(the disk is full|no\s+space\s+left)/i);
  expect(last).toMatch(/^[15]\n[^]*1 +succeeded [^]*The audit log is whole/);
});
