import { z } from "zod";

const executionEnvironmentSchema = z.strictObject({
  image: z.string().regex(/^[a-z0-9][\w./:@-]*$/i, "the name of a container image"),
  engine: z.enum(["podman", "docker"]).default("podman"),
  /** Options of the engine's `run`, one a word: `--network=host`. */
  options: z.array(z.string().startsWith("-")).default([]),
});
export type ExecutionEnvironment = z.infer<typeof executionEnvironmentSchema>;

/** `ansible:` in chiffon.yml: what starts `ansible-playbook`. The operator's word, no part of a plan. */
export const ansibleSettingsSchema = z
  .strictObject({
    back_end: z.enum(["ansible-playbook", "ansible-runner"]).default("ansible-playbook"),
    /** Runs of ansible-playbook are forked from a process that has ansible imported. */
    warm: z.boolean().optional(),
    /** A container in which ansible runs. */
    execution_environment: executionEnvironmentSchema.optional(),
  })
  .refine((settings) => settings.execution_environment === undefined || settings.back_end === "ansible-runner", {
    path: ["execution_environment"],
    message: "needs `back_end: ansible-runner`",
  });
export type AnsibleSettings = z.infer<typeof ansibleSettingsSchema>;
