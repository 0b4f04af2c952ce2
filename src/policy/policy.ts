import type { RiskClass } from "../planner/plan.ts";
import type { StandingApproval } from "../policy-settings.ts";

export type PolicyAction = "request" | "preview" | "approve" | "cancel" | "admin";

/** The account of the person at this machine: terminal, web page with the one-time link, `--yes`. */
export const localOwner = "local";

/** What a person wants to do, and with what. */
export interface PolicyMatter {
  readonly action: PolicyAction;
  /** Of the whole plan; null where no plan is known (yet). */
  readonly risk: RiskClass | null;
  /** Empty: not about certain steps, as when somebody asks. */
  readonly steps: readonly PolicyStep[];
  /** Accounts that asked for it or gave it its form: four-eyes keeps them from approving. */
  readonly requestedBy: readonly string[];
}

export interface PolicyStep {
  /** Path in the repo. */
  readonly playbook: string;
  readonly service: string | null;
  readonly risk: RiskClass;
  readonly hosts: readonly PolicyHost[];
  /** It may also act on hosts that cannot be told beforehand. */
  readonly mayActElsewhere: boolean;
}

export interface PolicyHost {
  readonly name: string;
  readonly groups: readonly string[];
}

export type PolicyAnswer =
  | { readonly allowed: true; readonly vote: PolicyVote }
  | { readonly allowed: false; readonly code: "not-allowed" | "four-eyes" | "not-a-member" | "not-checked"; readonly reason: string };

/** A person's word for a plan, with what the platform said of them in that moment. */
export interface PolicyVote {
  /** Name in `chiffon.yml`, else the account: two accounts of one person are one vote. */
  readonly person: string;
  readonly account: string;
  /** Slack user groups and Discord roles of the account. */
  readonly groups: readonly string[];
}

/** Who may do what. Front doors never ask it: use cases do, each time somebody presses something. */
export interface Policy {
  /** Asks the account's platform who it is now. For `approve`: whether the person's vote counts; `missing` tells whether it is enough. */
  may(account: string, matter: PolicyMatter): Promise<PolicyAnswer>;
  /** What these votes still lack, in words; null: they are enough. */
  missing(matter: PolicyMatter, votes: readonly PolicyVote[]): string | null;
  /** How many votes it takes at least. */
  votesNeeded(matter: PolicyMatter): number;
  /** For the card: who may approve, by names. */
  approvers(matter: PolicyMatter): string;
  /** The word that a person types to approve it, or null. */
  confirmWord(matter: PolicyMatter): string | null;
  /** How long its plan waits for an approval, and the approval for its start. */
  expiresMinutes(matter: PolicyMatter): number;
  /** What a person is called. */
  nameOf(account: string): string;
  /** Whom to remind of a plan that waits: accounts and groups of the platforms whose votes are still wanted. */
  awaited(matter: PolicyMatter, votes: readonly PolicyVote[]): AwaitedPeople;
  /** The standing approvals that fit in all but their time, which the database's clock decides. */
  standing(matter: PolicyMatter, work: { readonly digest: string; readonly hosts: readonly string[] }): readonly StandingApproval[];
}

export interface AwaitedPeople {
  readonly accounts: readonly string[];
  /** `slack:T1:S1`, `discord:G1:77`. */
  readonly groups: readonly string[];
}

/** A matter that is about no certain plan: somebody asks, or administers. */
export function matterOf(action: PolicyAction): PolicyMatter {
  return { action, risk: null, steps: [], requestedBy: [] };
}
