import { knownServiceIn } from "./lexicon.ts";
import { nameParts, stem, wordsOf } from "./text.ts";
import { verbAt } from "./verb-words.ts";

// What playbooks for everything are called: these words are no service of their own.
const general = new Set(
  "service services app apps application applications container containers all any host hosts server servers machine machines node nodes system systems os disk disks certificate certificates cert certs user users account accounts firewall rule rules report reports package packages update updates upgrade backup backups image images volume volumes site main common base setup playbook run check health status log logs file files config configuration everything full maintenance cleanup security ssh dns record records portal portals monitor monitors new key keys secret secrets and the of to for from a an existing named one".split(
    " ",
  ),
);

/** The service in a playbook's file name: a known one that stands in it, else what remains without verbs when that is no general word. */
export function serviceOfName(name: string, known: readonly string[]): string | undefined {
  const parts = nameParts(name);
  const fromKnown = known.filter((service) => contains(parts, nameParts(service))).sort((a, b) => b.length - a.length)[0];
  if (fromKnown !== undefined) return fromKnown;
  const words = wordsOf(parts.join(" "));
  const rest: string[] = [];
  for (let index = 0; index < words.length;) {
    const hit = verbAt(words, index);
    if (hit === undefined) rest.push(words[index]?.lower ?? "");
    index = hit === undefined ? index + 1 : hit.to;
  }
  const world = knownServiceIn(rest.join(" "));
  if (world !== undefined) return nameParts(world).join("-");
  return rest.length === 0 || rest.some((part) => general.has(part) || general.has(stem(part))) ? undefined : rest.join("-");
}

function contains(parts: readonly string[], wanted: readonly string[]): boolean {
  return wanted.length > 0 && parts.some((_, start) => wanted.every((part, offset) => parts[start + offset] === part));
}

export function isGeneralWord(word: string): boolean {
  return general.has(word) || general.has(stem(word));
}
