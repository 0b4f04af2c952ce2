import type { Embedder } from "../../mapping/embedder.ts";
import type { PlaybookIndex } from "../../mapping/playbook-index.ts";
import type { Playbook, PlaybookCatalog } from "../../mapping/playbook.ts";
import type { TaskMapper } from "../../mapping/task-mapper.ts";
import type { Decomposition } from "../decomposition.ts";

export interface OfferedPlaybooksDeps {
  readonly mapper: TaskMapper;
  readonly index: PlaybookIndex;
  readonly embedder: Embedder;
}

/** As many as a small model keeps apart. */
const mostOffered = 30;

/** The playbooks that a model may name for a request, best first: what the mapper finds for each step, and what is near in meaning. */
export async function offeredPlaybooks(
  deps: OfferedPlaybooksDeps,
  text: string,
  byRules: Decomposition,
  catalog: PlaybookCatalog,
): Promise<readonly Playbook[]> {
  const ids = new Set<string>();
  for (const step of byRules.steps) for (const candidate of (await deps.mapper.map(step, catalog)).candidates) ids.add(candidate.playbook);
  if (catalog.playbooks.length <= mostOffered) for (const playbook of catalog.playbooks) ids.add(playbook.id);
  else {
    await deps.index.update(catalog);
    const [vector] = await deps.embedder.embed([text.slice(0, 1_000)]);
    if (vector !== undefined) for (const hit of await deps.index.search(vector, mostOffered)) ids.add(hit.playbook);
  }
  const byId = new Map(catalog.playbooks.map((playbook) => [playbook.id, playbook]));
  return [...ids].slice(0, mostOffered).flatMap((id) => byId.get(id) ?? []);
}
