import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { RunView } from "../src/orchestrator/views.ts";
import { home, openBenchApp, temporaryFolder, type BenchApp } from "./bench-app.ts";
import { keepInGit } from "./bench-repo.ts";
import type { Comparison } from "./comparison.ts";
import { countPreview, sumOf, type PreviewCounts } from "./preview-counts.ts";

export interface MeasuredPreview extends PreviewCounts {
  readonly playbook: string;
}

/** Few that need all there is to a preview: a plain one, one that depends on a command, one that stops half-way. */
export const quickPlaybooks = ["template", "when-changed", "fails-in-check-mode"];

/** Of the example repo: what needs no values, the services first and then what changes them. */
const examplePlaybooks = [
  "deploy-caddy", "deploy-gitea", "deploy-grafana", "deploy-jellyfin", "deploy-node-exporter", "deploy-pihole", "deploy-uptime-kuma",
  "configure-jellyfin", "configure-pihole", "check-services", "disk-report", "rotate-logs",
]; // prettier-ignore

export const previewAccuracy: Comparison = {
  name: "preview-accuracy",
  title: "what a preview says against the real run that follows, by host and task; first on nothing, then on its own work",
  runs: 2,
  async measure({ runs, quick, say }) {
    const measured = [
      ...(await measurePreviews(join(import.meta.dirname, "preview-repo"), quick ? quickPlaybooks : null, quick ? 1 : runs, say)),
      ...(quick ? [] : await measurePreviews(join(home, "examples", "homelab"), examplePlaybooks, runs, say)),
    ];
    const width = Math.max(...measured.map(({ playbook }) => playbook.length));
    const line = (name: string, one: PreviewCounts): string =>
      `${name.padEnd(width)} ${[one.tasks, one.right, one.wrong, one.missed, one.flagged, one.flaggedChanged].map((count) => String(count).padStart(9)).join("")}`;
    const all = sumOf(measured);
    return {
      rows: [],
      notes: [
        `${"playbook".padEnd(width)} ${["tasks", "right", "wrong", "missed", "flagged", "…changed"].map((word) => word.padStart(9)).join("")}`,
        ...measured.map((one) => line(one.playbook, one)),
        line("all", all),
        `${measured.length} runs of ${new Set(measured.map(({ playbook }) => playbook)).size} playbooks: precision ${percent(all.right, all.right + all.wrong)}, recall ${percent(all.right, all.right + all.missed)}; flagged as unpredictable: ${percent(all.flagged, all.tasks)} of the tasks, of which ${percent(all.flaggedChanged, all.flagged)} changed something`,
      ],
    };
  },
};

/** Preview, then approval and run, of each playbook in turn; `names` null: all that the repo has. */
export async function measurePreviews(
  repo: string,
  names: readonly string[] | null,
  rounds: number,
  say: (text: string) => void,
  /** Makes the data folder; a first start does where this does not. */
  makeDataDir: (dataDir: string) => void = () => undefined,
): Promise<readonly MeasuredPreview[]> {
  const folder = temporaryFolder();
  const server = createServer((_request, response) => response.end("served\n"));
  try {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const copy = join(folder.path, "repo");
    cpSync(repo, copy, { recursive: true });
    const variables = join(copy, "group_vars", "all.yml");
    if (existsSync(variables))
      writeFileSync(
        variables,
        readFileSync(variables, "utf8").replace(/(?<=^preview_server: ).*/m, `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      );
    keepInGit(copy);
    const dataDir = join(folder.path, "data");
    makeDataDir(dataDir);
    const bench = await openBenchApp(copy, dataDir, { lint: false });
    try {
      const found = readdirSync(join(copy, "playbooks")).map((file) => file.replace(/\.yml$/, "")).toSorted(); // prettier-ignore
      const measured: MeasuredPreview[] = [];
      for (const name of names ?? found) {
        for (let round = 1; round <= rounds; round += 1) {
          say(`${name}${rounds === 1 ? "" : `, ${round} of ${rounds}`}`);
          measured.push({ playbook: name, ...(await measureOne(bench, `run playbooks/${name}.yml`)) });
        }
      }
      return measured;
    } finally {
      await bench.stop();
    }
  } finally {
    server.close();
    folder.remove();
  }
}

async function measureOne(bench: BenchApp, text: string): Promise<PreviewCounts> {
  const { planVersionId, card } = await bench.plan(text);
  if (planVersionId === null) throw new Error(`"${text}" did not become a plan: ${JSON.stringify(card)}`);
  const started = await bench.app.useCases.preview(planVersionId, "local");
  if (started.kind !== "started") throw new Error(`no preview of "${text}": ${started.message}`);
  const preview = await ended(bench, started.runId);
  const { runId } = await bench.approveAndWait(planVersionId);
  return countPreview(preview, await resultsOf(bench, started.runId), await resultsOf(bench, runId));
}

async function ended(bench: BenchApp, runId: string): Promise<RunView> {
  for (;;) {
    const view = await bench.app.useCases.run(runId);
    if (view !== undefined && !["queued", "waiting", "running"].includes(view.run.state)) return view;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function resultsOf(bench: BenchApp, runId: string): Promise<readonly { host: string; task: string; status: string }[]> {
  return bench.app.database.query<{ host: string; task: string; status: string }>(
    `select data ->> 'host' as host, data ->> 'task' as task, data ->> 'status' as status from run_event
     where run_id = $1 and kind = 'ansible' and data ->> 'kind' = 'result' order by number`,
    [runId],
  );
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "none" : `${((100 * part) / whole).toFixed(1)} %`;
}
