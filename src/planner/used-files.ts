import type { SealedFile, SealedPlan } from "./plan.ts";

/** Everything counts but what surely cannot matter: documentation, hidden folders, and other playbooks when none is imported. */
export function usedBy(
  plan: Pick<SealedPlan, "steps" | "importsPlaybooks">,
  playbooks: ReadonlySet<string>,
): (file: SealedFile) => boolean {
  const own = new Set(plan.steps.map((step) => step.playbookPath));
  return (file) => {
    if (own.has(file.path)) return true;
    if (/\.(md|markdown|rst|adoc|png|jpe?g|gif|svg)$/i.test(file.path) && !/(^|\/)(templates|files)\//.test(file.path)) return false;
    if (file.path.split("/").some((part) => part.startsWith(".git"))) return false;
    return plan.importsPlaybooks || !playbooks.has(file.path);
  };
}
