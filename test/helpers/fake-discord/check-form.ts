import type { z } from "zod";
import { type FormIssue, invalidForm } from "./rest-error.ts";

/** Reads a form as the platform does: what breaks a limit becomes 50035 with the platform's own words. */
export function checkForm<Schema extends z.ZodType>(schema: Schema, form: unknown): z.output<Schema> {
  const result = schema.safeParse(form);
  if (result.success) return result.data;
  throw invalidForm(result.error.issues.map((issue) => toFormIssue(issue)));
}

/** For rules over several fields: `context.addIssue(custom("MAX_EMBED_SIZE_EXCEEDED", "..."))`. */
export function custom(
  code: string,
  message: string,
  path: (string | number)[] = [],
): { code: "custom"; message: string; path: (string | number)[] } {
  return { code: "custom", message: `${code}|${message}`, path };
}

function toFormIssue(issue: z.core.$ZodIssue): FormIssue {
  const { path } = issue;
  switch (issue.code) {
    case "too_big":
      return { path, code: "BASE_TYPE_MAX_LENGTH", message: `Must be ${Number(issue.maximum)} or fewer in length.` };
    case "too_small":
      return { path, code: "BASE_TYPE_MIN_LENGTH", message: `Must be ${Number(issue.minimum)} or more in length.` };
    case "invalid_type":
      return issue.input === undefined
        ? { path, code: "BASE_TYPE_REQUIRED", message: "This field is required" }
        : { path, code: "MODEL_TYPE_CONVERT", message: `Could not interpret the value as ${issue.expected}.` };
    case "invalid_format":
      return { path, code: "STRING_TYPE_REGEX", message: "String value did not match validation regex." };
    case "custom": {
      const [code = "", message = ""] = issue.message.split("|");
      return { path, code, message };
    }
    case "invalid_value":
    case "invalid_union":
    default:
      return { path, code: "BASE_TYPE_CHOICES", message: `Not one of the values that are allowed here (${issue.message}).` };
  }
}
