import { greedyReason } from "./greedy-playbook.ts";
import type { Playbook } from "./playbook.ts";
import { builtInLexicon } from "./lexicon.ts";
import { nameParts } from "./text.ts";

/** Ways in which people may ask for a playbook, made of what it says about itself. */
export function phrasingsOf(playbook: Playbook): string[] {
  const name = playbook.name.replaceAll(/[()]/g, " ").replaceAll(/\s+/g, " ").trim();
  const title = nameParts(playbook.id.split("/").at(-1) ?? playbook.id).join(" ");
  const tags = playbook.tags.join(" ");
  const variables = [...new Set(playbook.variables.slice(0, 24).flatMap((variable) => nameParts(variable.name)))].join(" ");
  const description = greedyReason(playbook) === undefined ? playbook.description : "";
  const phrasings = [
    `${name} ${title}`,
    description,
    `${name}: ${description} ${tags}`,
    `${playbook.verb} ${playbook.service ?? ""} ${tags} ${variables}`,
  ];
  const concepts = playbook.verb === "deploy" && playbook.service !== null ? builtInLexicon().conceptsOfService(playbook.service) : [];
  if (concepts.length > 0) phrasings.push(`${playbook.service ?? ""} ${concepts.join(" ").replaceAll("-", " ")}`);
  return [...new Set(phrasings.map((phrasing) => phrasing.trim().slice(0, 600)).filter((phrasing) => phrasing !== ""))];
}
