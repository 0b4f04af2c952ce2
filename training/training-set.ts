import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogFromFile } from "../src/mapping/catalog-file.ts";
import type { PlaybookCatalog } from "../src/mapping/playbook.ts";

/** Playbooks of one kind of house and what people there ask, of which no evaluation set knows. */
export interface TrainingWorld {
  readonly name: string;
  readonly catalog: PlaybookCatalog;
  readonly requests: readonly TrainingRequest[];
}

interface TrainingRequest {
  /** None: nothing in the catalog does it. Several: a person must choose. */
  readonly right: readonly string[];
  readonly text: string;
}

const folder = join(import.meta.dirname, "data", "worlds");

/**
 * A file a world: playbooks (id | name | service, empty when there is none | description | variables), a line `- requests`, and requests
 * (right playbooks, empty when there is none, several when a person must choose | text).
 */
export function readTrainingWorlds(): readonly TrainingWorld[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".txt"))
    .sort()
    .map((file) => readWorld(file));
}

function readWorld(file: string): TrainingWorld {
  const lines = readFileSync(join(folder, file), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const middle = lines.findIndex((line) => line.startsWith("- requests"));
  const entries = lines.slice(0, middle).map((line) => {
    const [id = "", name = "", service = "", description = "", variables = ""] = fields(line);
    // A role's variables begin with what its service is called.
    const prefix = variables.split("_", 1)[0] ?? "";
    const isRole = service !== "" && prefix !== "" && keyOf(service).includes(prefix);
    return {
      id,
      path: isRole ? `roles/${id}` : `playbooks/${id}.yml`,
      name,
      service: service === "" ? null : service,
      description,
      variables: variables.split(" ").filter((variable) => variable !== ""),
    };
  });
  const requests = lines.slice(middle + 1).map((line) => {
    const [right = "", text = ""] = fields(line);
    return { right: right === "" ? [] : right.split(","), text };
  });
  const known = new Set(entries.map((entry) => entry.id));
  for (const request of requests)
    for (const id of request.right) if (!known.has(id)) throw new Error(`${file} names the unknown playbook ${id}`);
  return { name: file.replace(/\.txt$/, ""), catalog: catalogFromFile(entries), requests };
}

const keyOf = (service: string): string => service.replaceAll(/[^a-z0-9]/g, "");

const fields = (line: string): string[] => line.split("|").map((part) => part.trim());
