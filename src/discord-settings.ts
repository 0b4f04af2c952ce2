import { z } from "zod";
import { AppError } from "./errors.ts";

const snowflake = (what: string) => z.string().regex(/^\d{5,25}$/, `${what} is a number such as 123456789012345678`).optional(); // prettier-ignore

/** The environment's names for Discord (docs/discord.md). */
export const discordEnvironment = {
  DISCORD_TOKEN: z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/, "the bot token has three parts with dots between; without the word Bot").optional(), // prettier-ignore
  DISCORD_APPLICATION_ID: snowflake("the application id"),
  DISCORD_GUILD_ID: snowflake("the server's id"),
  DISCORD_API_URL: z.url({ protocol: /^https?$/, error: "a URL such as https://discord.com/api" }).default("https://discord.com/api"),
  DISCORD_MESSAGE_CONTENT: z.enum(["true", "false"], "true or false").default("false"),
};

const environmentSchema = z.object(discordEnvironment);
export type DiscordEnvironment = z.infer<typeof environmentSchema>;

/** For a check without the rest of the settings. */
export function discordEnvironmentValues(environment: Readonly<Record<string, string | undefined>>): DiscordEnvironment {
  const parsed = environmentSchema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw wrong(`${String(issue?.path[0])} is wrong: ${issue?.message ?? "not understood"}`);
}

export interface DiscordSettings {
  readonly token: string;
  /** Without the version, and without a slash at the end. */
  readonly apiUrl: string;
  readonly applicationId: string | undefined;
  /** Only this server: nothing is heard in others, and commands show there at once. */
  readonly guildId: string | undefined;
  /** The portal's switch "Message Content Intent" is on: plain replies in threads are read. */
  readonly messageContent: boolean;
}

/** Undefined without a token: then there is no Discord. */
export function discordSettings(values: DiscordEnvironment): DiscordSettings | undefined {
  const token = values.DISCORD_TOKEN;
  if (token === undefined) {
    const other = (["DISCORD_APPLICATION_ID", "DISCORD_GUILD_ID"] as const).find((name) => values[name] !== undefined);
    if (other !== undefined) throw wrong(`DISCORD_TOKEN is missing (${other} is set)`);
    return undefined;
  }
  return {
    token,
    apiUrl: checkedApiUrl(values.DISCORD_API_URL),
    applicationId: values.DISCORD_APPLICATION_ID,
    guildId: values.DISCORD_GUILD_ID,
    messageContent: values.DISCORD_MESSAGE_CONTENT === "true",
  };
}

/** The token would travel in the clear. The library adds the version itself. */
function checkedApiUrl(text: string): string {
  const url = new URL(text);
  if (url.protocol === "http:" && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname))
    throw wrong(`DISCORD_API_URL is ${text}: over http:// the token would travel in the clear`);
  const bare = text.replace(/\/+$/, "");
  if (/\/v\d+$/.test(bare)) throw wrong(`DISCORD_API_URL is ${text}: leave the version away, for example https://discord.com/api`);
  return bare;
}

function wrong(message: string): AppError {
  return new AppError("setting-wrong", message, {
    help: "`chiffon setup discord` says where each value comes from; .env.example lists them.",
  });
}
