import type { Catalog } from "./catalog.ts";
import type { Playbook, PlaybookCatalog } from "./playbook.ts";

/** A catalog in which nobody is asked for what `prompt_answers` in chiffon.yml has. `names` is read anew every time: the file may change while we run. */
export function withAnsweredPrompts(catalog: Catalog, names: () => Promise<readonly string[]>): Catalog {
  let last: { readonly from: PlaybookCatalog; readonly key: string; readonly made: PlaybookCatalog } | undefined;
  const made = async (from: PlaybookCatalog): Promise<PlaybookCatalog> => {
    const answered = new Set(await names());
    if (answered.size === 0) return from;
    const key = [...answered].toSorted().join(" ");
    // The same object while nothing changed: much is kept by it.
    if (last?.from !== from || last.key !== key)
      last = { from, key, made: { ...from, playbooks: from.playbooks.map((playbook) => withoutQuestions(playbook, answered)) } };
    return last.made;
  };
  return {
    current: async () => made(await catalog.current()),
    refresh: async () => made(await catalog.refresh()),
  };
}

function withoutQuestions(playbook: Playbook, answered: ReadonlySet<string>): Playbook {
  const isAnswered = (variable: Playbook["variables"][number]): boolean =>
    variable.required && variable.source === "vars_prompt" && answered.has(variable.name);
  if (!playbook.variables.some(isAnswered)) return playbook;
  return {
    ...playbook,
    variables: playbook.variables.map((variable) => (isAnswered(variable) ? { ...variable, required: false } : variable)),
  };
}
