import { digestOf } from "../canonical-json.ts";
import type { PlanStep, SealedPlan } from "./plan.ts";
import { usedBy } from "./used-files.ts";

/**
 * SHA-256 over the canonical JSON of what a plan would do: the same for the same work whenever it is planned. Left out are ids, names and words, and
 * files that it does not use; everything else that is sealed counts, also what is sealed one day and not thought of here.
 */
export function workDigestOf(plan: SealedPlan, playbookPaths: readonly string[]): string {
  const { format: _format, planId: _plan, version: _version, requestId: _request, purpose: _purpose, snapshot, steps, ...rest } = plan;
  const used = usedBy(plan, new Set(playbookPaths));
  return digestOf({
    format: "chiffon-work/1",
    ...rest,
    steps: steps.map(workOf),
    files: snapshot.files.filter(used).map((file) => ({ path: file.path, hash: file.hash, executable: file.executable })),
  });
}

/** Its playbook's content is among the files; its lock keys and groups follow from its hosts. */
function workOf(step: PlanStep): unknown {
  const {
    name: _name,
    playbook: _playbook,
    contentHash: _content,
    riskReason: _reason,
    lockKeys: _locks,
    service: _service,
    groups: _groups,
    ...work
  } = step;
  return work;
}
