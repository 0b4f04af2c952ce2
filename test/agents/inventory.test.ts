import { mkdtempSync, rmSync, writeFileSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { memoryCache } from "../../src/agents/answer-cache.ts";
import { cleanEnvironment } from "../../src/agents/infra/environment.ts";
import { expandPattern } from "../../src/agents/infra/host-pattern.ts";
import { loadInventory, type Inventory } from "../../src/agents/infra/inventory.ts";
import { writeFiles } from "../helpers/agent-bench.ts";

const environment = cleanEnvironment(process.env);
const folder = mkdtempSync(join(tmpdir(), "chiffon-inventory-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let inventory: Inventory;
beforeAll(async () => {
  writeFiles(folder, {
    "hosts.yml": `all:
  children:
    homelab:
      children:
        monitoring: {hosts: {mon1: {}, mon2: {ansible_host: 10.0.0.2}}}
        nas: {hosts: {nas1: {ansible_connection: local}}}
    web:
      hosts: {"web[1:5]": {}, web-backup.example.org: {}}
    db:
      hosts: {db3: {}, db1: {}, db2: {}}
      children: {db_replicas: {hosts: {db9: {}, db8: {}}}}
    edge:
      hosts: {web1: {}, nas1: {}}
    empty_group: {}
  hosts: {lonely: {}}
  vars: {ansible_user: someone}
`,
    "group_vars/web.yml": "ansible_connection: local\nportals: []\n",
  });
  inventory = await loadInventory(folder, ["hosts.yml"], { environment, cache: memoryCache() });
});

const patterns: readonly (readonly [string, string?])[] = [
  ["all"], ["*"], ["web"], ["homelab"], ["web1"], ["web:db"], ["web,db"], ["web, db ,nas"], ["web:!web1"], ["all:!web"], ["all,!web,!db"], ["web:&edge"],
  ["homelab:&edge"], ["!web"], ["&edge"], ["all:&web:!web1"], ["web*"], ["web?"], ["*.example.org"], ["web[1]"], ["web[0]"], ["web[-1]"], ["web[0:2]"],
  ["web[1:]"], ["web[0:0]"], ["web[2:9]"], ["db"], ["db[0]"], ["db[3:4]"], ["db[-2]"], ["~web\\d"], ["~(web|db)[12]"], ["~.*1$"], ["nas1:mon1"], ["mon[12]"],
  ["[mn]*1"], ["web[!1]"], ["db*:!db_replicas"], ["ungrouped"], ["lonely"], ["localhost"], ["127.0.0.1"], ["localhost:web1"], ["nosuchhost"], ["nosuchhost:web1"],
  ["empty_group"], ["al*"], ["homelab[1]"], ["web:web1:web"], ["web1:22"], ["all", "web"], ["all", "web1,db1"], ["web", "edge"], ["db", "web"], ["all", "all:!web"],
  ["localhost", "localhost"], ["localhost", "web1"], ["all", "db[0:1]"], ["web*", "~.*[13]$"], ["db:web", "!edge"], ["all", "nosuchhost"],
]; // prettier-ignore

test(`expands ${patterns.length} patterns to the hosts that ansible itself names`, { timeout: 120_000 }, async () => {
  // One playbook a pattern, each with its own limit, two at a time.
  const differences: unknown[] = [];
  const left = [...patterns.entries()];
  // The implicit localhost keeps the name it was first called by, so those patterns have a playbook of their own.
  const isAlone = ([pattern, limit]: readonly [string, string?]): boolean => limit !== undefined || pattern.includes("127.0.0.1");
  const noLimit = left.filter(([, entry]) => !isAlone(entry));
  writeFileSync(join(folder, "all.yml"), JSON.stringify(noLimit.map(([index, [hosts]]) => ({ name: `play ${index}`, hosts, tasks: [] }))));
  const ask = async (file: string, limit: readonly string[]): Promise<string> =>
    (
      await execa("ansible-playbook", ["-i", "hosts.yml", "--list-hosts", ...limit, file], {
        cwd: folder,
        env: environment,
        extendEnv: false,
        reject: false,
      })
    ).stdout;
  const plays = hostsByPlay(await ask("all.yml", []));
  for (const [index, [pattern]] of noLimit) compare(pattern, undefined, plays.get(`play ${index}`) ?? []);
  const limited = left.filter(([, entry]) => isAlone(entry));
  const worker = async (): Promise<void> => {
    for (let entry = limited.shift(); entry !== undefined; entry = limited.shift()) {
      const [index, [pattern, limit]] = entry;
      const file = `limited-${index}.yml`;
      writeFileSync(join(folder, file), JSON.stringify([{ name: "play", hosts: pattern, tasks: [] }]));
      compare(pattern, limit, hostsByPlay(await ask(file, limit === undefined ? [] : [`--limit=${limit}`])).get("play") ?? []);
    }
  };
  await Promise.all([worker(), worker()]);
  expect(differences).toEqual([]);

  function compare(pattern: string, limit: string | undefined, theirs: readonly string[]): void {
    const ours = expandPattern(inventory, pattern, limit);
    if (JSON.stringify(ours.toSorted()) !== JSON.stringify(theirs.toSorted())) differences.push({ pattern, limit, ours, theirs });
  }
});

test("an index that no host has, a file as limit and a broken regular expression are refused", () => {
  for (const pattern of ["web[77]", "@/etc/passwd", "~(("])
    expect(() => expandPattern(inventory, pattern)).toThrow(expect.objectContaining({ code: "pattern-refused" }));
});

test("keeps the ways to connect and no other variable", () => {
  expect(inventory.connections["nas1"]).toEqual({ connection: "local", address: null });
  expect(inventory.connections["mon2"]).toEqual({ connection: null, address: "10.0.0.2" });
  expect(inventory.connections["web3"]).toEqual({ connection: "local", address: null });
  expect(JSON.stringify(inventory)).not.toContain("someone");
});

test("asks ansible once for one content, and again after a change in group_vars", async () => {
  const cache = memoryCache();
  const first = await loadInventory(folder, ["hosts.yml"], { environment, cache });
  expect(await loadInventory(folder, ["hosts.yml"], { environment, cache })).toBe(first);
  writeFileSync(join(folder, "group_vars/web.yml"), "ansible_connection: local\nportals: [one]\n");
  expect((await loadInventory(folder, ["hosts.yml"], { environment, cache })).hash).not.toBe(first.hash);
});

test("refuses an inventory that is executable, a plugin's, outside the repository or missing", async () => {
  writeFiles(folder, {
    "script.py": "#!/usr/bin/env python3\nprint('{}')\n",
    "cloud.yml": "plugin: amazon.aws.aws_ec2\n",
    "run.yml": "all: {}\n",
  });
  chmodSync(join(folder, "run.yml"), 0o755);
  for (const source of ["script.py", "cloud.yml", "run.yml", "../../etc/passwd"]) {
    await expect(loadInventory(folder, [source], { environment, cache: memoryCache() })).rejects.toMatchObject({
      code: "inventory-refused",
    });
  }
  await expect(loadInventory(folder, ["nothing.yml"], { environment, cache: memoryCache() })).rejects.toMatchObject({
    code: "inventory-missing",
  });
});

test("of a folder with several inventories only the program that is named may run, whether its folder or it is named", async () => {
  const program = (name: string): string => `#!/bin/sh\necho '{"made": {"hosts": ["${name}"]}, "_meta": {"hostvars": {}}}'\n`;
  writeFiles(folder, { "many/01-hosts": "[nas]\nbignas\n", "many/made.sh": program("pi1") });
  chmodSync(join(folder, "many/made.sh"), 0o755);
  const load = async (...allowedSources: string[]): Promise<readonly string[]> =>
    Object.keys((await loadInventory(folder, ["many"], { environment, cache: memoryCache(), allowedSources })).connections);
  await expect(load()).rejects.toMatchObject({ help: expect.stringContaining("executable_inventories: [many/made.sh]") });
  await expect(load("many/made")).rejects.toMatchObject({ code: "inventory-refused" });
  expect(await load("many/made.sh")).toEqual(expect.arrayContaining(["bignas", "pi1"]));
  expect(await load("many/")).toEqual(expect.arrayContaining(["bignas", "pi1"]));
  writeFiles(folder, { "many/other.sh": program("pi2") });
  chmodSync(join(folder, "many/other.sh"), 0o755);
  await expect(load("many/made.sh")).rejects.toMatchObject({ message: expect.stringContaining("many/other.sh") });
});

function hostsByPlay(output: string): Map<string, string[]> {
  const plays = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of output.split("\n")) {
    const play = /^ {2}play #\d+ \(.*\): (play(?: \d+)?)\t/.exec(line)?.[1];
    if (play !== undefined) plays.set(play, (current = []));
    else if (/^ {6}\S/.test(line)) current.push(line.trim());
  }
  return plays;
}
