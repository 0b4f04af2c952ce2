import type { PolicySettings } from "../policy-settings.ts";
import type { PolicyVote } from "./policy.ts";

/** Who is who by `chiffon.yml`: people with their accounts, and what groups they are in. */
export interface People {
  /** The person's name, else the account itself. */
  nameOf(account: string): string;
  /** Every name in a rule that means this person: their own, and of groups by name, Slack user group or Discord role. */
  namesFor(vote: Pick<PolicyVote, "account" | "groups">): ReadonlySet<string>;
  /** Accounts and platform groups that a name in a rule means. */
  behind(name: string): { readonly accounts: readonly string[]; readonly groups: readonly string[] };
}

export function createPeople(settings: PolicySettings): People {
  const personOf = new Map(settings.people.flatMap((person) => person.accounts.map((account) => [account, person.name] as const)));
  const accountsOf = (name: string): readonly string[] => settings.people.find((person) => person.name === name)?.accounts ?? [];
  const platformGroups = (group: PolicySettings["groups"][number]): string[] =>
    [group.slackUserGroup, group.discordRole].filter((one) => one !== undefined);
  return {
    nameOf: (account) => personOf.get(account) ?? account,
    namesFor({ account, groups }) {
      const person = personOf.get(account);
      const names = settings.groups
        .filter(
          (group) => (person !== undefined && group.members.includes(person)) || platformGroups(group).some((one) => groups.includes(one)),
        )
        .map((group) => group.name);
      return new Set([...names, ...(person === undefined ? [] : [person])]);
    },
    behind(name) {
      const group = settings.groups.find((one) => one.name === name);
      if (group === undefined) return { accounts: accountsOf(name), groups: [] };
      return { accounts: group.members.flatMap(accountsOf), groups: platformGroups(group) };
    },
  };
}
