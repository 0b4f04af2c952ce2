import { anyone, type PolicyRule, type PolicySettings } from "./policy-settings.ts";

export interface PolicyProblem {
  /** Where in `policy`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly help: string;
}

/** What is wrong although the shape is right; the first is told. A name that means nobody, or two, would make a rule mean what nobody wrote. */
export function policyProblems(policy: PolicySettings): readonly PolicyProblem[] {
  const people = policy.people.map((person) => person.name);
  const groups = policy.groups.map((group) => group.name);
  const known = [...people, ...groups];
  return [
    ...namesOnce(policy),
    ...accountsOnce(policy),
    ...policy.groups.flatMap((group, at) =>
      group.members.flatMap((member, index) =>
        people.includes(member) ? [] : [unknownName(["groups", at, "members", index], member, people, "person")],
      ),
    ),
    ...policy.rules.flatMap((rule, at) => allowedProblems(rule, at, known, people)),
    ...policy.standing.flatMap((entry, at) =>
      people.includes(entry.owner) ? [] : [unknownName(["standing", at, "owner"], entry.owner, people, "person")],
    ),
  ];
}

function namesOnce(policy: PolicySettings): PolicyProblem[] {
  const seen = new Set<string>([anyone]);
  const named = [
    ...policy.people.map((person, at) => ({ path: ["people", at, "name"] as const, name: person.name })),
    ...policy.groups.map((group, at) => ({ path: ["groups", at, "name"] as const, name: group.name })),
  ];
  return named.flatMap((one) => {
    const twice = seen.has(one.name);
    seen.add(one.name);
    if (!twice) return [];
    const why = one.name === anyone ? `"${anyone}" means every member and cannot be a name` : `"${one.name}" is named twice`;
    return [{ path: one.path, message: why, help: "Give every person and group a name of its own." }];
  });
}

function accountsOnce(policy: PolicySettings): PolicyProblem[] {
  const owners = new Map<string, string>();
  return policy.people.flatMap((person, at) =>
    person.accounts.flatMap((one, index) => {
      const owner = owners.get(one);
      owners.set(one, person.name);
      if (owner === undefined) return [];
      const message = `${one} is an account of ${owner === person.name ? `${owner} already` : `both ${owner} and ${person.name}`}`;
      return [{ path: ["people", at, "accounts", index], message, help: "An account belongs to one person; remove it at one of them." }];
    }),
  );
}

function allowedProblems(rule: PolicyRule, at: number, known: readonly string[], people: readonly string[]): PolicyProblem[] {
  const { any_of, all_of, any_of_count } = rule.allow;
  const [key, names] =
    any_of_count !== undefined
      ? (["any_of_count", any_of_count.of] as const)
      : all_of !== undefined
        ? (["all_of", all_of] as const)
        : (["any_of", any_of ?? []] as const);
  const path = ["rules", at, "allow", key, ...(key === "any_of_count" ? ["of"] : [])];
  const problems = names.flatMap((one, index): PolicyProblem[] => {
    const here = [...path, index];
    if (names.indexOf(one) < index) return [{ path: here, message: `"${one}" stands here twice`, help: "Remove one of them." }];
    if (known.includes(one)) return [];
    if (one !== anyone) return [unknownName(here, one, known, "person or group")];
    if (key === "any_of" && rule.match.action?.every((action) => action === "request") === true) return [];
    return [{ path: here, message: `"${anyone}" may only ask`, help: "Use it with any_of in a rule whose match says action: request." }];
  });
  if (any_of_count !== undefined && any_of_count.of.every((one) => people.includes(one)) && any_of_count.of.length < any_of_count.count) {
    const message = `${any_of_count.count} people are needed, and ${any_of_count.of.length} are named`;
    problems.push({ path: ["rules", at, "allow", key, "count"], message, help: "Name more people, or lower the count." });
  }
  return problems;
}

function unknownName(path: readonly (string | number)[], given: string, known: readonly string[], what: string): PolicyProblem {
  const names = known.length === 0 ? "nobody is named yet" : `known: ${known.slice(0, 20).join(", ")}`;
  return { path, message: `there is no ${what} "${given}"`, help: `Correct the name (${names}), or add it.` };
}
