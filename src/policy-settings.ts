import { z } from "zod";

/**
 * The `policy` of `chiffon.yml`: who may do what. docs/policy.md explains it. Here are its shape and what the shape cannot say; how it is
 * judged is in `policy/`.
 */
const policyActions = ["request", "preview", "approve", "cancel", "admin"] as const;
/** Every member of a platform that is connected; only for `request`. */
export const anyone = "anyone";

/** A value or a list of them; always a list afterwards. */
const oneOrMany = <T extends string>(schema: z.ZodType<T>, what: string) =>
  z
    .union(
      [schema, z.array(schema).min(1, "an empty list matches nothing; leave the key out for all")],
      `${what}, or a list of them; leave the key out for all`,
    )
    .transform((value) => [value].flat() as T[]);

const name = z
  .string("a name")
  .min(1)
  .max(100)
  .regex(/^[^\s:,][^:,]*$/, "a name without colons and commas");
const account = z
  .string("an account")
  .regex(
    /^(?:local|[a-z][a-z0-9-]*:[^\s:]+:[^\s:]+)$/,
    "an account is local, slack:<workspace id>:<user id> or discord:<server id>:<user id>",
  );
const hostOrGroup = z.string("a host or group of the inventory").min(1);

const matchSchema = z.strictObject({
  action: oneOrMany(z.enum(policyActions), "request, preview, approve, cancel or admin").optional(),
  risk: oneOrMany(z.enum(["read", "change", "destructive"]), "read, change or destructive").optional(),
  playbook: oneOrMany(z.string().min(1), "a playbook's path (* stands for anything)").optional(),
  service: oneOrMany(z.string().min(1), "a service's name (* stands for anything)").optional(),
  hosts: oneOrMany(hostOrGroup, "a host or group of the inventory").optional(),
});

const people = z.array(name);
const allowSchema = z
  .strictObject({
    any_of: people.optional(),
    all_of: people.optional(),
    any_of_count: z.strictObject({ count: z.number().int().min(1).max(20), of: people }).optional(),
  })
  .refine((allow) => Object.values(allow).filter((one) => one !== undefined).length === 1, "give one of any_of, all_of and any_of_count");

const ruleSchema = z.strictObject({
  match: matchSchema.default({}),
  allow: allowSchema,
  four_eyes: z.boolean().default(false),
  expires: z
    .string("how long, like 30m, 2h or 1d")
    .regex(/^[1-9]\d{0,4}[mhd]$/, "how long, like 30m, 2h or 1d")
    .transform((text) => Number.parseInt(text, 10) * { m: 1, h: 60, d: 1440 }[text.at(-1) as "m" | "h" | "d"])
    .refine((minutes) => minutes <= 43_200, "at most 30 days")
    .optional(),
  confirm: z.union([z.literal(false), z.string().regex(/^[\p{L}\p{N}_-]{2,40}$/u, "a word to type (no spaces), or false for no typing")], "a word to type (no spaces), or false for no typing").optional(), // prettier-ignore
});

const standingSchema = z.strictObject({
  digest: z.string().regex(/^[0-9a-f]{64}$/, "the work digest: 64 hexadecimal digits that `chiffon plan` shows"),
  hosts: z.array(hostOrGroup).min(1, "the exact list of hosts"),
  owner: name,
  until: z
    .string("a day like 2027-01-31, or a time like 2027-01-31T18:00:00Z")
    .regex(
      /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/,
      "a day like 2027-01-31, or a time like 2027-01-31T18:00:00Z",
    )
    .refine((text) => isDay(text), "there is no such day or time"),
  destructive: z.boolean().default(false),
});

export const policySettingsSchema = z.strictObject({
  people: z.array(z.strictObject({ name, accounts: z.array(account) })).default([]),
  groups: z
    .array(
      z.strictObject({
        name,
        members: people.default([]),
        slackUserGroup: z.string().regex(/^slack:[^\s:]+:[^\s:]+$/, "slack:<workspace id>:<user group id>").optional(), // prettier-ignore
        discordRole: z.string().regex(/^discord:[^\s:]+:[^\s:]+$/, "discord:<server id>:<role id>").optional(), // prettier-ignore
      }),
    )
    .default([]),
  rules: z.array(ruleSchema).default([]),
  standing: z.array(standingSchema).default([]),
});
export type PolicySettings = z.infer<typeof policySettingsSchema>;
export type PolicyRule = PolicySettings["rules"][number];
export type StandingApproval = PolicySettings["standing"][number];

function isDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split("-").map(Number);
  const made = new Date(Date.UTC(year, month - 1, day));
  return made.getUTCMonth() === month - 1 && made.getUTCDate() === day && !Number.isNaN(Date.parse(text));
}
