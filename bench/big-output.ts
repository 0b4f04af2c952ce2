import { join } from "node:path";
import type { RunView } from "../src/orchestrator/views.ts";
import { openBenchApp, planOf, temporaryFolder, type BenchApp } from "./bench-app.ts";
import { inventoryFile, writeRepo } from "./bench-repo.ts";
import type { Comparison } from "./comparison.ts";

export interface BigRun {
  readonly case: string;
  readonly seconds: number;
  readonly state: string;
  /** Results that ansible's own recap counts as ok, and those that are stored. */
  readonly ok: number;
  readonly results: number;
  /** The most that this process held while it ran, over what it held before. */
  readonly memoryMegabytes: number;
}

const tasks = 20;

export const bigOutput: Comparison = {
  name: "big-output",
  title: "very much output by real ansible: the result, and the memory of the whole process over its idle memory",
  runs: 1,
  async measure({ quick, say }) {
    const size = quick ? { hosts: 5, lines: 20_000 } : { hosts: 50, lines: 200_000 };
    const runs = await measureBigOutput(size, say);
    return {
      rows: [],
      notes: runs.map(
        (run) =>
          `${run.case}: ${run.state}, ${run.ok} ok in the recap, ${run.results} results stored, ${run.seconds.toFixed(1)} s, ${run.memoryMegabytes} MB over idle`,
      ),
    };
  },
};

/** Runs the cases one after the other in one Chiffon. */
export async function measureBigOutput(
  size: { readonly hosts: number; readonly lines: number },
  say: (text: string) => void,
): Promise<readonly BigRun[]> {
  const folder = temporaryFolder();
  try {
    const repo = join(folder.path, "repo");
    makeLoudRepo(repo, size);
    const bench = await openBenchApp(repo, join(folder.path, "data"), { lint: false });
    try {
      const runs: BigRun[] = [];
      for (const [name, request] of [
        [`${size.lines} lines, then a line of 5 MB, then what is no UTF-8`, "deploy gitea"],
        [`${size.hosts} hosts, ${tasks} tasks`, "deploy grafana"],
      ] as const) {
        say(name);
        runs.push(await measureOne(bench, name, request));
      }
      return runs;
    } finally {
      await bench.stop();
    }
  } finally {
    folder.remove();
  }
}

async function measureOne(bench: BenchApp, name: string, request: string): Promise<BigRun> {
  const planned = await planOf(bench, request);
  const idle = process.memoryUsage.rss();
  let most = idle;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  try {
    const { runId, state, askedAt, endedAt } = await bench.approveAndWait(planned);
    await bench.settled(runId);
    const view = await bench.app.useCases.run(runId);
    const [row] = await bench.app.database.query<{ results: number }>(
      "select count(*) as results from run_event where run_id = $1 and data ->> 'kind' = 'result'",
      [runId],
    );
    return {
      case: name,
      seconds: (endedAt - askedAt) / 1_000,
      state,
      ok: okOf(view),
      results: Number(row?.results ?? 0),
      memoryMegabytes: Math.round((most - idle) / 2 ** 20),
    };
  } finally {
    clearInterval(look);
  }
}

function okOf(view: RunView | undefined): number {
  return view?.steps.reduce((total, step) => total + (step.summary?.okCount ?? 0), 0) ?? 0;
}

/** `verbosity` makes ansible print all that commands say. */
function makeLoudRepo(folder: string, size: { readonly hosts: number; readonly lines: number }): void {
  const shell = (name: string, command: string): string =>
    `    - name: ${name}\n      ansible.builtin.shell: ${command}\n      changed_when: false\n`;
  const play = (name: string, hosts: string, body: string): string =>
    `---\n- name: ${name}\n  hosts: ${hosts}\n  gather_facts: false\n  tasks:\n${body}`;
  const names = Array.from({ length: size.hosts }, (_, index) => `    host${String(index + 1).padStart(2, "0")}:\n`);
  writeRepo(folder, {
    "ansible.cfg": `[defaults]\ninventory = ${inventoryFile}\nverbosity = 1\nforks = 10\n`,
    [inventoryFile]: `all:\n  vars:\n    ansible_connection: local\n    ansible_python_interpreter: "{{ ansible_playbook_python }}"\n  hosts:\n${names.join("")}`,
    "playbooks/deploy-gitea.yml": play(
      "Deploy Gitea",
      "host01",
      shell("Say many lines", `seq -f "line %.0f of very many lines that a program says" ${size.lines}`) +
        shell("Say one long line", `head -c 5242880 /dev/zero | tr '\\0' x`) +
        shell("Say what is no text", `printf 'no \\377\\376 text'`),
    ),
    "playbooks/deploy-grafana.yml": play(
      "Deploy Grafana",
      "all",
      // A program for each of a thousand results would measure the machine.
      shell("Task 1", "echo 1") +
        Array.from(
          { length: tasks - 1 },
          (_, index) =>
            `    - name: Task ${index + 2}\n      ansible.builtin.debug:\n        msg: "{{ inventory_hostname }} says ${index + 2}"\n`,
        ).join(""),
    ),
  });
}
