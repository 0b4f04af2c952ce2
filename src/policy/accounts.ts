import { localOwner } from "./policy.ts";

/** What a platform says of one of its accounts in this moment. */
export interface AccountStanding {
  /** `unknown`: the platform has no such account, or nobody can be asked; the registry tells the first apart as `absent`. */
  readonly kind: "member" | "guest" | "bot" | "deactivated" | "unknown" | "absent";
  /** Slack user groups and Discord roles it is in, as in `chiffon.yml`: `slack:T1:S1`, `discord:G1:77`. */
  readonly groups: readonly string[];
}

/** Asked at the click, so that who left in the meantime has left. */
export interface Accounts {
  /** `local` or `<platform>:<workspace>:<user>`. Throws when the platform could not be asked: then nothing is allowed. */
  standing(account: string): Promise<AccountStanding>;
}

/** A started platform that can say who its accounts are. */
export interface AccountPlatform {
  readonly name: string;
  standing?(account: string): Promise<AccountStanding>;
}

export interface AccountRegistry extends Accounts {
  add(platform: AccountPlatform): void;
}

const nobodyKnows: AccountStanding = { kind: "unknown", groups: [] };

/** Asks the platform that an account's first part names; `local` is the person at this machine. */
export function createAccountRegistry(): AccountRegistry {
  const platforms = new Map<string, AccountPlatform>();
  return {
    add(platform) {
      platforms.set(platform.name, platform);
    },
    async standing(account) {
      if (account === localOwner) return { kind: "member", groups: [] };
      const platform = platforms.get(account.split(":")[0] ?? "");
      const said = await platform?.standing?.(account);
      if (said === undefined) return nobodyKnows;
      // Asked, and it has no such member (any more): not the same as a platform that is not connected.
      return said.kind === "unknown" ? { kind: "absent", groups: [] } : said;
    },
  };
}
