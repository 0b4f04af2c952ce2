import type { PlaybookVariable } from "../../mapping/playbook.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { nameParts, stem, wordsOf } from "../../mapping/text.ts";
import { verbAt } from "../../mapping/verb-words.ts";
import type { Put } from "./put-value.ts";
import { isNumber, isPath, type Token } from "./stated-values.ts";
import type { Vocabulary } from "../vocabulary.ts";

/** "PostgreSQL 16", "the new box as pve3", "called Kidsworld", "drain kw1": names and versions that stand where they belong. */
export function fillNames(
  tokens: readonly Token[],
  variables: readonly PlaybookVariable[],
  hosts: readonly string[],
  { vocabulary, description, title, isDeployed }: { readonly vocabulary?: Vocabulary; readonly description: string; readonly title: string; readonly isDeployed: boolean },
  used: Set<number>,
  put: Put,
): void {
  const version = variables.find((variable) => /(?:^|_)version$/.test(variable.name));
  const release = variables.find((variable) => /(?:^|_)(?:release|version)$/.test(variable.name));
  const ownName = variables.find((variable) => /(?:_name|_title)$/.test(variable.name) && !/(?:user|host|node|db|domain|database|service)_?name$/.test(variable.name)); // prettier-ignore
  const machine = variables.find((variable) => /^(?:node|host|machine|server)_?name$/.test(variable.name));
  const tag = variables.find((variable) => /(?:^|_)(?:tag|label)$/.test(variable.name));
  // "Mailman 3": the number is part of its name.
  const titleWords = new Set(title.split(/\s+/).flatMap((word) => [word, ...(roman.has(word) ? [String(roman.get(word))] : [])]));
  tokens.forEach((token, at) => {
    if (used.has(at)) return;
    const before = tokens[at - 1];
    if (release !== undefined && before !== undefined && !before.comma && /^[rv]?\d{2,4}[a-z]$/i.test(token.value) && !/^\d+[smhdwkgt]$/i.test(token.value)) put(release, token.value, [at]);
    if (version !== undefined && isNumber(token.value) && token.value.length <= 4 && before !== undefined && !before.comma) {
      const isFirst = at === 1 && /^[a-z]{2,}$/i.test(before.value) && vocabulary?.isVariableWord(before.lower) !== true && verbAt(wordsOf(before.value), 0) === undefined && isDeployed;
      const isName = isFirst || vocabulary?.servicesIn(wordsOf(before.value))[0] !== undefined;
      const next = tokens[at + 1];
      const isUnit = next !== undefined && !token.comma && !isStopWord(next.lower) && !next.isQuoted && next.lower.endsWith("s");
      if (isName && !isUnit && !titleWords.has(token.value)) put(version, token.value, [at]);
    }
    if (/^(?:called|named|namens|genannt|llamado|nomme|nommé)$/.test(before?.lower ?? "") && ownName !== undefined) put(ownName, token.value, [at]);
    // "share /srv/films as movies"
    if (/^(?:as|als|como|comme)$/.test(before?.lower ?? "") && ownName !== undefined && isPath(tokens[at - 2]?.value ?? "") && !isStopWord(token.lower)) put(ownName, token.value, [at]);
    if (/^(?:as|called|named|als|como|comme)$/.test(before?.lower ?? "") && machine !== undefined && /^[a-z][a-z0-9-]*$/i.test(token.value) && !isStopWord(token.lower)) put(machine, token.value, [at]);
    if (tag !== undefined && /^(?:it|them|tag|label)$/.test(before?.lower ?? "") && /^(?:tag|label|as)$/.test(tokens[at - (before?.lower === "tag" || before?.lower === "label" ? 1 : 2)]?.lower ?? "") && !isStopWord(token.lower)) put(tag, token.value, [at]);
  });
  // "recall Nightjar": the object behind the verb, for a playbook whose first value says what it is about.
  const [about] = variables;
  if (about !== undefined && !/service/.test(about.name) && aboutNouns.test(about.name)) {
    const verb = nameParts(about.name)[0] ?? "";
    const at = tokens.findIndex((token, place) => place > 0 && !used.has(place) && stem(tokens[place - 1]?.lower ?? "") === stem(verb) && /^\p{Lu}|_|\d/u.test(token.value));
    const token = tokens[at];
    if (token !== undefined && vocabulary?.servicesIn(wordsOf(token.value))[0] === undefined) put(about, token.value, [at]);
  }
  // "Installs a release of Blender, Nuke or Houdini": what the playbook itself names as its objects.
  if (ownName?.name.endsWith("_name") === true && nameParts(ownName.name).length === 2) {
    const offered = new Set([...description.matchAll(/(?<=[a-z,(] )\p{Lu}[\p{L}\d+.-]*/gu)].map((match) => match[0].toLowerCase()));
    const at = offered.size < 2 ? -1 : tokens.findIndex((token, place) => !used.has(place) && offered.has(token.lower));
    const token = tokens[at];
    if (token !== undefined) put(ownName, token.value, [at]);
  }
  // "export /srv/films to the suites"
  const clients = variables.find((variable) => /(?:^|_)clients$/.test(variable.name));
  if (clients !== undefined && hosts.length > 0 && tokens.some((token) => /^(?:export|share|publish|expose|offer|readable|writable|available|accessible|exportiere|freigeben|comparte|partage)$/.test(token.lower))) put(clients, hosts.length === 1 ? hosts[0] : [...hosts], []);
  // What is done to one machine of the cluster takes its name.
  const [only] = hosts;
  if (machine !== undefined && only !== undefined && hosts.length === 1 && /\d/.test(only)) put(machine, only, []);
} // prettier-ignore

/** "Firefly III" is said with a 3. */
const roman = new Map(["II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"].map((numeral, at) => [numeral, at + 2]));

const aboutNouns =
  /_(?:project|name|site|team|customer|client|dataset|job|tenant|course|film|volume|pool|database|bucket|repo|repository|branch|room|share|vm|domain|list)$/;
