import { z } from "zod";
import { mappingCandidateSchema } from "../mapping/mapping.ts";
import { variableSchema } from "../mapping/playbook.ts";

/** What is missing before a plan version can be sealed: all of it, so that it is asked once. */
export const questionSchema = z.object({
  /** Steps for which no playbook was taken: pick one, or say it in other words. */
  unmapped: z.array(
    z.object({
      step: z.number().int(),
      name: z.string(),
      why: z.string(),
      candidates: z.array(mappingCandidateSchema),
      suggestion: z.enum(["template", "search", "choose"]).nullable(),
    }),
  ),
  /** Words that stand where a host would stand and that the inventory does not know, with the nearest names it does. */
  unknownHosts: z.array(
    // `playbook`: the inventory knows the word, but this playbook acts elsewhere; nearest is where.
    z.object({ step: z.number().int(), word: z.string(), nearest: z.array(z.string()), playbook: z.string().optional() }),
  ),
  /** Required variables without a value, and values that were refused. */
  missing: z.array(z.object({ step: z.number().int(), variable: variableSchema, problem: z.string().nullable() })),
  /** Parts of the text that were not understood well enough. */
  ambiguities: z.array(z.string()),
  /** Names of the inventory in the text that were not understood as a place, while the playbook would act elsewhere too. */
  unclearPlaces: z.array(z.object({ step: z.number().int(), word: z.string(), playbook: z.string(), hosts: z.number().int() })),
});
export type Question = z.infer<typeof questionSchema>;

export const emptyQuestion: Question = { unmapped: [], unknownHosts: [], missing: [], ambiguities: [], unclearPlaces: [] };

export function isEmptyQuestion(question: Question): boolean {
  return Object.values(question).every((part) => part.length === 0);
}

export function whyNowhere({ step, word, playbook }: Question["unknownHosts"][number]): string {
  return playbook === undefined ? `"${word}" is no host or group of the inventory` : `Step ${step}: "${playbook}" does not act on ${word}`;
}

/** The name of a missing variable in a form: `<step>.<variable>`. */
export function fieldName(step: number, variable: string): string {
  return `${step}.${variable}`;
}
