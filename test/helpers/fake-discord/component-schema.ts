import { z } from "zod";
import { custom } from "./check-form.ts";

/** Limits: docs.discord.com/developers/components/reference */

export const customId = z.string().min(1).max(100);
const emoji = z.looseObject({ id: z.string().nullish(), name: z.string().nullish() });
const id = z.int().min(0).optional();

const linkButton = z
  .looseObject({
    type: z.literal(2),
    id,
    style: z.literal(5),
    label: z.string().max(80).optional(),
    emoji: emoji.optional(),
    url: z.string().max(512),
  })
  .refine((button) => !("custom_id" in button), { error: "BUTTON_COMPONENT_INVALID|A custom id and url cannot both be specified" });
const actionButton = z
  .looseObject({
    type: z.literal(2),
    id,
    style: z.literal([1, 2, 3, 4]),
    label: z.string().max(80).optional(),
    emoji: emoji.optional(),
    custom_id: customId,
    disabled: z.boolean().optional(),
  })
  .refine((button) => !("url" in button), { error: "BUTTON_COMPONENT_INVALID|A custom id and url cannot both be specified" })
  .refine((button) => (button.label ?? "") !== "" || button.emoji !== undefined, {
    error: "BUTTON_COMPONENT_INVALID|A button must have a label or an emoji",
  });
const button = z.discriminatedUnion("style", [linkButton, actionButton]);

const selectOption = z.looseObject({
  label: z.string().min(1).max(100),
  value: z.string().min(1).max(100),
  description: z.string().max(100).nullish(),
  emoji: emoji.optional(),
  default: z.boolean().optional(),
});
const selectBase = {
  id,
  custom_id: customId,
  placeholder: z.string().max(150).nullish(),
  min_values: z.int().min(0).max(25).optional(),
  max_values: z.int().min(1).max(25).optional(),
  disabled: z.boolean().optional(),
  required: z.boolean().optional(),
};
export const stringSelect = z
  .looseObject({ type: z.literal(3), ...selectBase, options: z.array(selectOption).min(1).max(25) })
  .superRefine((select, context) => {
    const values = select.options.map((option) => option.value);
    const twice = values.findIndex((value, index) => values.indexOf(value) !== index);
    if (twice >= 0) {
      context.addIssue(
        custom("SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used", ["options", twice, "value"]),
      );
    }
    if ((select.max_values ?? 1) > select.options.length) {
      context.addIssue(custom("SELECT_COMPONENT_MAX_VALUES_TOO_LARGE", "max_values is greater than the number of options", ["max_values"]));
    }
  });
export const entitySelect = z.looseObject({ type: z.literal([5, 6, 7, 8]), ...selectBase });

const actionRow = z
  .looseObject({
    type: z.literal(1),
    id,
    components: z
      .array(z.discriminatedUnion("type", [button, stringSelect, entitySelect]))
      .min(1)
      .max(5),
  })
  .refine((row) => row.components.length === 1 || row.components.every((component) => component.type === 2), {
    error: "COMPONENT_LAYOUT_WIDTH_EXCEEDED|The specified component exceeds the maximum width",
  });

const media = z.looseObject({ url: z.string().max(2048) });
export const textDisplay = z.looseObject({ type: z.literal(10), id, content: z.string().min(1).max(4000) });
const thumbnail = z.looseObject({ type: z.literal(11), id, media, description: z.string().max(1024).nullish() });
const section = z.looseObject({
  type: z.literal(9),
  id,
  components: z.array(textDisplay).min(1).max(3),
  accessory: z.discriminatedUnion("type", [button, thumbnail]),
});
const gallery = z.looseObject({
  type: z.literal(12),
  id,
  items: z
    .array(z.looseObject({ media, description: z.string().max(1024).nullish() }))
    .min(1)
    .max(10),
});
const file = z.looseObject({ type: z.literal(13), id, file: media });
const separator = z.looseObject({ type: z.literal(14), id, divider: z.boolean().optional(), spacing: z.literal([1, 2]).optional() });
const inContainer = z.discriminatedUnion("type", [actionRow, section, textDisplay, gallery, file, separator]);
const container = z.looseObject({
  type: z.literal(17),
  id,
  accent_color: z.int().min(0).max(0xffffff).nullish(),
  components: z.array(inContainer).min(1),
});

/** Without the flag `IsComponentsV2`: rows only, at most five. */
export const legacyComponents = z.array(actionRow).max(5).superRefine(customIdsOnce);

/** With the flag: 40 components counting nested ones, 4,000 characters of text in all. */
export const componentsV2 = z
  .array(z.discriminatedUnion("type", [actionRow, section, textDisplay, gallery, file, separator, container]))
  .min(1)
  .superRefine((components, context) => {
    customIdsOnce(components, context);
    const all = flatten(components);
    if (all.length > 40) context.addIssue(custom("BASE_TYPE_BAD_LENGTH", "Must be between 1 and 40 in length."));
    const length = all.reduce((sum, component) => sum + (component["type"] === 10 ? String(component["content"]).length : 0), 0);
    if (length > 4000) context.addIssue(custom("COMPONENT_MAX_TEXT_LENGTH", "The displayable text may be 4000 characters in all"));
  });

export type Component = Record<string, unknown>;

/** Every component, at any depth, in reading order. */
export function flatten(components: readonly unknown[]): Component[] {
  return components.flatMap((value) => {
    const component = value as Component;
    const inner = [component["components"], component["accessory"], component["component"]].flat().filter((each) => each !== undefined);
    return [component, ...flatten(inner)];
  });
}

function customIdsOnce(components: readonly unknown[], context: z.core.$RefinementCtx): void {
  const seen = new Set<unknown>();
  for (const component of flatten(components)) {
    const used = component["custom_id"];
    if (used === undefined) continue;
    if (seen.has(used)) context.addIssue(custom("COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"));
    seen.add(used);
  }
}
