import { ApplicationFlags, Routes, type REST } from "discord.js";
import { z } from "zod";
import { discordEnvironmentValues, discordSettings, type DiscordSettings } from "../../discord-settings.ts";
import { AppError, messageOf } from "../../errors.ts";
import type { PlatformSetup, SetupLine, SetupReport } from "../../platform-setup.ts";
import { deliveryError } from "./discord-error.ts";
import { inviteUrl, permissionNumber, permissions } from "./invite.ts";
import { createRest } from "./rest.ts";
import { commandsAreThere } from "./slash-commands.ts";

export const discordSetup: PlatformSetup = { text: discordSetupText, check: checkDiscordSetup };

/** What to click, from nothing to a working bot. */
export function discordSetupText(): string {
  const rights = Object.entries(permissions).map(([name, reason]) => `  ${name.padEnd(22)} ${reason}`);
  return `Connect Discord

1. Open https://discord.com/developers/applications, press "New Application", call it Chiffon.
2. On the page "Bot" press "Reset Token" and copy it:
     DISCORD_TOKEN=...
   Switch "Public Bot" off, so that only you can invite it (on the page "Installation" choose "None" as install link first).
3. On the page "General Information" copy the Application ID, put it into this address instead of APPLICATION_ID, open it and pick your server:
     ${inviteUrl("APPLICATION_ID")}
4. In Discord's settings under Advanced switch on Developer Mode, right-click your server, "Copy Server ID" (the command /chiffon then shows at once):
     DISCORD_GUILD_ID=...
5. If plain replies in the bot's threads shall be read too: on the page "Bot" switch on "Message Content Intent", and set
     DISCORD_MESSAGE_CONTENT=true
   Without it people mention the bot, press Edit or use /chiffon; nothing else is missing.
6. Put the lines into .env (beside package.json), run \`chiffon setup discord --check\`, then \`chiffon start\`.
7. In a channel: "@Chiffon restart nginx on web1", or /chiffon request.
8. Until chiffon.yml has a policy, only the local owner can approve: docs/policy.md. An account is written discord:SERVER:USER, a role discord:SERVER:ROLE.

What the bot's role may do (permissions=${permissionNumber}), and why:
${rights.join("\n")}`;
}

const userSchema = z.object({ id: z.string(), username: z.string(), bot: z.boolean().optional() });
const applicationSchema = z.object({ id: z.string(), flags: z.number().optional(), bot_public: z.boolean().optional() });
const guildSchema = z.object({ name: z.string() });

export async function checkDiscordSetup(environment: Readonly<Record<string, string | undefined>>): Promise<SetupReport> {
  let settings: DiscordSettings | undefined;
  try {
    settings = discordSettings(discordEnvironmentValues(environment));
  } catch (error) {
    return { lines: [wrong(messageOf(error), error instanceof AppError ? error.help : undefined)] };
  }
  if (settings === undefined) return { lines: [{ state: "missing", text: "DISCORD_TOKEN is not set", help: "Follow steps 1 and 2." }] };
  const rest = createRest(settings);
  const bot = await asked(async () => userSchema.parse(await rest.get(Routes.user("@me"))));
  if ("error" in bot) return { lines: [failedLine("DISCORD_TOKEN", bot.error, "Copy the token of the page Bot again (step 2).")] };
  const application = await asked(async () => applicationSchema.parse(await rest.get(Routes.oauth2CurrentApplication())));
  if ("error" in application)
    return { lines: [failedLine("the application", application.error, "Copy the token of the page Bot again (step 2).")] };
  return {
    lines: [
      { state: "ok", text: `DISCORD_TOKEN: ${bot.value.username} (${bot.value.id})` },
      ...applicationLines(settings, application.value),
      ...(await serverLines(rest, settings, application.value.id)),
    ],
  };
}

function applicationLines(settings: DiscordSettings, { id, flags = 0 }: z.infer<typeof applicationSchema>): SetupLine[] {
  const reads = (flags & (ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited)) !== 0;
  return [
    ...(settings.applicationId !== undefined && settings.applicationId !== id
      ? [wrong(`DISCORD_APPLICATION_ID is ${settings.applicationId}, the token's application is ${id}`, "Correct or remove it.")]
      : []),
    ...(settings.messageContent && !reads
      ? [
          wrong(
            "Message Content Intent is off, and DISCORD_MESSAGE_CONTENT=true asks for it: Discord will not let the bot in",
            "Switch it on (page Bot, step 5), or set DISCORD_MESSAGE_CONTENT=false.",
          ),
        ]
      : []),
    ...(settings.messageContent && reads
      ? [{ state: "ok", text: "plain replies in threads are read (Message Content Intent)" } as const]
      : []),
    ...(settings.messageContent
      ? []
      : [
          {
            state: "ok",
            text: `plain replies in threads are not read; mentions, buttons and /chiffon work${reads ? " (the intent is on: DISCORD_MESSAGE_CONTENT=true would use it)" : ""}`,
          } as const,
        ]),
  ];
}

async function serverLines(rest: REST, settings: DiscordSettings, applicationId: string): Promise<SetupLine[]> {
  const { guildId } = settings;
  const invite = `Invite the bot: ${inviteUrl(applicationId)}`;
  if (guildId === undefined) {
    const guilds = await asked(async () => z.array(guildSchema).parse(await rest.get(Routes.userGuilds())));
    if ("error" in guilds) return [failedLine("the bot's servers", guilds.error, invite)];
    if (guilds.value.length === 0) return [{ state: "missing", text: "the bot is in no server", help: invite }];
    return [
      {
        state: "ok",
        text: `in ${guilds.value.length === 1 ? "the server" : "the servers"} ${guilds.value.map(({ name }) => name).join(", ")}`,
      },
      await commandLine(rest, Routes.applicationCommands(applicationId)),
    ];
  }
  const guild = await asked(async () => guildSchema.parse(await rest.get(Routes.guild(guildId))));
  if ("error" in guild) return [failedLine(`the server ${guildId} (DISCORD_GUILD_ID)`, guild.error, invite)];
  return [
    { state: "ok", text: `in the server ${guild.value.name} (${guildId})` },
    await commandLine(rest, Routes.applicationGuildCommands(applicationId, guildId)),
  ];
}

async function commandLine(rest: REST, route: `/${string}`): Promise<SetupLine> {
  const there = await asked(() => commandsAreThere(rest, route));
  if ("error" in there)
    return failedLine("the command /chiffon", there.error, "Invite the bot again: the scope applications.commands is missing.");
  return there.value
    ? { state: "ok", text: "the command /chiffon is registered" }
    : { state: "unsure", text: "the command /chiffon is not registered yet", help: "`chiffon start` does that." };
}

type Asked<T> = { readonly value: T } | { readonly error: unknown };

async function asked<T>(work: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

function failedLine(what: string, error: unknown, help: string): SetupLine {
  const known = deliveryError(error);
  return known.kind === "later"
    ? { state: "unsure", text: `${what} could not be asked for: ${known.message}`, help: "Is the internet reachable from here?" }
    : wrong(`${what}: ${known.message}`, help);
}

function wrong(text: string, help: string | undefined): SetupLine {
  return { state: "wrong", text, ...(help === undefined ? {} : { help }) };
}
