import { z } from "zod";

/** What a playbook does, as far as a request's verb is concerned. `run` when nothing tells. */
export const verbs = [
  "deploy", "configure", "update", "remove", "backup", "restore", "restart", "start", "stop", "check", "show",
  "move", "rollback", "renew", "add", "create", "rotate", "reboot", "clean", "run",
] as const; // prettier-ignore
export type Verb = (typeof verbs)[number];

export const variableSchema = z.object({
  name: z.string(),
  required: z.boolean(),
  /** Written as data; absent when there is none or it is a template. */
  default: z.unknown().optional(),
  type: z.enum(["str", "int", "float", "bool", "list", "dict", "path", "raw"]),
  choices: z.array(z.unknown()).optional(),
  description: z.string().optional(),
  /** `no_log` in the argument spec, `private` in vars_prompt, or a name that says so. Never asked for in chat. */
  secret: z.boolean(),
  source: z.enum(["argument_spec", "vars_prompt", "play_vars", "role_defaults", "use"]),
});
export type PlaybookVariable = z.infer<typeof variableSchema>;

export const playbookSchema = z.object({
  /** Stable within a catalog: the path without its extension, or the id given by a catalog file. */
  id: z.string(),
  /** Relative to the repo, with `/`. */
  path: z.string(),
  kind: z.enum(["playbook", "role"]),
  name: z.string(),
  service: z.string().nullable(),
  verb: z.enum(verbs),
  description: z.string(),
  variables: z.array(variableSchema),
  tags: z.array(z.string()),
  /** The `hosts` patterns of its plays, in order. */
  hosts: z.array(z.string()),
  playNames: z.array(z.string()),
  taskNames: z.array(z.string()),
  /** SHA-256 of the playbook's file and of the role files it uses. */
  contentHash: z.string(),
  /** `# chiffon:repeat=safe` stands in the playbook: it may be retried without asking. */
  repeatSafe: z.boolean(),
  /** A role (`kind: "role"`) runs through this playbook with these tags. */
  driver: z.object({ path: z.string(), tags: z.array(z.string()) }).optional(),
});
export type Playbook = z.infer<typeof playbookSchema>;

/** A file that looks like a playbook and cannot be used. */
export interface RejectedPlaybook {
  readonly path: string;
  readonly reason: string;
}

export interface PlaybookCatalog {
  readonly playbooks: readonly Playbook[];
  readonly rejected: readonly RejectedPlaybook[];
  /** SHA-256 over ids and content hashes: learning and indexes belong to it. */
  readonly contentHash: string;
}
