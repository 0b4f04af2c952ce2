import { z } from "zod";
import type { InventoryNames } from "../../mapping/inventory-names.ts";
import type { Playbook } from "../../mapping/playbook.ts";
import { stepLimit } from "../decomposition.ts";
import type { ReadForm } from "./model-form.ts";

const piece = z.string().max(500);

/** The form that a model fills in, for one request: only names that are offered fit into it. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- the type is what the schema says
export function replySchema(playbooks: readonly Playbook[], inventory: InventoryNames) {
  const ids = playbooks.map((playbook) => playbook.id);
  const names = [...new Set([...Object.keys(inventory.groups), ...inventory.hosts])];
  const place = z.enum(names);
  return z.strictObject({
    kind: z.enum(["work", "question", "small_talk", "refusal_to_act", "out_of_scope"]),
    steps: z
      .array(
        z.strictObject({
          words: z.array(piece.min(1)).min(1).max(8),
          about: piece.nullable(),
          playbook: ids.length === 0 ? z.null() : z.enum(ids).nullable(),
          hosts: z.array(place).max(50),
          not_hosts: z.array(place).max(50),
          values: z.array(z.strictObject({ variable: z.string().max(100), value: piece })).max(20),
          after: z.array(z.number().int().min(1).max(stepLimit)).max(stepLimit),
        }),
      )
      .max(stepLimit),
    unclear: z.array(piece).max(10),
  });
}

export type ModelReading = z.infer<ReturnType<typeof replySchema>>;
export type ModelStep = ModelReading["steps"][number];

/** Never mends a reply: it fits the form or it is refused. The problem holds none of the reply's words. */
export function readModelReply(text: string, schema: ReturnType<typeof replySchema>): ReadForm<ModelReading> {
  const read = parseReply(text, schema);
  if (read.kind === "refused") return read;
  const { steps } = read.value;
  const later = steps.findIndex((step, at) => step.after.some((order) => order === at + 1 || order > steps.length));
  return later >= 0 ? { kind: "refused", problem: `steps.${later + 1}.after: waits for a step that is not there` } : read;
}

/** Of any form. */
export function parseReply<T>(text: string, schema: z.ZodType<T>): ReadForm<T> {
  if (text.trim() === "") return { kind: "refused", problem: "the reply was empty" };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: "refused", problem: "the reply was not JSON" };
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = (issue?.path ?? []).map((part) => (typeof part === "number" ? part + 1 : String(part).slice(0, 20))).join(".");
    return { kind: "refused", problem: `${path === "" ? "the reply" : path}: ${problemOf(issue)}` };
  }
  return { kind: "read", value: parsed.data };
}

function problemOf(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case "invalid_value":
    case "invalid_union":
      return "a name that was not offered";
    case "unrecognized_keys":
      return "a field that the form does not have";
    case "too_big":
      return "too much";
    case "too_small":
      return "too little";
    default:
      return "not what the form asks for";
  }
}
