import type { ProposedTemplate, TemplateRefused, WrittenTemplate } from "../orchestrator/generate-template.ts";
import type { NoticeCard } from "./cards.ts";
import { notice } from "./make-cards.ts";

/** All files of a proposal, and the button that puts them on a branch. */
export function proposalCard({ id, scaffold, existing, proofs }: ProposedTemplate): NoticeCard {
  const { service, playbookPath, role, files, hosts, become } = scaffold;
  const there = existing.length === 0 ? "" : ` ${existing.length} of them are in the repo already and stay as they are.`;
  const text = `A playbook for ${service}: ${playbookPath} with the role ${role}, ${files.length} files.${there} It would act on ${hosts}${become ? " as root" : ""}. Passed: ${proofs.map(({ name }) => name).join("; ")}.`;
  return {
    ...notice("info", text, "Nothing is written yet. Who may administer can put it on a branch of the repo; your checkout stays as it is."),
    output: files.map((file) => (file.text === "" ? `── ${file.path} (empty)\n` : `── ${file.path}\n${file.text}`)).join("\n"),
    actions: existing.length === files.length ? [] : [{ id: "write", label: "Write it on a branch", style: "primary", target: id }],
  };
}

export function writtenCard({ service, written, skipped, branch, commit }: WrittenTemplate): NoticeCard {
  const there = skipped.length === 0 ? "" : ` Left as they are: ${skipped.join(", ")}.`;
  const text = `The playbook for ${service} is on the branch ${branch ?? "?"} (commit ${(commit ?? "").slice(0, 10)}): ${written.join(", ")}.${there}`;
  return notice("info", text, `To take it over: git merge ${branch ?? ""}. Then set its image, and say: deploy ${service}`);
}

/** Where what was made does not pass, with what was said against it. */
export function refusalText({ message, unproven }: TemplateRefused): string {
  const said = unproven?.proofs.flatMap((proof) => (proof.passed ? [] : [`${proof.name}: ${proof.said.slice(-600)}`])) ?? [];
  return [message, ...said].join("\n");
}
