import { readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogFromFile } from "../src/mapping/catalog-file.ts";
import type { PlaybookCatalog } from "../src/mapping/playbook.ts";

export interface TrainingRequest {
  /** None: nothing in the catalog does it. Several: a person must choose. */
  readonly right: readonly string[];
  readonly text: string;
}

/** Playbooks and requests of our own, of which no evaluation set knows. */
export function readTrainingSet(): { readonly catalog: PlaybookCatalog; readonly requests: readonly TrainingRequest[] } {
  const entries = lines("catalog.txt").map((line) => {
    const [id = "", name = "", service = "", description = "", variables = ""] = fields(line);
    const isRole = service !== "" && variables.includes(id.replaceAll("-", "_").split("_")[0] ?? "");
    return {
      id,
      path: isRole ? `roles/${id}` : `playbooks/${id}.yml`,
      name,
      service: service === "" ? null : service,
      description,
      variables: variables.split(" "),
    };
  });
  const requests = lines("requests.txt").map((line) => {
    const [right = "", text = ""] = fields(line);
    return { right: right === "" ? [] : right.split(","), text };
  });
  const known = new Set(entries.map((entry) => entry.id));
  for (const request of requests)
    for (const id of request.right) if (!known.has(id)) throw new Error(`requests.txt names the unknown playbook ${id}`);
  return { catalog: catalogFromFile(entries), requests };
}

const fields = (line: string): string[] => line.split("|").map((part) => part.trim());

function lines(file: string): string[] {
  return readFileSync(join(import.meta.dirname, "data", file), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
}
