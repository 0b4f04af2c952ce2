import type { PreviewReport } from "../work-source.ts";
import type { AnsibleEvent } from "./ansible-events.ts";

const diffLimit = 64 * 1024;
const totalDiffLimit = 1024 * 1024;
/** What modules say in check mode when they cannot tell what they would do. */
const cannotTell = /check mode|would have run/i;

export interface PreviewCollector {
  add(event: AnsibleEvent): void;
  report(): PreviewReport;
}

/** From the events of a `--check --diff` attempt: what would change on each host, and which tasks cannot be predicted. */
export function createPreviewCollector(): PreviewCollector {
  const hosts = new Map<string, { task: string; diff: string | null }[]>();
  const unpredictable = new Set<string>();
  const stopped: { host: string; task: string }[] = [];
  let room = totalDiffLimit;
  return {
    add(event) {
      if (event.kind === "unpredictable") unpredictable.add(event.task);
      if (event.kind !== "result") return;
      const changes = hosts.get(event.host) ?? [];
      hosts.set(event.host, changes);
      if (event.status === "changed") {
        const diff = event.diff === null || room <= 0 ? null : event.diff.slice(0, Math.min(diffLimit, room));
        room -= diff?.length ?? 0;
        changes.push({ task: event.task, diff });
      } else if (event.status === "skipped" && event.message !== null && cannotTell.test(event.message)) {
        unpredictable.add(event.task);
      } else if (event.status === "failed" && !event.ignored) {
        // A failure in check mode is often the fault of check mode: what an earlier task would have made is not there.
        unpredictable.add(event.task);
        if (!event.rescued) stopped.push({ host: event.host, task: event.task });
      }
    },
    report() {
      return {
        hosts: Object.fromEntries([...hosts].map(([host, changes]) => [host, { changes }])),
        unpredictable: [...unpredictable],
        stopped,
      };
    },
  };
}
