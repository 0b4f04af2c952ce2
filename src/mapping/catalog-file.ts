import { z } from "zod";
import { digestOf } from "../canonical-json.ts";
import { AppError, exitCodes } from "../errors.ts";
import { catalogOf } from "./catalog.ts";
import { isSecretName } from "./playbook-variables.ts";
import type { Playbook, PlaybookCatalog, PlaybookVariable, Verb } from "./playbook.ts";
import { partsOfName } from "./run-together.ts";
import { nameParts, wordsOf } from "./text.ts";
import { joinVerbs, verbOfNames, verbOfPlaybookText } from "./verb-words.ts";

const entrySchema = z.object({
  id: z.string().min(1),
  path: z.string().min(1),
  name: z.string(),
  service: z.string().nullish(),
  description: z.string().default(""),
  tags: z.array(z.string()).default([]),
  variables: z.array(z.string()).default([]),
  hosts: z.union([z.string(), z.array(z.string())]).default("all"),
});
type Entry = z.infer<typeof entrySchema>;

/** A catalog given as data instead of a repo: the format of an evaluation set's catalog.json. */
export function catalogFromFile(content: unknown): PlaybookCatalog {
  const parsed = z.array(entrySchema).safeParse(content);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new AppError(
      "catalog-file-invalid",
      `the catalog file is not as expected: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`,
      {
        help: "It is a JSON list of {id, path, name, service, description, tags, variables, hosts}.",
        exitCode: exitCodes.usage,
      },
    );
  }
  return catalogOf({ playbooks: parsed.data.map(playbookOf), rejected: [] });
}

function playbookOf(entry: Entry): Playbook {
  const isRole = /(?:^|\/)roles\//.test(entry.path);
  return {
    id: entry.id,
    path: entry.path,
    kind: isRole ? "role" : "playbook",
    name: entry.name,
    service: entry.service ?? null,
    verb: verbOfEntry(entry, isRole),
    description: entry.description,
    variables: entry.variables.map(variableOf),
    tags: entry.tags,
    hosts: typeof entry.hosts === "string" ? [entry.hosts] : entry.hosts,
    playNames: [],
    taskNames: [],
    contentHash: digestOf(entry),
    repeatSafe: false,
  };
}

function verbOfEntry(entry: Entry, isRole: boolean): Verb {
  const file = partsOfName((entry.path.split("/").at(-1) ?? "").replace(/\.ya?ml$/i, "")).join(" ");
  const own = verbOfNames(wordsOf(file), wordsOf(joinVerbs(entry.name))) ?? verbOfPlaybookText(wordsOf(joinVerbs(entry.name)));
  // A role is named after its service: verbs in its description say what the service does, not what the role does.
  if (isRole) return own ?? "deploy";
  const service = nameParts(entry.service ?? "").join(" ");
  return own ?? verbOfPlaybookText(wordsOf(joinVerbs(entry.description))) ?? (service !== "" && file === service ? "deploy" : "run");
}

/** Only the name is known; types are read off the usual endings of names. */
function variableOf(name: string): PlaybookVariable {
  const last = nameParts(name).at(-1) ?? "";
  const first = nameParts(name);
  const type = (): PlaybookVariable["type"] => {
    if (/^(?:port|uid|gid|minutes|seconds|days|serial)$/.test(last)) return "int";
    if (/^(?:enabled|externally|force|verify|annoy|nologon)$/.test(last)) return "bool";
    if (/^(?:directory|path|dir|root|folder|file)$/.test(last)) return "path";
    return "raw";
  };
  return { name, required: false, type: first.length === 0 ? "raw" : type(), secret: isSecretName(name), source: "use" };
}
