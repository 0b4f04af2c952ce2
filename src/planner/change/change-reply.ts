import { z } from "zod";
import type { Playbook } from "../../mapping/playbook.ts";
import type { ModificationContext } from "./modification-change.ts";
import { offeredVariables } from "../model/model-prompt.ts";

const piece = z.string().max(500);

/** The form for a reply to a plan that waits: the operations of `modification-change.ts`, over names that code offers. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- the type is what the schema says
export function changeReplySchema({ steps, inventory }: ModificationContext, playbooks: readonly Playbook[]) {
  const step = z.literal(steps.map(({ draft }) => draft.order));
  const someSteps = z.array(step).max(steps.length);
  const place = z.enum([...new Set([...Object.keys(inventory.groups), ...inventory.hosts])]);
  const variables = variablesOf(steps);
  const words = z.array(piece.min(1)).min(1).max(8);
  const playbook = playbooks.length === 0 ? z.null() : z.enum(playbooks.map((one) => one.id)).nullable();
  return z.strictObject({
    kind: z.enum(["change", "something_else"]),
    changes: z
      .array(
        z.discriminatedUnion("do", [
          z.strictObject({ do: z.enum(["only_on", "also_on", "not_on"]), steps: someSteps, hosts: z.array(place).min(1).max(50), words }),
          z.strictObject({
            do: z.literal("set"),
            step: step.nullable(),
            // A plan without variables: no name fits.
            variable: z.enum(variables.length === 0 ? ["no_variable"] : variables),
            value: piece.min(1),
            words,
          }),
          z.strictObject({ do: z.literal("leave_out"), steps: someSteps.min(1), words }),
          z.strictObject({ do: z.literal("order"), steps: someSteps.min(1), words }),
          z.strictObject({ do: z.literal("add"), place: z.enum(["first", "last"]), playbook, words }),
          z.strictObject({ do: z.literal("instead"), steps: someSteps, playbook, words }),
        ]),
      )
      .max(8),
    unclear: z.array(piece).max(10),
  });
}

export type ChangeReading = z.infer<ReturnType<typeof changeReplySchema>>;
export type ModelChange = ChangeReading["changes"][number];

function variablesOf(steps: ModificationContext["steps"]): string[] {
  return [...new Set(steps.flatMap(({ playbook }) => (playbook === undefined ? [] : offeredVariables(playbook))))];
}
