import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AttemptResult } from "../../src/agents/work-source.ts";
import type { PlanStep } from "../../src/planner/plan.ts";
import { AgentBench, recapOf, writeFiles, type RepoFiles } from "../helpers/agent-bench.ts";
import type { AttemptRecord } from "../helpers/in-memory-work-source.ts";
import { startSshServer, type SshServer } from "../helpers/ssh-server.ts";
import { waysFor, waysToStart, type WayToStart } from "../helpers/ways-to-start.ts";

// One case a play, each with hosts of its own, many cases a start of ansible: the recap counts by host. Tasks named "Fails …" are what has to be named as
// failed; those named "Caught …" fail too, and must not be.
const fixtures = join(import.meta.dirname, "..", "fixtures", "ansible", "control-flow");
const password = "control-flow-password\n";

interface Start {
  /** Run on every way to start ansible, also in `npm test`. */
  readonly representative?: true;
  readonly step?: Partial<PlanStep>;
  readonly outcome: string;
  /** `host: task` of what really failed, by the number of the case. */
  readonly failed: Readonly<Record<string, readonly string[]>>;
  /** Cases in which nothing fails. */
  readonly fine: readonly string[];
}

const starts: Readonly<Record<string, Start>> = {
  "repeats.yml": {
    outcome: "failed",
    failed: {
      "04": ["c04a: Fails for one item"],
      "05": ["c05a: Fails for the second"],
      "06": ["c06a: Fails where it is not ignored"],
      "07": ["c07a: Fails by its own word"],
      "08": ["c08a: Fails for an undefined condition"],
      "09": ["c09a: Fails hidden"],
    },
    fine: ["01", "02", "03", "10"],
  },
  "blocks.yml": {
    representative: true,
    outcome: "failed",
    failed: {
      "12": ["c12a: Fails while rescuing"],
      "14": ["c14a: Fails in always"],
      "15": ["c15a: Fails in a file"],
      "18": ["c18a: Fails before the handlers"],
      "19": ["c19a: Fails as a handler"],
    },
    fine: ["11", "13", "16", "17", "20", "21", "22"],
  },
  "places.yml": {
    representative: true,
    outcome: "failed",
    failed: {
      "23": ["c23a: Fails elsewhere"],
      "27": ["c27a: Fails on half of them"],
      "28": ["c28a: Fails freely"],
      "31": ["c31a: Fails in the first"],
      "37": ["c37a: Fails where it was imported"],
      "38": ["c38a: Fails over its time"],
      "40": ["c40a: Fails with it"],
    },
    fine: ["24", "25", "26", "29", "30", "33", "34", "35", "36", "39", "41"],
  },
  "checked.yml": { step: { check: true, tags: ["all"] }, outcome: "succeeded", failed: {}, fine: ["42", "43"] },
  "fatal.yml": { outcome: "failed", failed: { "44": ["c44a: Fails for all"] }, fine: [] },
  "too-many.yml": { outcome: "failed", failed: { "45": ["c45a: Fails too often"] }, fine: [] },
  "once.yml": { outcome: "failed", failed: { "47": ["c47a: Fails once for all"] }, fine: [] },
};

const overSsh = "reached.yml";
interface Run {
  readonly way: WayToStart;
  readonly playbook: string;
}
const runs: readonly Run[] = [...Object.entries(starts), [overSsh, { representative: true }] as const].flatMap(([playbook, start]) =>
  waysFor(start.representative === true).map((way) => ({ way, playbook })),
);

const benches = new Map<WayToStart, AgentBench>();
let folder: string;
let server: SshServer | null;
const done = new Map<string, AttemptRecord & { readonly result: AttemptResult }>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "chiffon-control-flow-"));
  writeFiles(folder, { ".vault_pass": password, "vaulted.yml": "vaulted_value: canary-of-the-vault\n" });
  execFileSync("ansible-vault", ["encrypt", "--vault-password-file", ".vault_pass", "vaulted.yml"], { cwd: folder, stdio: "ignore" });
  server = await startSshServer();
  const entries = readdirSync(fixtures, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.endsWith(".pyc"),
  );
  const files: RepoFiles = {
    ...Object.fromEntries(entries.map((entry) => [relative(fixtures, join(entry.parentPath, entry.name)), readFileSync(join(entry.parentPath, entry.name), "utf8")])),
    "vaulted.yml": readFileSync(join(folder, "vaulted.yml"), "utf8"),
    "ssh.yml": sshHosts(server),
  }; // prettier-ignore
  for (const way of new Set(runs.map((run) => run.way))) {
    const bench = new AgentBench();
    benches.set(way, bench);
    await bench.agent({ ...waysToStart[way], secretsFolder: folder, capacity: 2 });
  }
  const start = async ({ way, playbook }: Run): Promise<void> => {
    const place = join(folder, `place-${way}`);
    mkdirSync(place, { recursive: true });
    const step = {
      playbook,
      playbookPath: playbook,
      inventory: ["inventory.yml", "ssh.yml"],
      variables: { place },
      timeLimitSeconds: 280,
      ...starts[playbook]?.step,
    };
    done.set(
      `${playbook} by ${way}`,
      await benchOf(way).run(files, step, { ansibleConfig: { DEFAULT_VAULT_PASSWORD_FILE: ".vault_pass" } }),
    );
  };
  await Promise.all(runs.map(start));
}, 300_000);
afterAll(async () => {
  server?.stop();
  for (const bench of benches.values()) await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

function benchOf(way: WayToStart): AgentBench {
  const bench = benches.get(way);
  if (bench === undefined) throw new Error(`no agent starts by ${way}`);
  return bench;
}

interface Done extends AttemptRecord {
  readonly result: AttemptResult;
  readonly stdout: string;
}

function doneBy({ way, playbook }: Run): Done {
  const run = done.get(`${playbook} by ${way}`);
  if (run === undefined) throw new Error(`${playbook} was not run by ${way}`);
  if (run.result.summary === undefined || run.result.summary === null)
    throw new Error(`${playbook} by ${way} ended as ${JSON.stringify(run.result)}`);
  return { ...run, stdout: benchOf(way).stdout(run.item.attemptId) };
}

/** What was counted and what ansible's own recap says, for the hosts of one case. */
function countsOf({ result, stdout }: Done, number: string): { readonly counted: unknown; readonly recap: unknown } {
  const own = (counts: object): unknown => Object.fromEntries(Object.entries(counts).filter(([host]) => host.startsWith(`c${number}`)));
  return { counted: own(result.summary?.hostsSummary ?? {}), recap: own(recapOf(stdout)) };
}

describe.for(runs.filter(({ playbook }) => playbook !== overSsh))("$playbook by $way", (run) => {
  const start = starts[run.playbook] ?? { outcome: "", failed: {}, fine: [] };
  const cases = [...Object.entries(start.failed), ...start.fine.map((number): [string, string[]] => [number, []])].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );

  test.for(cases)("case %s counts as ansible's recap does, and names what failed", ([number, failed]) => {
    const ended = doneBy(run);
    const { counted, recap } = countsOf(ended, number);
    expect(recap).not.toEqual({});
    expect(counted).toEqual(recap);
    const named = ended.result.summary?.failedTasks.filter(({ host }) => host.startsWith(`c${number}`)) ?? [];
    expect(named.map(({ host, task }) => `${host}: ${task}`)).toEqual(failed);
  });

  test("all in all: every host of the recap, its sums, key errors and outcome", () => {
    const { item, result, events, stdout } = doneBy(run);
    const recap = recapOf(stdout);
    expect(result.summary?.hostsSummary).toEqual(recap);
    const sum = (key: string): number => Object.values(recap).reduce((total, counts) => total + (counts[key] ?? 0), 0);
    expect(result.summary).toMatchObject({ okCount: sum("ok"), changedCount: sum("changed"), failedCount: sum("failures"), unreachableCount: sum("unreachable"), rescuedCount: sum("rescued"), ignoredCount: sum("ignored"), skippedCount: sum("skipped") }); // prettier-ignore
    expect(result.outcome).toBe(start.outcome);
    expect(benchOf(run.way).howStarted(item.attemptId)).toMatchObject({ warm: run.way === "warm", whyCold: null });
    const names = Object.values(start.failed).flat().map((one) => one.replace(/^\w+: /, "")); // prettier-ignore
    expect(result.summary?.keyErrors.map((line) => line.split(":")[0])).toEqual(names.slice(0, 5));
    const rescued = events.filter(({ event }) => event.kind === "result" && event.rescued).length;
    expect(rescued).toBe(sum("rescued"));
    expect(JSON.stringify([events, result])).not.toMatch(/canary|control-flow-password/);
    expect(stdout).toContain("the user's own callback was here");
    expect(stdout).not.toContain("canary");
  });
});

test.for(runs.filter(({ playbook }) => playbook === "places.yml"))(
  "by $way: hosts that nothing fits are no part of the recap, and nothing fails",
  (run) => {
    const ended = doneBy(run);
    const { counted, recap } = countsOf(ended, "99");
    expect([counted, recap]).toEqual([{}, {}]);
    expect(ended.events.some(({ event }) => event.kind === "no_hosts" && event.play.startsWith("32"))).toBe(true);
  },
);

test.for(runs.filter(({ playbook }) => playbook === overSsh))(
  "hosts over real ssh by $way: reached, refused and gone, ignored or not",
  (run) => {
    const { result, stdout } = doneBy(run);
    const recap = recapOf(stdout);
    expect(result.summary?.hostsSummary).toEqual(recap);
    expect(recap).toMatchObject({
      shut: { unreachable: 1, ok: 0 },
      gone: { unreachable: 1, ok: 0 },
      gone2: { ignored: 1, unreachable: 0 },
    });
    expect(recap["open"]).toMatchObject(server === null ? { ok: 0, unreachable: 1 } : { ok: 2, changed: 1, unreachable: 0 });
    const named = result.summary?.failedTasks.map(({ host, task }) => `${host}: ${task}`).toSorted();
    const first = (server === null ? ["gone", "open", "shut"] : ["gone", "shut"]).map((host) => `${host}: First contact`);
    expect(named).toEqual(["c50a: Reached by nobody", ...first]);
    expect(result).toMatchObject({ outcome: "failed", errorCode: "ANSIBLE_HOST_UNREACHABLE" });
  },
);

/** Where there is no sshd, nothing answers at its port. */
function sshHosts(known: SshServer | null): string {
  const options = "-o ConnectTimeout=5 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -F none";
  const host = (port: number, key: string): object => ({
    ansible_connection: "ssh", ansible_host: "127.0.0.1", ansible_port: port, ansible_ssh_common_args: options, ansible_ssh_private_key_file: key,
  }); // prettier-ignore
  const port = known?.port ?? 9;
  const hosts = {
    open: host(port, known?.key ?? "none"),
    shut: host(port, known?.strangeKey ?? "none"),
    gone: host(9, "none"),
    gone2: host(9, "none"),
  };
  return JSON.stringify({ all: { hosts } });
}
