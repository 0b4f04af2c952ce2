import type { RiskClass } from "../planner/plan.ts";

export type PolicyAction = "request" | "preview" | "approve" | "cancel" | "admin";

/** The person at this machine: terminal, web page with the one-time link, `--yes`. */
export const localOwner = "local";

export interface PolicyMatter {
  readonly action: PolicyAction;
  readonly risk: RiskClass | null;
}

export type PolicyAnswer = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

export interface Policy {
  may(person: string, matter: PolicyMatter): PolicyAnswer;
  /** For the card: who may approve a plan of this risk. */
  approvers(risk: RiskClass): string;
  /** The word that a person types to approve a plan of this risk, or null. */
  confirmWord(risk: RiskClass): string | null;
}

/** Without a `policy` in chiffon.yml: everybody may ask, only the local owner decides. */
export function createOwnerPolicy(): Policy {
  return {
    may(person, matter) {
      if (matter.action === "request" || person === localOwner) return { allowed: true };
      return { allowed: false, reason: `${person} may not ${matter.action}: without a policy only the local owner may` };
    },
    approvers: () => "the local owner",
    confirmWord: (risk) => (risk === "destructive" ? "destructive" : null),
  };
}
