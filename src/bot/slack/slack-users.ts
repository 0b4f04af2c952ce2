import { z } from "zod";
import type { Logger } from "../../logger.ts";
import type { AccountStanding } from "../../policy/accounts.ts";
import type { Card, LineCard, ListCard } from "../cards.ts";
import { accountOf } from "./conversation.ts";
import type { People } from "./paper.ts";
import { platformErrorOf } from "./slack-error.ts";
import type { WebClient } from "./web-client.ts";

const userSchema = z.object({
  team_id: z.string().optional(),
  deleted: z.boolean().optional(),
  is_bot: z.boolean().optional(),
  is_restricted: z.boolean().optional(),
  is_ultra_restricted: z.boolean().optional(),
  is_stranger: z.boolean().optional(),
  real_name: z.string().optional(),
  name: z.string().optional(),
  profile: z.looseObject({ display_name: z.string().optional(), real_name: z.string().optional() }).optional(),
});
type SlackUser = z.infer<typeof userSchema>;

export interface SlackUsersDeps {
  readonly client: WebClient;
  readonly logger: Logger;
  /** `slack:<team>:<group>` of the policy: only these are asked for. */
  readonly userGroups: readonly string[];
  /** The workspace the bot is in, when it is known. */
  readonly home: () => { readonly team: string; readonly url: string | null } | undefined;
}

export interface SlackUsers {
  standing(account: string): Promise<AccountStanding>;
  /** Who is named in a card, asked for beforehand. Nobody waits long for a name, and a failing lookup shows the account instead. */
  peopleIn(cards: PostedData): Promise<People>;
}
type PostedData = Card | LineCard | readonly ListCard[];

/** At the click it must be fresh; a name may be older. */
const standingMs = 30_000;
const nameMs = 10 * 60_000;
const mostNames = 20;
const mostCached = 5_000;

export function createSlackUsers({ client, userGroups, home, logger }: SlackUsersDeps): SlackUsers {
  const users = new Map<string, { readonly at: number; readonly asked: Promise<SlackUser | null> }>();
  const members = new Map<string, { readonly at: number; readonly asked: Promise<ReadonlySet<string>> }>();

  /** Null: Slack knows nobody of this id. */
  async function ask(user: string): Promise<SlackUser | null> {
    try {
      return userSchema.parse((await client.users.info({ user })).user);
    } catch (error) {
      const word = platformErrorOf(error);
      if (word === "user_not_found" || word === "user_not_visible" || word === "users_not_found") return null;
      throw error;
    }
  }

  async function membersOf(group: string): Promise<ReadonlySet<string>> {
    try {
      return new Set((await client.usergroups.users.list({ usergroup: group })).users ?? []);
    } catch (error) {
      const word = platformErrorOf(error);
      if (word === "no_such_subteam") return new Set();
      if (word === "missing_scope") {
        // Nobody is in it then; rules that name people still count.
        logger.warn({ group }, "the app lacks usergroups:read: run `chiffon setup slack --check`");
        return new Set();
      }
      throw error;
    }
  }

  async function standing(account: string): Promise<AccountStanding> {
    const asked = accountOf(account);
    const here = home();
    if (asked === undefined) return { kind: "unknown", groups: [] };
    const user = await cached(users, asked.user, standingMs, ask);
    if (user === null) return { kind: "unknown", groups: [] };
    // The same id said to be of another workspace is somebody else.
    if (user.team_id !== undefined && user.team_id !== asked.team) return { kind: "unknown", groups: [] };
    const kind = kindOf(user, asked, here?.team);
    if (kind !== "member") return { kind, groups: [] };
    const mine = userGroups.flatMap((key) => {
      const [, team, group] = key.split(":");
      return team === here?.team && group !== undefined ? [{ key, group }] : [];
    });
    const in_ = await Promise.all(mine.map(async ({ group }) => (await cached(members, group, standingMs, membersOf)).has(asked.user)));
    return { kind, groups: mine.filter((_, index) => in_[index]).map(({ key }) => key) };
  }

  return {
    standing,
    async peopleIn(cards) {
      const accounts = [...new Set(JSON.stringify(cards).match(/\bslack:[A-Z0-9]+:[UW][A-Z0-9]+\b/g))].slice(0, mostNames);
      const names = new Map<string, string>();
      await Promise.all(
        accounts.map(async (account) => {
          const asked = accountOf(account);
          if (asked === undefined) return;
          const user = await cached(users, asked.user, nameMs, ask).catch(() => null);
          const name = [user?.profile?.display_name, user?.profile?.real_name, user?.real_name, user?.name].find(
            (one) => one !== undefined && one !== "",
          );
          if (name !== undefined && (user?.team_id === undefined || user.team_id === asked.team)) names.set(account, name);
        }),
      );
      const here = home();
      return (account) => {
        const name = names.get(account);
        const asked = accountOf(account);
        if (name === undefined || asked === undefined) return undefined;
        return { name, url: here !== undefined && here.url !== null && here.team === asked.team ? `${here.url}team/${asked.user}` : null };
      };
    },
  };
}

/** People of other workspaces in a shared channel count as guests: a rule for everybody here does not mean them. */
function kindOf(
  user: SlackUser,
  { team, user: id }: { readonly team: string; readonly user: string },
  here: string | undefined,
): AccountStanding["kind"] {
  if (user.deleted === true) return "deactivated";
  if (user.is_bot === true || id === "USLACKBOT") return "bot";
  const outsider = user.is_stranger === true || (here !== undefined && team !== here);
  return outsider || user.is_restricted === true || user.is_ultra_restricted === true ? "guest" : "member";
}

/** One question at a time for a key; a failed one is not kept. */
async function cached<T>(
  store: Map<string, { readonly at: number; readonly asked: Promise<T> }>,
  key: string,
  maxAgeMs: number,
  ask: (key: string) => Promise<T>,
): Promise<T> {
  const known = store.get(key);
  const age = known === undefined ? -1 : Date.now() - known.at;
  // Below zero: the clock was set back, and nobody knows how old it is.
  if (known !== undefined && age >= 0 && age < maxAgeMs) return known.asked;
  if (store.size > mostCached) store.clear();
  const entry = { at: Date.now(), asked: ask(key) };
  store.set(key, entry);
  try {
    return await entry.asked;
  } catch (error) {
    if (store.get(key) === entry) store.delete(key);
    throw error;
  }
}
