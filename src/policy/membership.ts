import { messageOf } from "../errors.ts";
import type { Accounts, AccountStanding } from "./accounts.ts";
import type { PolicyAction, PolicyAnswer } from "./policy.ts";

export type Membership = { readonly standing: AccountStanding } | { readonly refusal: Extract<PolicyAnswer, { allowed: false }> };

/** Longer than a platform takes, shorter than a person waits at a button. */
const longestMs = 10_000;

/** Who is no member (any more) may nothing, whatever the rules say; who cannot be checked neither. */
export async function membershipOf(accounts: Accounts, account: string, name: string, action: PolicyAction): Promise<Membership> {
  const refuse = (code: "not-a-member" | "not-checked", reason: string): Membership => ({ refusal: { allowed: false, code, reason } });
  let standing: AccountStanding;
  try {
    standing = await inTime(accounts.standing(account));
  } catch (error) {
    return refuse("not-checked", `${name} could not be checked (${messageOf(error).slice(0, 200)}): try again`);
  }
  switch (standing.kind) {
    case "member":
      return { standing };
    case "unknown":
      // Nobody knows whether it is a guest: such an account may be heard, and decides nothing.
      if (action === "request") return { standing };
      return refuse("not-a-member", `${name} may not ${action}: no platform that is connected knows this account`);
    case "absent":
      return refuse("not-a-member", `${name} may not ${action}: its platform knows no such member (any more)`);
    case "guest":
      return refuse("not-a-member", `${name} may not ${action}: guests may not use Chiffon`);
    case "bot":
      return refuse("not-a-member", `${name} may not ${action}: bots may not use Chiffon`);
    default:
      return refuse("not-a-member", `${name} may not ${action}: the account is deactivated`);
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), longestMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
