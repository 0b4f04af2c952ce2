import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { memoryCache } from "../../src/agents/answer-cache.ts";
import { createAnsibleFacts } from "../../src/agents/infra/ansible-facts.ts";
import { cleanEnvironment } from "../../src/agents/infra/environment.ts";
import { createOutsideLookup } from "../../src/agents/infra/outside.ts";
import { createWorkingTreeReader } from "../../src/planner/snapshot.ts";
import type { SealedPlan } from "../../src/planner/plan.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "chiffon-outside-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

const cache = memoryCache();

/** What counts as outside now, with the real ansible and a home folder of its own. */
async function outside(environment: Record<string, string> = {}): Promise<SealedPlan["outside"]> {
  const clean = { ...cleanEnvironment(process.env), HOME: folder, ...environment };
  const facts = createAnsibleFacts({ environment: clean, cache });
  const tree = await createWorkingTreeReader().read(join(folder, "repo"));
  return createOutsideLookup(facts)(join(folder, "repo"), tree.files);
}
const named = (found: SealedPlan["outside"]): string[] => found.map((one) => `${one.kind} ${one.name}`);

test("names the collections that a repo uses and does not hold, and notices another version of one", async () => {
  write(
    "repo/site.yml",
    "- hosts: all\n  roles: [acme.more.role, other]\n  tasks:\n    - acme.tools.widget:\n        size: 1\n    - own.kept.thing: {}\n    - ansible.builtin.ping:\n",
  );
  write("repo/collections/ansible_collections/own/kept/plugins/modules/thing.py", "");
  write("repo/ansible.cfg", `[defaults]\ncollections_path = ${join(folder, "outside")}\n`);
  write("outside/ansible_collections/acme/tools/plugins/modules/widget.py", "one");
  write("outside/ansible_collections/acme/more/roles/role/tasks/main.yml", "[]");
  write("outside/ansible_collections/acme/unused/plugins/modules/x.py", "");
  const before = await outside();
  expect(named(before)).toEqual(["collection acme.more", "collection acme.tools"]);
  write("outside/ansible_collections/acme/tools/plugins/modules/widget.py", "two");
  expect((await outside())[1]?.hash).not.toBe(before[1]?.hash);
  // One from Galaxy says what its files were when it was made, not what they are.
  write("outside/ansible_collections/acme/tools/FILES.json", "{}");
  const listed = await outside();
  write("outside/ansible_collections/acme/tools/plugins/modules/widget.py", "three");
  expect((await outside())[1]?.hash).not.toBe(listed[1]?.hash);
});

test("names roles on a roles_path outside the repo, with those that they depend on, and notices a change in them", async () => {
  write("repo/site.yml", "- hosts: all\n  roles: [app]\n");
  write("repo/ansible.cfg", `[defaults]\nroles_path = roles:${join(folder, "shared")}\n`);
  write("shared/app/tasks/main.yml", "- ansible.builtin.command: 'true'\n");
  write("shared/app/meta/main.yml", "dependencies: [base]\n");
  write("shared/base/tasks/main.yml", "[]\n");
  write("shared/unused/tasks/main.yml", "[]\n");
  const before = await outside();
  expect(named(before)).toEqual(["role app", "role base"]);
  write("shared/base/tasks/main.yml", "- ansible.builtin.command: reboot\n");
  expect((await outside())[1]?.hash).not.toBe(before[1]?.hash);
  // A link is what it leads to.
  mkdirSync(join(folder, ".ansible/roles"), { recursive: true });
  symlinkSync(join(folder, "shared/unused"), join(folder, ".ansible/roles/linked"));
  write("repo/site.yml", "- hosts: all\n  roles: [linked]\n");
  write("repo/ansible.cfg", "");
  expect(named(await outside())).toEqual(["role linked"]);
});

test("names plugin folders, of the account and of ansible.cfg, and notices a new module in them", async () => {
  write("repo/site.yml", "- hosts: all\n  tasks: [{command: id}]\n");
  write("repo/ansible.cfg", `[defaults]\nfilter_plugins = ${join(folder, "filters")}:plugins\n`);
  write("repo/plugins/own.py", "");
  expect(await outside()).toEqual([]);
  write("filters/f.py", "one");
  write(".ansible/plugins/modules/command.py", "one");
  const before = await outside();
  expect(named(before)).toEqual([`plugins ${join(folder, ".ansible/plugins/modules")}`, `plugins ${join(folder, "filters")}`]);
  write(".ansible/plugins/modules/shell.py", "one");
  expect((await outside())[0]?.hash).not.toBe(before[0]?.hash);
});

test("names another configuration that ansible would use, and only where the repo has none of its own", async () => {
  write("repo/site.yml", "- hosts: all\n");
  write(".ansible.cfg", "[ssh_connection]\nssh_args = -o ProxyCommand=one\n");
  write("more.cfg", "[defaults]\nforks = 7\n");
  expect(named(await outside())).toEqual([`config ${join(folder, ".ansible.cfg")}`]);
  const before = await outside({ ANSIBLE_CONFIG: join(folder, "more.cfg") });
  expect(named(await outside({ ANSIBLE_CONFIG: folder }))).toEqual([`config ${join(folder, ".ansible.cfg")}`]);
  expect(named(before)).toEqual([`config ${join(folder, "more.cfg")}`]);
  write("more.cfg", "[defaults]\nforks = 8\n");
  expect((await outside({ ANSIBLE_CONFIG: join(folder, "more.cfg") }))[0]?.hash).not.toBe(before[0]?.hash);
  write("repo/ansible.cfg", "[defaults]\nforks = 9\n");
  expect(await outside({ ANSIBLE_CONFIG: join(folder, "more.cfg") })).toEqual([]);
});

test("the settings are those of the file that a run would use, asked anew when it changes", async () => {
  write("repo/site.yml", "- hosts: all\n");
  write(".ansible.cfg", "[defaults]\nforks = 6\n");
  write("more.cfg", "[defaults]\nforks = 7\n");
  const environment = { ...cleanEnvironment(process.env), HOME: folder };
  const forks = async (more: Record<string, string> = {}): Promise<unknown> =>
    (await createAnsibleFacts({ environment: { ...environment, ...more }, cache }).changedConfig(join(folder, "repo")))["DEFAULT_FORKS"];
  expect(await forks()).toBe(6);
  expect(await forks({ ANSIBLE_CONFIG: join(folder, "more.cfg") })).toBe(7);
  write("repo/ansible.cfg", "[defaults]\nforks = 8\n");
  expect(await forks({ ANSIBLE_CONFIG: join(folder, "more.cfg") })).toBe(8);
  write("repo/ansible.cfg", "[defaults]\n");
  expect(await forks()).toBeUndefined();
});

test("a copy of the repo elsewhere has folders of its own, and ansible is not asked again", async () => {
  write("repo/ansible.cfg", "[defaults]\nroles_path = roles:/srv/roles\nprivate_key_file = keys/id\n");
  const kept = memoryCache();
  let asked = 0;
  const counting = { get: kept.get, set: (key: string, value: unknown) => ((asked += 1), kept.set(key, value)) };
  const facts = createAnsibleFacts({ environment: { ...cleanEnvironment(process.env), HOME: folder }, cache: counting });
  const of = async (name: string): Promise<unknown> => [(await facts.places(join(folder, name))).roles, (await facts.changedConfig(join(folder, name)))["DEFAULT_PRIVATE_KEY_FILE"]]; // prettier-ignore
  expect(await of("repo")).toEqual([[join(folder, "repo/roles"), "/srv/roles"], "keys/id"]);
  const before = asked;
  cpSync(join(folder, "repo"), join(folder, "repo-2"), { recursive: true });
  expect(await of("repo-2")).toEqual([[join(folder, "repo-2/roles"), "/srv/roles"], "keys/id"]);
  expect(asked).toBe(before);
});

test("a relative way out of the repo is refused: beside the sealed copy lies something else", async () => {
  write("repo/site.yml", "- hosts: all\n");
  for (const line of ["roles_path = ../roles", "library=lib:./../modules", "ssh_args = -F ../ssh.cfg", "roles_path = roles:\n  ../roles"]) {
    write("repo/ansible.cfg", `[defaults]\n${line}\n`);
    await expect(outside()).rejects.toMatchObject({ code: "config-refused" });
  }
  await expect(outside({ ANSIBLE_ROLES_PATH: "roles:../roles" })).rejects.toMatchObject({ code: "config-refused" });
  write("repo/ansible.cfg", "[defaults]\nroles_path = playbooks/../roles\n# ../nothing\n");
  expect(await outside()).toEqual([]);
});
