import { z } from "zod";

/**
 * One line of the spool file, as the callback plugin (ansible/callback_plugins/chiffon_events.py) writes it.
 * Secrets are masked before they get here. Lone surrogates of invalid UTF-8 arrive as U+FFFD.
 */
/** `at`: milliseconds since 1970. */
const base = { at: z.number() };
const counts = z.record(z.string(), z.number().int());
export const ansibleEventSchema = z.discriminatedUnion("kind", [
  z.object({ ...base, kind: z.literal("playbook_start"), playbook: z.string() }),
  z.object({ ...base, kind: z.literal("play_start"), play: z.string(), hosts: z.array(z.string()) }),
  z.object({ ...base, kind: z.literal("no_hosts"), play: z.string() }),
  z.object({
    ...base,
    kind: z.literal("task_start"),
    taskId: z.string(),
    task: z.string(),
    action: z.string(),
    path: z.string().nullable(),
    handler: z.boolean(),
  }),
  z.object({
    ...base,
    /** `rescued` and `ignored` tell which failures did not count. */
    kind: z.literal("result"),
    status: z.enum(["ok", "changed", "failed", "skipped", "unreachable"]),
    host: z.string(),
    delegatedTo: z.string().nullable(),
    taskId: z.string(),
    task: z.string(),
    path: z.string().nullable(),
    rescued: z.boolean(),
    ignored: z.boolean(),
    /** Message of a failure or skip, or what a debug task said; shortened; null where there is none or `no_log` hides it. */
    message: z.string().nullable(),
    /** In check mode with --diff. */
    diff: z.string().nullable(),
    items: z.number().int().nullable(),
    durationMs: z.number().nullable(),
  }),
  z.object({
    ...base,
    kind: z.literal("item"),
    status: z.enum(["ok", "changed", "failed", "skipped"]),
    host: z.string(),
    taskId: z.string(),
    item: z.string(),
    message: z.string().nullable(),
  }),
  z.object({
    ...base,
    kind: z.literal("retry"),
    host: z.string(),
    taskId: z.string(),
    attempts: z.number().int(),
    retries: z.number().int(),
  }),
  /** In check mode: this task stands on what check mode did not do; a handler by its name. */
  z.object({ ...base, kind: z.literal("unpredictable"), host: z.string(), task: z.string() }),
  z.object({ ...base, kind: z.literal("warning"), message: z.string() }),
  z.object({ ...base, kind: z.literal("stats"), hosts: z.record(z.string(), counts) }),
]);
export type AnsibleEvent = z.infer<typeof ansibleEventSchema>;
