import { z } from "zod";

/** The least confidence at which a playbook is taken without asking. Holds on every path. */
export const acceptThreshold = 0.85;

export const mappingCandidateSchema = z.object({ playbook: z.string(), name: z.string(), confidence: z.number().min(0).max(1) });
export type MappingCandidate = z.infer<typeof mappingCandidateSchema>;

export const mappingSchema = z.object({
  /** Playbook id when accepted (confidence >= threshold and no doubt), else null. */
  playbook: z.string().nullable(),
  /** Of the best guess, accepted or not. */
  confidence: z.number().min(0).max(1),
  method: z.enum(["exact", "learned", "semantic", "chosen", "none"]),
  /** Best first, at most three; the best guess is the first also when it is not accepted. */
  candidates: z.array(mappingCandidateSchema),
  /** One sentence for a person: what matched, and the runner-up. */
  why: z.string(),
  /** What to do when nothing was accepted. */
  suggestion: z.enum(["template", "search", "choose"]).nullable(),
});
export type Mapping = z.infer<typeof mappingSchema>;
