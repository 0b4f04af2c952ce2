import type { PolicyRule } from "../policy-settings.ts";

type Names = ReadonlySet<string>;

/** Everybody a rule lists, in its order. */
export function listed({ allow }: PolicyRule): readonly string[] {
  return allow.any_of ?? allow.all_of ?? allow.any_of_count?.of ?? [];
}

export function lists(rule: PolicyRule, names: Names): boolean {
  return listed(rule).some((name) => names.has(name));
}

export function votesFor(rule: PolicyRule): number {
  return rule.allow.all_of?.length ?? rule.allow.any_of_count?.count ?? 1;
}

/** In words: "alice", "alice or bob", "alice and bob", "2 of oncall, alice". */
export function wanted(rule: PolicyRule): string {
  const names = listed(rule);
  if (names.length === 0) return "nobody";
  if (rule.allow.any_of_count !== undefined) return `${rule.allow.any_of_count.count} of ${names.join(", ")}`;
  return inWords(names, rule.allow.all_of === undefined ? "or" : "and");
}

/**
 * What these votes (the names that each voter stands for) still lack, or null. A vote counts once: where a rule names alice and a group that she is
 * in, another one of the group is needed too.
 */
export function lacking(rule: PolicyRule, votes: readonly Names[]): string | null {
  const names = listed(rule);
  if (names.length === 0) return "nobody";
  const counting = votes.filter((vote) => lists(rule, vote));
  if (rule.allow.all_of !== undefined) {
    const open = unmatched(names, counting);
    return open.length === 0 ? null : inWords(open, "and");
  }
  const lack = votesFor(rule) - counting.length;
  if (lack <= 0) return null;
  return rule.allow.any_of_count === undefined ? inWords(names, "or") : `${lack} more of ${names.join(", ")}`;
}

/** Names that are left when as many as possible have a voter of their own. */
function unmatched(names: readonly string[], votes: readonly Names[]): string[] {
  const nameOfVote = new Map<number, string>();
  const place = (name: string, seen: Set<number>): boolean => {
    for (const [vote, stands] of votes.entries()) {
      if (!stands.has(name) || seen.has(vote)) continue;
      seen.add(vote);
      const other = nameOfVote.get(vote);
      if (other !== undefined && !place(other, seen)) continue;
      nameOfVote.set(vote, name);
      return true;
    }
    return false;
  };
  return names.filter((name) => !place(name, new Set()));
}

export function inWords(names: readonly string[], word: "and" | "or"): string {
  return names.length < 2 ? (names[0] ?? "nobody") : `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1) ?? ""}`;
}
