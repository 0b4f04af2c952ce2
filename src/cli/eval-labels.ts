import { z } from "zod";
import { readJsonLines } from "./eval-files.ts";
import { usageError } from "./parse-arguments.ts";

const labelSchema = z.object({
  /** Any of these playbooks is right; none when nothing in the catalog does what is asked. */
  gold: z.array(z.string()),
  params: z.record(z.string(), z.unknown()).default({}),
  hosts: z.array(z.string()).optional(),
  /** Several playbooks fit: to be asked about, not accepted. */
  clarify: z.boolean().default(false),
});

const labelledRequestSchema = z.object({
  id: z.string(),
  kind: z.string().default("request"),
  steps: z.array(labelSchema).optional(),
  forbid: z
    .object({
      playbooks: z.array(z.string()).default([]),
      params: z.array(z.string()).default([]),
      values: z.array(z.string()).default([]),
    })
    .optional(),
});

export type Label = z.infer<typeof labelSchema>;
export type LabelledRequest = z.infer<typeof labelledRequestSchema> & { readonly steps: readonly Label[] };

/** The labels of an evaluation set. Only the score sees them, never the mapping. */
export async function readLabels(file: string): Promise<LabelledRequest[]> {
  const requests = await readJsonLines(file, labelledRequestSchema);
  return requests.map((request) => {
    if (request.steps !== undefined) return { ...request, steps: request.steps };
    throw usageError(`--score needs labels, and request ${request.id} of ${file} has no "steps"`);
  });
}
