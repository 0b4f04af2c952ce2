import { RESTJSONErrorCodes, Routes, type REST } from "discord.js";
import { z } from "zod";
import type { AccountStanding } from "../../policy/accounts.ts";
import { codeOf } from "./discord-error.ts";

/** Who an account is, asked of Discord and believed for a short while; a click brings the news itself. */
export interface Standings {
  of(account: string): Promise<AccountStanding>;
  /** What came with a click just now. */
  saw(guild: string, member: unknown): void;
}

const believedMs = 30_000;
const mostRemembered = 1_000;
const nobody: AccountStanding = { kind: "unknown", groups: [] };
const memberSchema = z.object({
  user: z.object({ id: z.string(), bot: z.boolean().optional() }),
  roles: z.array(z.string()),
  pending: z.boolean().optional(),
  communication_disabled_until: z.string().nullish(),
});
/** Not (or not any more) in a server that we are in. */
const absent: ReadonlySet<number | undefined> = new Set([
  RESTJSONErrorCodes.UnknownMember,
  RESTJSONErrorCodes.UnknownUser,
  RESTJSONErrorCodes.UnknownGuild,
  RESTJSONErrorCodes.MissingAccess,
]);

export function createStandings(rest: REST, now: () => number = Date.now): Standings {
  const known = new Map<string, { readonly at: number; readonly standing: AccountStanding }>();

  function remember(account: string, standing: AccountStanding): AccountStanding {
    known.delete(account);
    known.set(account, { at: now(), standing });
    const oldest = known.keys().next().value;
    if (known.size > mostRemembered && oldest !== undefined) known.delete(oldest);
    return standing;
  }

  return {
    async of(account) {
      const [, guild, user] = /^discord:(\d+):(\d+)$/.exec(account) ?? [];
      if (guild === undefined || user === undefined) return nobody;
      const before = known.get(account);
      const age = before === undefined ? -1 : now() - before.at;
      // Below zero: the clock was set back, and nobody knows how old it is.
      if (before !== undefined && age >= 0 && age < believedMs) return before.standing;
      try {
        const member = memberSchema.parse(await rest.get(Routes.guildMember(guild, user)));
        return remember(account, standingOf(guild, member, now()));
      } catch (error) {
        // What nobody could tell is thrown: then nothing is allowed.
        if (!absent.has(codeOf(error))) throw error;
        return remember(account, nobody);
      }
    },
    saw(guild, member) {
      const parsed = memberSchema.safeParse(member);
      if (parsed.success) remember(`discord:${guild}:${parsed.data.user.id}`, standingOf(guild, parsed.data, now()));
    },
  };
}

function standingOf(guild: string, member: z.infer<typeof memberSchema>, at: number): AccountStanding {
  const groups = member.roles.map((role) => `discord:${guild}:${role}`);
  if (member.user.bot === true) return { kind: "bot", groups };
  // Timed out by a moderator: in the server, and not allowed to do anything there.
  const until = member.communication_disabled_until;
  if (until !== null && until !== undefined && Date.parse(until) > at) return { kind: "deactivated", groups };
  // Has not passed the server's membership screening.
  return { kind: member.pending === true ? "guest" : "member", groups };
}
