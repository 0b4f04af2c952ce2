import { z } from "zod";
import { custom } from "./check-form.ts";
import { customId, entitySelect, flatten, stringSelect, textDisplay } from "./component-schema.ts";

/** Limits: docs.discord.com/developers/components/reference (text input, label) */

const textInput = z.looseObject({
  type: z.literal(4),
  custom_id: customId,
  style: z.literal([1, 2]),
  min_length: z.int().min(0).max(4000).optional(),
  max_length: z.int().min(1).max(4000).optional(),
  required: z.boolean().optional(),
  value: z.string().max(4000).nullish(),
  placeholder: z.string().max(100).nullish(),
});
const inRow = textInput.extend({ label: z.string().min(1).max(45) });
const choice = z.looseObject({
  label: z.string().min(1).max(100),
  value: z.string().min(1).max(100),
  description: z.string().max(100).nullish(),
  default: z.boolean().optional(),
});
const inLabel = z.discriminatedUnion("type", [
  textInput,
  stringSelect,
  entitySelect,
  z.looseObject({ type: z.literal(19), custom_id: customId }),
  z.looseObject({ type: z.literal(21), custom_id: customId, options: z.array(choice).min(2).max(10) }),
  z.looseObject({ type: z.literal(22), custom_id: customId, options: z.array(choice).min(1).max(10) }),
  z.looseObject({ type: z.literal(23), custom_id: customId }),
]);

export const modalForm = z
  .looseObject({
    custom_id: customId,
    title: z.string().min(1).max(45),
    components: z
      .array(
        z.discriminatedUnion("type", [
          z.looseObject({ type: z.literal(1), components: z.array(inRow).min(1).max(1) }),
          z.looseObject({
            type: z.literal(18),
            label: z.string().min(1).max(45),
            description: z.string().max(100).nullish(),
            component: inLabel,
          }),
          textDisplay,
        ]),
      )
      .min(1)
      .max(5),
  })
  .superRefine((modal, context) => {
    const ids = flatten(modal.components).flatMap((component) => (component["custom_id"] === undefined ? [] : [component["custom_id"]]));
    if (new Set(ids).size < ids.length) {
      context.addIssue(custom("COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated", ["components"]));
    }
    for (const input of flatten(modal.components)) {
      if (input["type"] !== 4) continue;
      const [least, most] = [Number(input["min_length"] ?? 0), Number(input["max_length"] ?? 4000)];
      if (least > most) context.addIssue(custom("TEXT_INPUT_LENGTH", "min_length is greater than max_length", ["components"]));
      // The client refuses to open a modal whose prefilled value is too long.
      if (typeof input["value"] === "string" && input["value"].length > most) {
        context.addIssue(custom("BASE_TYPE_MAX_LENGTH", `Must be ${most} or fewer in length.`, ["components"]));
      }
    }
  });
export type ModalForm = z.output<typeof modalForm>;
