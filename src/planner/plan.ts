import { z } from "zod";
import { mappingSchema } from "../mapping/mapping.ts";

const workTypes = [
  "run_playbook", "deploy_service", "discover_playbooks", "generate_template", "analyze_playbook", "run_recipe", "async_task",
] as const; // prettier-ignore
export const riskClasses = ["read", "change", "destructive"] as const;
export type RiskClass = (typeof riskClasses)[number];

/** A file of the sealed working tree. */
export const sealedFileSchema = z.object({ path: z.string(), hash: z.string(), size: z.number().int(), executable: z.boolean() });
export type SealedFile = z.infer<typeof sealedFileSchema>;

export const planStepSchema = z.object({
  order: z.number().int().positive(),
  workType: z.enum(workTypes),
  name: z.string(),
  /** Catalog id and path inside the snapshot. */
  playbook: z.string(),
  playbookPath: z.string(),
  /** Of the playbook and the roles it uses: what lint findings belong to. */
  contentHash: z.string(),
  /** By the playbook's own names; data, never templates. */
  variables: z.record(z.string(), z.unknown()),
  /** Inventory sources inside the snapshot. */
  inventory: z.array(z.string()),
  /** SHA-256 of `ansible-inventory --list` as it was seen. */
  inventoryHash: z.string(),
  /** Hosts it acts on, sorted, delegation included. */
  hosts: z.array(z.string()),
  /** For `--limit`: only hosts that its plays name. Null: the playbook's own hosts, which cannot all be told beforehand. */
  limit: z.array(z.string()).nullable(),
  /** Hosts that cannot be told beforehand: "may also act on". */
  mayAlsoActOn: z.array(z.string()),
  /** What really runs in check mode: tasks with `check_mode: false`, `pipe` and `url` lookups. */
  runsInCheckMode: z.array(z.string()),
  tags: z.array(z.string()),
  check: z.boolean(),
  timeLimitSeconds: z.number().int().positive(),
  dependsOn: z.array(z.number().int().positive()),
  risk: z.enum(riskClasses),
  /** Why the risk is what it is, one short sentence. */
  riskReason: z.string(),
  repeatSafe: z.boolean(),
  /** Exclusive holds while it runs: one a host (repo and name) and one a known address. Empty for read-only steps and previews. */
  lockKeys: z.array(z.string()),
  /** For the policy, as they were when the plan was sealed: its service, and which of `hosts` are in which group. Absent in plans of older versions. */
  service: z.string().nullable().optional(),
  groups: z.record(z.string(), z.array(z.string())).optional(),
});
export type PlanStep = z.infer<typeof planStepSchema>;

/** Everything that decides what happens. The digest of a plan version is SHA-256 over the canonical JSON of this. */
export const sealedPlanSchema = z.object({
  format: z.literal("chiffon-plan/1"),
  planId: z.string(),
  version: z.number().int().positive(),
  requestId: z.string(),
  /** `run` or `preview` (`--check --diff`). */
  purpose: z.enum(["run", "preview"]),
  steps: z.array(planStepSchema).min(1),
  snapshot: z.object({ hash: z.string(), files: z.array(sealedFileSchema) }),
  /** Some playbook imports others: then every playbook of the repo counts as used. */
  importsPlaybooks: z.boolean(),
  /** Variables Chiffon itself gives to every step, e.g. `chiffon_data_dir`. */
  givenVariables: z.record(z.string(), z.unknown()),
  /** Code used from outside the repo: roles, collections, whole plugin folders, and ansible's configuration where it is not the repo's. */
  outside: z.array(z.object({ kind: z.enum(["role", "collection", "config", "plugins"]), name: z.string(), hash: z.string() })),
  /** `ansible-config dump --only-changed`, without values of secret settings. */
  ansibleConfig: z.record(z.string(), z.unknown()),
  ansibleVersion: z.string(),
  /** Names only: `vault:default`, `become`, file names. */
  secretSources: z.array(z.string()),
});
export type SealedPlan = z.infer<typeof sealedPlanSchema>;

export const planVersionStates = [
  "drafting", "needs_input", "awaiting_approval", "approved", "rejected", "expired", "superseded", "stale", "withdrawn", "nothing_to_do",
] as const; // prettier-ignore
export type PlanVersionState = (typeof planVersionStates)[number];

/** A step as it was asked and mapped, before and beside the sealed one. */
export const draftStepSchema = z.object({
  order: z.number().int().positive(),
  name: z.string(),
  intent: z.string(),
  mapping: mappingSchema,
  variables: z.record(z.string(), z.unknown()),
  /** Host and group names as asked; empty: the playbook's own. `!name` excludes. */
  requestedHosts: z.array(z.string()),
  dependsOn: z.array(z.number().int().positive()),
});
export type DraftStep = z.infer<typeof draftStepSchema>;
