import path from "node:path";
import { verbs, type Verb } from "./playbook.ts";
import { partsOfName } from "./run-together.ts";
import { nameParts, wordsOf } from "./text.ts";
import { joinVerbs, verbOfNames, verbOfPlaybookText } from "./verb-words.ts";

/** The part of a playbook's path that names it: the file without its ending, or the folder of a `main.yml`. */
export const stemOf = (name: string): string => {
  const parts = name.replace(/\.ya?ml$/i, "").split("/");
  const last = parts.at(-1) ?? "";
  return /^(?:main|site|playbook|index|all)$/i.test(last) && parts.length > 1 ? (parts.at(-2) ?? last) : last;
};
export const titleOf = (name: string): string =>
  nameParts(name)
    .map((part, index) => (index === 0 ? part.charAt(0).toUpperCase() + part.slice(1) : part))
    .join(" ");
export const verbOfName = (name: string): Verb | undefined => verbOfPlaybookText(wordsOf(partsOfName(stemOf(name)).join(" ")));

/** What a playbook does: as it says itself, else by its name, its folder, its plays, its description, else by its roles. */
export function verbOf(
  setting: string | undefined,
  name: string,
  playNames: readonly string[],
  description: string,
  roles: readonly string[],
): Verb {
  const stated = verbs.find((verb) => verb === setting);
  if (stated !== undefined) return stated;
  const folder = path.posix.dirname(name).split("/").at(-1) ?? "";
  const texts = [
    partsOfName(stemOf(name)).join(" "),
    /^(?:playbooks?|ansible|\.)$/.test(folder) ? "" : nameParts(folder).join(" "),
    ...playNames,
    description,
  ];
  const [title = ""] = playNames;
  for (const [at, text] of texts.entries()) {
    const verb = at === 0 ? verbOfNames(wordsOf(text), wordsOf(joinVerbs(title))) : verbOfPlaybookText(wordsOf(text));
    if (verb !== undefined) return verb;
  }
  const own = nameParts(stemOf(name)).join("");
  return roles.some((role) => nameParts(role).join("") === own) ? "deploy" : "run";
}
