import { unreachable } from "../../errors.ts";
import type { Playbook } from "../../mapping/playbook.ts";
import { leftUnsaid } from "./change-coverage.ts";
import { groundsOf, type Grounds } from "./change-grounds.ts";
import { hostsCarried, newStepCarried, omissionCarried, orderCarried, valueCarried, type Carried } from "./change-kinds.ts";
import type { ChangeReading, ModelChange } from "./change-reply.ts";
import type { ReadForm } from "../model/model-form.ts";
import type { Change, ModificationContext, Reading } from "./modification-change.ts";
import { replyWords } from "./reply-words.ts";
import { placeOf } from "../sentence/said-words.ts";

export interface GroundChangesInput {
  readonly text: string;
  readonly reading: ChangeReading;
  readonly context: ModificationContext;
  readonly playbooks: readonly Playbook[];
}

/**
 * Takes a model's reading of a reply only as a whole: each change, host, step and value stands in the person's words, what is denied is never
 * done, and nothing that the words name is left over. The problem is in our own words: it is sent back to the model, once.
 */
export async function groundChanges({ text, reading, context, playbooks }: GroundChangesInput): Promise<ReadForm<Reading>> {
  if (reading.kind === "something_else" || reading.changes.length === 0) return { kind: "read", value: { kind: "none" } };
  const reply = replyWords(text);
  if (reading.unclear.some((piece) => placeOf(reply.words, piece) !== undefined)) return { kind: "read", value: { kind: "none" } };
  const changes: Change[] = [];
  const grounds: Grounds[] = [];
  for (const [at, model] of reading.changes.entries()) {
    const ground = groundsOf(model, reply);
    if (ground === undefined) return refused(`changes.${at + 1}.words: not in the reply`);
    const carried = await carry(model, ground, context, playbooks);
    if (carried.kind === "uncarried") return refused(`changes.${at + 1}.${carried.field}: the words of the reply do not say this`);
    if (carried.kind !== "changes") return { kind: "read", value: carried };
    changes.push(...carried.changes);
    grounds.push(ground);
  }
  const left = leftUnsaid(reply, grounds, context);
  return left === undefined ? { kind: "read", value: { kind: "changes", changes } } : refused(left);
}

function carry(
  model: ModelChange,
  ground: Grounds,
  context: ModificationContext,
  playbooks: readonly Playbook[],
): Carried | Promise<Carried> {
  switch (model.do) {
    case "only_on":
    case "also_on":
    case "not_on":
      return hostsCarried(model, ground, context);
    case "set":
      return valueCarried(model, ground, context);
    case "leave_out":
      return omissionCarried(model, ground, context);
    case "order":
      return orderCarried(model, ground, context);
    case "add":
    case "instead":
      return newStepCarried(model, ground, context, playbooks);
    default:
      return unreachable(model);
  }
}

const refused = (problem: string): ReadForm<Reading> => ({ kind: "refused", problem });
