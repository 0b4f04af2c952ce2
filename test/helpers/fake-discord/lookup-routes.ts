import { z } from "zod";
import { checkForm } from "./check-form.ts";
import { commandForm, commandList, type CommandForm } from "./command-schema.ts";
import { channelPayload, guildPayload, memberPayload, type PayloadContext, rolePayload, userPayload } from "./payloads.ts";
import { refusals } from "./rest-error.ts";
import { noContent, ok, type Route } from "./router.ts";
import { channelForBot, directChannel, type StoredCommand } from "./world.ts";

/** Everything else: the gateway's address, who is who, and the registration of commands. */
export function lookupRoutes(context: PayloadContext, gatewayUrl: () => string): Route[] {
  const { world } = context;
  const guild = (id: string | undefined): void => {
    if (id !== world.guildId) throw refusals.unknownGuild();
  };
  const application = { id: world.applicationId, name: "chiffon", description: "", bot_public: false, flags: 0, verify_key: "00" };

  return [
    {
      route: "GET /gateway/bot",
      handle: () =>
        ok({
          url: gatewayUrl(),
          shards: 1,
          session_start_limit: { total: 1000, remaining: 1000, reset_after: 86_400_000, max_concurrency: 1 },
        }),
    },
    { route: "GET /users/@me", handle: () => ok(userPayload(world.members.get(world.botId)!)) },
    {
      route: "GET /users/:user",
      handle({ params }) {
        const member = world.members.get(params["user"]!);
        if (member === undefined) throw refusals.unknownUser();
        return ok(userPayload(member));
      },
    },
    {
      route: "POST /users/@me/channels",
      handle({ form }) {
        const { recipient_id: id } = checkForm(z.looseObject({ recipient_id: z.string() }), form ?? {});
        if (!world.members.has(id)) throw refusals.unknownUser();
        return ok(channelPayload(world, directChannel(world, id)));
      },
    },
    { route: "GET /applications/@me", handle: () => ok(application) },
    { route: "GET /oauth2/applications/@me", handle: () => ok(application) },
    {
      route: "GET /guilds/:guild",
      handle({ params }) {
        guild(params["guild"]);
        return ok(guildPayload(world, false));
      },
    },
    {
      route: "GET /guilds/:guild/roles",
      handle({ params }) {
        guild(params["guild"]);
        return ok([...world.roles.values()].map((role, position) => rolePayload(role, position)));
      },
    },
    {
      route: "GET /guilds/:guild/channels",
      handle({ params }) {
        guild(params["guild"]);
        return ok((guildPayload(world, false) as { channels: object[] }).channels);
      },
    },
    {
      route: "GET /guilds/:guild/members/:user",
      handle({ params }) {
        guild(params["guild"]);
        const member = world.members.get(params["user"]!);
        if (member === undefined || !member.inGuild) throw refusals.unknownMember();
        return ok({ ...memberPayload(member), user: userPayload(member) });
      },
    },
    {
      route: "GET /guilds/:guild/members",
      handle({ params }) {
        guild(params["guild"]);
        if (!world.privilegedIntents) throw refusals.missingAccess();
        return ok((guildPayload(world, true) as { members: object[] }).members);
      },
    },
    {
      route: "GET /channels/:channel",
      handle: ({ params }) => ok(channelPayload(world, channelForBot(world, params["channel"]!))),
    },
    ...["/applications/:application/commands", "/applications/:application/guilds/:guild/commands"].flatMap((path): Route[] => [
      {
        route: `PUT ${path}`,
        handle({ params, form }) {
          const scope = scopeOf(params);
          const wanted = checkForm(commandList, form ?? []);
          world.commands = [
            ...world.commands.filter((command) => command.guildId !== scope),
            ...wanted.map((each) => register(each, scope)),
          ];
          return ok(listed(scope));
        },
      },
      { route: `GET ${path}`, handle: ({ params }) => ok(listed(scopeOf(params))) },
      {
        route: `POST ${path}`,
        handle({ params, form }) {
          const scope = scopeOf(params);
          const command = register(checkForm(commandForm, form ?? {}), scope);
          const existed = world.commands.some((each) => each.guildId === scope && each.form.name === command.form.name);
          world.commands = [...world.commands.filter((each) => each.guildId !== scope || each.form.name !== command.form.name), command];
          return { status: existed ? 200 : 201, body: commandPayload(command) };
        },
      },
      {
        route: `DELETE ${path}/:command`,
        handle({ params }) {
          if (!world.commands.some((each) => each.id === params["command"])) throw refusals.unknownCommand();
          world.commands = world.commands.filter((each) => each.id !== params["command"]);
          return noContent;
        },
      },
    ]),
  ];

  function scopeOf(params: Readonly<Record<string, string>>): string | undefined {
    if (params["application"] !== world.applicationId) throw refusals.missingAccess();
    if (params["guild"] !== undefined && params["guild"] !== world.guildId) throw refusals.missingAccess();
    return params["guild"];
  }

  function register(form: CommandForm, guildId: string | undefined): StoredCommand {
    const before = world.commands.find((each) => each.guildId === guildId && each.form.name === form.name);
    return { id: before?.id ?? world.newId(), version: world.newId(), guildId, form };
  }

  function listed(scope: string | undefined): object[] {
    return world.commands.filter((command) => command.guildId === scope).map((command) => commandPayload(command));
  }

  function commandPayload(command: StoredCommand): object {
    return {
      default_member_permissions: null,
      nsfw: false,
      ...command.form,
      type: 1,
      id: command.id,
      application_id: world.applicationId,
      version: command.version,
      ...(command.guildId === undefined ? {} : { guild_id: command.guildId }),
    };
  }
}
