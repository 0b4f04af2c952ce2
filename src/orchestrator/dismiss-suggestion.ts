import { appendAudit, writeAudit } from "../audit/audit-log.ts";
import type { Database } from "../db/database.ts";
import { matterOf, type Policy } from "../policy/policy.ts";
import { appendRunEvents } from "../runs/run-event.ts";
import { dismissSuggestion, findSuggestion, runOfContent } from "../runs/suggestion-store.ts";
import type { Done } from "./use-cases.ts";

/** A finding that people do not want: it stays away from this playbook, as long as file, rule and task are the same. */
export function createDismissSuggestion(deps: {
  readonly database: Database;
  readonly policy: Policy;
}): (id: string, person: string) => Promise<Done> {
  const { database } = deps;
  return async (id, person) => {
    const action = "suggestion.dismissed";
    const answer = await deps.policy.may(person, matterOf("admin"));
    if (!answer.allowed) {
      const resource = `suggestion:${id.slice(0, 100)}`;
      await writeAudit(database, { actor: person, action, resource, result: "refused", facts: { reason: answer.reason } });
      return { kind: "refused", message: answer.reason };
    }
    const found = await findSuggestion(database, id);
    const run = found === undefined ? undefined : await runOfContent(database, found.playbookPath, found.catalogHashes);
    const dismissed = await database.transaction(async (sql) => {
      if (found === undefined || !(await dismissSuggestion(sql, found.id, person))) return false;
      const facts = { playbook: found.playbookPath, path: found.path, rule: found.rule, task: found.task };
      await appendAudit(sql, { actor: person, action, resource: `suggestion:${found.id}`, result: "done", facts });
      if (run !== undefined) await appendRunEvents(sql, run.id, [{ kind: "suggestion", data: { dismissed: [found.id] } }]);
      return true;
    });
    return dismissed ? { kind: "done" } : { kind: "refused", message: "this suggestion is already settled" };
  };
}
