import { z } from "zod";
import { custom } from "./check-form.ts";

/** Limits: docs.discord.com/developers/interactions/application-commands */

const name = z
  .string()
  .regex(/^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u)
  .refine((value) => value === value.toLowerCase(), { error: "STRING_TYPE_REGEX|String value did not match validation regex." });
const description = z.string().min(1).max(100);
const choice = z.looseObject({ name: z.string().min(1).max(100), value: z.union([z.string().min(1).max(100), z.number()]) });

export interface CommandOption {
  readonly type: number;
  readonly name: string;
  readonly description: string;
  readonly required?: boolean | undefined;
  readonly autocomplete?: boolean | undefined;
  readonly min_length?: number | undefined;
  readonly max_length?: number | undefined;
  readonly min_value?: number | undefined;
  readonly max_value?: number | undefined;
  readonly choices?: readonly z.output<typeof choice>[] | undefined;
  readonly options?: readonly CommandOption[] | undefined;
}

const option: z.ZodType<CommandOption> = z
  .looseObject({
    type: z.int().min(1).max(11),
    name,
    description,
    required: z.boolean().optional(),
    autocomplete: z.boolean().optional(),
    choices: z.array(choice).max(25).optional(),
    min_length: z.int().min(0).max(6000).optional(),
    max_length: z.int().min(1).max(6000).optional(),
    min_value: z.number().optional(),
    max_value: z.number().optional(),
    get options(): z.ZodOptional<z.ZodArray<z.ZodType<CommandOption>>> {
      return z.array(option).max(25).optional();
    },
  })
  .superRefine((each, context) => {
    if (each.autocomplete === true && (each.choices?.length ?? 0) > 0) {
      context.addIssue(
        custom("APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", "Choices and autocomplete cannot both be set", ["choices"]),
      );
    }
    if (each.options !== undefined && each.type > 2) {
      context.addIssue(custom("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Only subcommands and groups have options", ["options"]));
    }
    checkOrder(each.options ?? [], context);
  });

export const commandForm = z
  .looseObject({
    type: z.literal(1).optional(),
    name,
    description,
    options: z.array(option).max(25).optional(),
    default_member_permissions: z.string().nullish(),
    contexts: z.array(z.literal([0, 1, 2])).nullish(),
  })
  .superRefine((command, context) => {
    checkOrder(command.options ?? [], context);
    if (textLength(command) > 8000) context.addIssue(custom("APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)"));
  });
export type CommandForm = z.output<typeof commandForm>;

export const commandList = z
  .array(commandForm)
  .max(100)
  .superRefine((commands, context) => {
    const twice = commands.findIndex((each, index) => commands.findIndex((other) => other.name === each.name) !== index);
    if (twice >= 0)
      context.addIssue(custom("APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique", [twice, "name"]));
  });

export const autocompleteAnswer = z.looseObject({ choices: z.array(choice).max(25) });

function checkOrder(options: readonly CommandOption[], context: z.core.$RefinementCtx): void {
  const firstOptional = options.findIndex((each) => each.required !== true);
  const late = options.findIndex((each, index) => each.required === true && firstOptional >= 0 && index > firstOptional);
  if (late >= 0) {
    context.addIssue(
      custom("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options", [
        "options",
        late,
      ]),
    );
  }
  const names = options.map((each) => each.name);
  if (new Set(names).size < names.length) {
    context.addIssue(custom("APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists", ["options"]));
  }
}

function textLength(part: {
  name: string;
  description: string;
  choices?: unknown;
  options?: readonly CommandOption[] | undefined;
}): number {
  const choices = Array.isArray(part.choices) ? (part.choices as z.output<typeof choice>[]) : [];
  const own = part.name.length + part.description.length;
  const inChoices = choices.reduce((sum, each) => sum + each.name.length + (typeof each.value === "string" ? each.value.length : 0), 0);
  return own + inChoices + (part.options ?? []).reduce((sum, each) => sum + textLength(each), 0);
}
