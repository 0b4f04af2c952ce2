import { z } from "zod";
import { custom } from "./check-form.ts";
import { componentsV2, legacyComponents } from "./component-schema.ts";

/** Limits: docs.discord.com/developers/resources/message */

export const flag = { suppressEmbeds: 4, hasThread: 32, ephemeral: 64, loading: 128, componentsV2: 32_768 } as const;

const text = (most: number) => z.string().max(most).nullish();
const embed = z.looseObject({
  title: text(256),
  description: text(4096),
  url: text(2048),
  color: z.int().min(0).max(0xffffff).nullish(),
  timestamp: z.string().nullish(),
  footer: z.looseObject({ text: z.string().max(2048) }).nullish(),
  author: z.looseObject({ name: z.string().max(256) }).nullish(),
  fields: z
    .array(
      z.looseObject({ name: z.string().trim().min(1).max(256), value: z.string().trim().min(1).max(1024), inline: z.boolean().optional() }),
    )
    .max(25)
    .nullish(),
});
export type Embed = z.output<typeof embed>;

const embeds = z
  .array(embed)
  .max(10)
  .superRefine((all, context) => {
    const total = all.reduce((sum, each) => sum + embedLength(each), 0);
    if (total > 6000) context.addIssue(custom("MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000"));
  });

const allowedMentions = z
  .looseObject({
    parse: z.array(z.literal(["users", "roles", "everyone"])).optional(),
    users: z.array(z.string()).max(100).optional(),
    roles: z.array(z.string()).max(100).optional(),
    replied_user: z.boolean().optional(),
  })
  .superRefine((mentions, context) => {
    for (const kind of ["users", "roles"] as const) {
      if (mentions.parse?.includes(kind) === true && (mentions[kind]?.length ?? 0) > 0) {
        context.addIssue(
          custom("MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`),
        );
      }
    }
  });
export type AllowedMentions = z.output<typeof allowedMentions>;

const base = {
  content: text(2000),
  embeds: embeds.nullish(),
  flags: z.int().min(0).nullish(),
  allowed_mentions: allowedMentions.nullish(),
  attachments: z
    .array(z.looseObject({ id: z.coerce.string(), filename: z.string().optional(), description: text(1024) }))
    .max(10)
    .nullish(),
  nonce: z.union([z.string().max(25), z.int()]).nullish(),
  enforce_nonce: z.boolean().optional(),
  tts: z.boolean().optional(),
  message_reference: z
    .looseObject({ message_id: z.string(), channel_id: z.string().optional(), fail_if_not_exists: z.boolean().optional() })
    .nullish(),
};

const legacyMessage = z.looseObject({ ...base, components: legacyComponents.nullish() });
const messageV2 = z.looseObject({ ...base, components: componentsV2.nullish() }).superRefine((message, context) => {
  for (const field of ["content", "embeds", "poll", "sticker_ids"] as const) {
    const value = message[field];
    if (value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)) continue;
    context.addIssue(
      custom(
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        `The '${field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
        [field],
      ),
    );
  }
});
export type MessageForm = z.output<typeof legacyMessage> | z.output<typeof messageV2>;

/** The flag decides which components there may be; an edited message keeps it. */
export function messageSchema(form: unknown, wasV2: boolean): z.ZodType<MessageForm> {
  const flags = typeof form === "object" && form !== null && "flags" in form && typeof form.flags === "number" ? form.flags : 0;
  return wasV2 || (flags & flag.componentsV2) !== 0 ? messageV2 : legacyMessage;
}

function embedLength(each: Embed): number {
  const parts = [each.title, each.description, each.footer?.text, each.author?.name];
  for (const field of each.fields ?? []) parts.push(field.name, field.value);
  return parts.reduce((sum, part) => sum + (part?.length ?? 0), 0);
}
