import { z } from "zod";
import { decodeButton, encodeButton, readJson, type ButtonValue } from "./buttons.ts";
import { limits } from "./limits.ts";

/** Where a form came from, kept in the form itself: it is answered after a restart too. */
export interface AnswerTo {
  readonly conversation: string;
  readonly action: ButtonValue;
  /** Pressed on the person's own page, which is then shown anew. */
  readonly home?: true;
}

const schema = z.object({
  c: z.string(),
  a: z.string(),
  h: z.literal(1).optional(),
  k: z.array(z.array(z.unknown()).nullable()).optional(),
});

/** Undefined when it does not fit. The choices are dropped first: they are checked again where the values are used. */
export function encodeAnswerTo(
  { conversation, action, home }: AnswerTo,
  choices: readonly (readonly unknown[] | null)[],
): string | undefined {
  const plain = { c: conversation, a: encodeButton(action), ...(home === true ? { h: 1 } : {}) };
  const full = JSON.stringify(choices.some((one) => one !== null) ? { ...plain, k: choices } : plain);
  if (full.length <= limits.privateMetadata) return full;
  const short = JSON.stringify(plain);
  return short.length <= limits.privateMetadata ? short : undefined;
}

export function decodeAnswerTo(
  metadata: string,
): { readonly answerTo: AnswerTo; readonly choices: readonly (readonly unknown[] | null)[] } | undefined {
  const parsed = schema.safeParse(readJson(metadata));
  const action = parsed.success ? decodeButton(parsed.data.a) : undefined;
  if (!parsed.success || action === undefined) return undefined;
  const { c, h, k } = parsed.data;
  return { answerTo: { conversation: c, action, ...(h === 1 ? { home: true } : {}) }, choices: k ?? [] };
}
