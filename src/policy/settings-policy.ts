import { anyone, type PolicyRule, type PolicySettings } from "../policy-settings.ts";
import type { Accounts } from "./accounts.ts";
import { demandsOf, rulesForAsking } from "./matching-rules.ts";
import { membershipOf } from "./membership.ts";
import { createPeople } from "./people.ts";
import type { Policy, PolicyAnswer, PolicyMatter, PolicyVote } from "./policy.ts";
import { inWords, lacking, listed, lists, votesFor, wanted } from "./votes-count.ts";

export interface SettingsPolicyDeps {
  readonly settings: PolicySettings;
  readonly accounts: Accounts;
  /** Where no rule says how long a plan waits. */
  readonly planExpiresMinutes: number;
}

/** The policy of chiffon.yml. What no rule covers, nobody may. */
export function createSettingsPolicy(deps: SettingsPolicyDeps): Policy {
  const { settings, accounts } = deps;
  const people = createPeople(settings);
  const nameOf = (account: string): string => people.nameOf(account);

  function refused(account: string, matter: PolicyMatter, why: string): PolicyAnswer {
    return { allowed: false, code: "not-allowed", reason: `${nameOf(account)} may not ${matter.action}: ${why}` };
  }

  /** Rules whose list of people cannot be met, and what no rule covers. */
  function nobodyMay(matter: PolicyMatter): string | null {
    const { rules, uncovered } = demandsOf(settings, matter);
    const [first] = uncovered;
    if (first !== undefined) {
      const more = uncovered.length > 1 ? ` and ${uncovered.length - 1} more` : "";
      return first === "" ? "no rule of chiffon.yml says who may" : `no rule of chiffon.yml covers ${first}${more}, so nobody may`;
    }
    return rules.some((rule) => listed(rule).length === 0) ? "a rule of chiffon.yml that covers it names nobody" : null;
  }

  function askers(matter: PolicyMatter, account: string, vote: PolicyVote, names: ReadonlySet<string>): PolicyAnswer {
    const rules = rulesForAsking(settings);
    if (rules.some((rule) => lists(rule, names))) return { allowed: true, vote };
    const known = [...new Set(rules.flatMap(listed))];
    return refused(account, matter, `${inWords(known, "or")} may`);
  }

  const requesters = (matter: PolicyMatter): ReadonlySet<string> => new Set(matter.requestedBy.map(nameOf));
  const hasFourEyes = (rules: readonly PolicyRule[]): boolean => rules.some((rule) => rule.four_eyes);

  function countingVotes(matter: PolicyMatter, rules: readonly PolicyRule[], votes: readonly PolicyVote[]): ReadonlySet<string>[] {
    const excluded = hasFourEyes(rules) ? requesters(matter) : new Set<string>();
    const byPerson = new Map<string, Set<string>>();
    for (const vote of votes) {
      const person = nameOf(vote.account);
      if (!excluded.has(person)) byPerson.set(person, new Set([...(byPerson.get(person) ?? []), ...people.namesFor(vote)]));
    }
    return [...byPerson.values()];
  }

  return {
    nameOf,
    async may(account, matter) {
      const membership = await membershipOf(accounts, account, nameOf(account), matter.action);
      if ("refusal" in membership) return membership.refusal;
      const { standing } = membership;
      const vote: PolicyVote = { person: nameOf(account), account, groups: standing.groups };
      const names = new Set([...people.namesFor(vote), ...(standing.kind === "member" ? [anyone] : [])]);
      if (matter.action === "request" && matter.steps.length === 0) return askers(matter, account, vote, names);

      const nobody = nobodyMay(matter);
      if (nobody !== null) return refused(account, matter, nobody);
      const { rules } = demandsOf(settings, matter);
      if (matter.action !== "approve") {
        const against = rules.find((rule) => !lists(rule, names));
        return against === undefined ? { allowed: true, vote } : refused(account, matter, `${inWords(listed(against), "or")} may`);
      }
      if (!rules.some((rule) => lists(rule, names))) return refused(account, matter, `${approvers(matter)} may`);
      if (hasFourEyes(rules) && requesters(matter).has(vote.person)) {
        const reason = `${vote.person} asked for this plan or changed it, and four eyes are needed: somebody else of ${approvers(matter)} must approve`;
        return { allowed: false, code: "four-eyes", reason };
      }
      return { allowed: true, vote };
    },
    missing(matter, votes) {
      if (nobodyMay(matter) !== null) return "nobody";
      const { rules } = demandsOf(settings, matter);
      const counting = countingVotes(matter, rules, votes);
      const open = [...new Set(rules.flatMap((rule) => lacking(rule, counting) ?? []))];
      return open.length === 0 ? null : open.join("; and ");
    },
    votesNeeded: (matter) => Math.max(1, ...demandsOf(settings, matter).rules.map(votesFor)),
    approvers,
    confirmWord(matter) {
      const words = matter.steps.flatMap((step) => {
        const { rules } = demandsOf(settings, { ...matter, action: "approve", steps: [step] });
        const said = rules.flatMap((rule) => rule.confirm ?? []);
        const typed = said.filter((word) => word !== false);
        // `false` holds only where every rule of the step says so.
        return typed.length === 0 && step.risk === "destructive" && said.length < Math.max(1, rules.length) ? ["destructive"] : typed;
      });
      return words.length === 0 ? null : [...new Set(words)].join(" ");
    },
    expiresMinutes(matter) {
      const said = demandsOf(settings, { ...matter, action: "approve" }).rules.flatMap((rule) => rule.expires ?? []);
      return said.length === 0 ? deps.planExpiresMinutes : Math.min(...said);
    },
    awaited(matter, votes) {
      const { rules } = demandsOf(settings, matter);
      const voted = new Set([...votes.map((vote) => nameOf(vote.account)), ...(hasFourEyes(rules) ? requesters(matter) : [])]);
      const counting = countingVotes(matter, rules, votes);
      const names = new Set(rules.filter((rule) => lacking(rule, counting) !== null).flatMap(listed));
      const behind = [...names].map((name) => people.behind(name));
      const accounts = new Set(behind.flatMap((one) => one.accounts).filter((account) => !voted.has(nameOf(account))));
      return { accounts: [...accounts], groups: [...new Set(behind.flatMap((one) => one.groups))] };
    },
    standing(matter, work) {
      // Not where it cannot be told on which hosts it acts.
      if (matter.steps.some((step) => step.mayActElsewhere)) return [];
      const { rules } = demandsOf(settings, matter);
      const typed = rules.some((rule) => typeof rule.confirm === "string");
      return settings.standing.filter(
        (entry) =>
          entry.digest === work.digest &&
          sameHosts(entry.hosts, work.hosts) &&
          matter.requestedBy.length > 0 &&
          matter.requestedBy.every((account) => nameOf(account) === entry.owner) &&
          (matter.risk !== "destructive" || (entry.destructive && !typed)),
      );
    },
  };

  function approvers(matter: PolicyMatter): string {
    const nobody = nobodyMay(matter);
    if (nobody !== null) return `nobody (${nobody})`;
    const { rules } = demandsOf(settings, matter);
    const said = [...new Set(rules.map(wanted))].join("; and ");
    return hasFourEyes(rules) && matter.requestedBy.length > 0 ? `${said} (not who asked: ${[...requesters(matter)].join(", ")})` : said;
  }
}

function sameHosts(given: readonly string[], hosts: readonly string[]): boolean {
  const wanted = new Set(given);
  const acting = new Set(hosts);
  return wanted.size === acting.size && [...wanted].every((host) => acting.has(host));
}
