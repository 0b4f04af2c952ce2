import type { CatalogProfile, PlaybookProfile } from "./playbook-profile.ts";

/** "run playbooks/backup.yml": the playbook whose path or id is all that the step says besides "run". Nothing is guessed from a path. */
export function byPath(intent: string, profile: CatalogProfile): PlaybookProfile | undefined {
  const said = intent
    .trim()
    .replace(/^(?:please\s+)?(?:(?:run|execute|start|launch|play)\s+)?(?:the\s+)?(?:playbook\s+)?/i, "")
    .replace(/^(["'`])(.*)\1$/, "$2");
  // A bare word may be a service or a verb; what has a folder or an ending is a path.
  if (!/^\S*[/.]\S*$/.test(said)) return undefined;
  const found = [...profile.byId.values()].filter(({ playbook }) => playbook.path === said || playbook.id === said);
  return found.length === 1 ? found[0] : undefined;
}
