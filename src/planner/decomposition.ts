import { z } from "zod";
import { verbs } from "../mapping/playbook.ts";

/** Characters of a request's text: fewer is empty, more is refused (C20). */
export const requestTextLimit = 10_000;
export const stepLimit = 10;

export const requestedStepSchema = z.object({
  /** From 1, in the order in which they must run. */
  order: z.number().int().positive(),
  name: z.string(),
  /** The words of the request that this step is about, negations and host words removed. */
  intent: z.string(),
  verb: z.enum(verbs).nullable(),
  confidence: z.number().min(0).max(1),
  /** Values stated in the text; keys are the words of the text until the mapper gives them the playbook's variable names. */
  parameters: z.record(z.string(), z.unknown()),
  /** Known host and group names of the inventory; `!name` excludes. Empty: not said. */
  hosts: z.array(z.string()),
  /** Words that stand where a host would stand and that the inventory does not know. */
  unknownHosts: z.array(z.string()),
  /** Orders of the steps that must succeed first. */
  dependsOn: z.array(z.number().int().positive()),
  /** What a language model would take. It never decides: where the mapper is not certain, it comes first among what the person may pick. */
  proposed: z.object({ playbook: z.string(), values: z.record(z.string(), z.string()) }).optional(),
});
export type RequestedStep = z.infer<typeof requestedStepSchema>;

export const decompositionSchema = z.object({
  /** What the text is. Only `work` has steps. */
  kind: z.enum(["work", "question", "small_talk", "refusal_to_act", "out_of_scope"]),
  steps: z.array(requestedStepSchema).max(stepLimit),
  /** Parts that were not understood well enough: asked about, never guessed. */
  ambiguities: z.array(z.string()),
  outOfScope: z.array(z.string()),
  /** Only `--check` was asked for ("what would change if …", "dry run"). */
  previewOnly: z.boolean(),
  complexity: z.enum(["simple", "medium", "complex"]),
});
export type Decomposition = z.infer<typeof decompositionSchema>;
