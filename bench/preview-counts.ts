import type { RunView } from "../src/orchestrator/views.ts";

/** By host and task of the real run that a preview was to tell of. */
export interface PreviewCounts {
  /** That the real run came to, or the preview. */
  readonly tasks: number;
  /** Said to change, and changed. */
  readonly right: number;
  /** Said to change, and did not. */
  readonly wrong: number;
  /** Changed, and neither said to change nor flagged. */
  readonly missed: number;
  /** Said to be unpredictable: neither right nor wrong. */
  readonly flagged: number;
  /** Of those, how many changed something. */
  readonly flaggedChanged: number;
}

interface Result {
  readonly host: string;
  readonly task: string;
  readonly status: string;
}

export function countPreview(preview: RunView, previewed: readonly Result[], real: readonly Result[]): PreviewCounts {
  const reports = preview.steps.flatMap((step) => (step.preview === null ? [] : [step.preview]));
  const key = ({ host, task }: { readonly host: string; readonly task: string }): string => JSON.stringify([host, task]);
  const said = new Set(
    reports.flatMap(({ hosts }) => Object.entries(hosts).flatMap(([host, { changes }]) => changes.map(({ task }) => key({ host, task })))),
  );
  const seen = new Set(previewed.map(key));
  const unpredictable = new Set(reports.flatMap((report) => report.unpredictable));
  const stopped = new Set(reports.flatMap((report) => report.stopped ?? []).map(({ host }) => host));
  const changed = new Set(real.filter(({ status }) => status === "changed").map(key));
  const isFlagged = (one: Result): boolean => unpredictable.has(one.task) || (stopped.has(one.host) && !seen.has(key(one)));
  const tasks = new Map([...previewed, ...real].map((one) => [key(one), one]));
  const count = (fits: (id: string, one: Result) => boolean): number => [...tasks].filter(([id, one]) => fits(id, one)).length;
  return {
    tasks: tasks.size,
    right: count((id, one) => !isFlagged(one) && said.has(id) && changed.has(id)),
    wrong: count((id, one) => !isFlagged(one) && said.has(id) && !changed.has(id)),
    missed: count((id, one) => !isFlagged(one) && !said.has(id) && changed.has(id)),
    flagged: count((_id, one) => isFlagged(one)),
    flaggedChanged: count((id, one) => isFlagged(one) && changed.has(id)),
  };
}

export function sumOf(all: readonly PreviewCounts[]): PreviewCounts {
  const sum = (key: keyof PreviewCounts): number => all.reduce((total, one) => total + one[key], 0);
  return {
    tasks: sum("tasks"),
    right: sum("right"),
    wrong: sum("wrong"),
    missed: sum("missed"),
    flagged: sum("flagged"),
    flaggedChanged: sum("flaggedChanged"),
  };
}
