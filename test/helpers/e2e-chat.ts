export type PersonName = "alice" | "bob" | "carol";

/** Alice asks, Bob and Carol approve with four eyes, both of them what is destructive; all three approve what only reads; Carol administers. Nobody else may do anything. */
export function teamPolicy(accountOf: (name: PersonName) => string): string {
  const names = ["alice", "bob", "carol"] as const;
  return `policy:
  people:
${names.map((name) => `    - { name: ${name}, accounts: ["${accountOf(name)}"] }`).join("\n")}
  groups:
    - { name: team, members: [alice, bob, carol] }
    - { name: approvers, members: [bob, carol] }
  rules:
    - { match: { action: request }, allow: { any_of: [team] } }
    - { match: { action: [preview, cancel] }, allow: { any_of: [team] } }
    - { match: { action: admin }, allow: { any_of: [carol] } }
    - match: { action: approve, risk: destructive }
      allow: { any_of_count: { count: 2, of: [approvers] } }
      four_eyes: true
    - { match: { action: approve, risk: read }, allow: { any_of: [team] } }
    - { match: { action: approve }, allow: { any_of: [approvers] }, four_eyes: true }
`;
}

/** The buttons of a result without those of its suggestions, which lint decides. */
export function withoutSuggestions(labels: readonly string[]): readonly string[] {
  return labels.filter((label) => !/^(?:Apply suggestion|Dismiss): /.test(label));
}
