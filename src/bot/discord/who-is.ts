import type { BaseInteraction, Client } from "discord.js";
import type { DiscordSettings } from "../../discord-settings.ts";
import type { Card } from "../cards.ts";
import { accountOf } from "./place.ts";
import type { Standings } from "./standing.ts";

/** An account of ours, or why nobody can tell which. */
export type Who = { readonly account: string } | { readonly refusal: Card };

export interface WhoIsDeps {
  readonly settings: DiscordSettings;
  readonly standings: Standings;
  readonly client: () => Client | undefined;
}

export interface WhoIs {
  /** Who clicked or used a command. */
  interacting(interaction: BaseInteraction): Promise<Who>;
  writing(guildId: string | null, user: string): Promise<Who>;
}

/** The server is part of an account: the same person elsewhere is another one. */
export function createWhoIs({ settings, standings, client }: WhoIsDeps): WhoIs {
  return { interacting: ({ guildId, user }) => writing(guildId, user.id), writing };

  async function writing(guildId: string | null, user: string): Promise<Who> {
    if (guildId === null) return direct(user);
    if (settings.guildId !== undefined && guildId !== settings.guildId)
      return refusal("I work in another server only.", "Whoever runs me says which: DISCORD_GUILD_ID.");
    return { account: accountOf(guildId, user) };
  }

  /** Who a person of direct messages is: the member of the server that is set, or of the only one that both are in. */
  async function direct(user: string): Promise<Who> {
    if (settings.guildId !== undefined) return { account: accountOf(settings.guildId, user) };
    const shared: string[] = [];
    for (const guild of client()?.guilds.cache.keys() ?? []) {
      const account = accountOf(guild, user);
      if ((await standings.of(account)).kind !== "unknown") shared.push(account);
    }
    const [only] = shared;
    if (only !== undefined && shared.length === 1) return { account: only };
    return shared.length === 0
      ? refusal("We share no server, so I cannot tell who you are.", null)
      : refusal("We share several servers, so I cannot tell as whom you ask.", "Use /chiffon in the server that you mean.");
  }
}

function refusal(text: string, help: string | null): Who {
  return { refusal: { kind: "notice", tone: "refusal", text, help } };
}
