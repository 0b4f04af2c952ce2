// Makes src/mapping/built-in-lexicon.json from training/data. Run: npm run lexicon (or node training/build-lexicon.ts). Same input, same output.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nameKey } from "../src/mapping/text.ts";

const folder = join(import.meta.dirname, "data");
const target = join(import.meta.dirname, "..", "src", "mapping", "built-in-lexicon.json");
const wordsTarget = join(import.meta.dirname, "..", "src", "mapping", "built-in-words.json");

export interface LexiconData {
  readonly version: string;
  /** name, other names, concepts; a name that ends in a question mark is an everyday word too */
  readonly services: readonly (readonly [string, readonly string[], readonly string[]])[];
  /** concept, phrases; one that ends in a question mark may mean much else */
  readonly concepts: readonly (readonly [string, readonly string[]])[];
  /** Concepts that are acts on what is there: no service is for them, whatever its description says. */
  readonly operations: readonly string[];
}

export function buildLexicon(): string {
  // A concept may have several lines, in several files.
  const phrases = new Map<string, Set<string>>();
  const operations = new Set<string>();
  for (const { file, line } of lines("concepts")) {
    const at = line.indexOf(":");
    const concept = line.slice(0, at).trim();
    if (file.startsWith("concepts-operations") && !phrases.has(concept)) operations.add(concept);
    phrases.set(concept, new Set([...(phrases.get(concept) ?? []), ...list(line.slice(at + 1), ",").flatMap(alternatives)]));
  }
  const concepts = [...phrases].map(([concept, said]) => [concept, [...said]] as const);
  const data: LexiconData = { version: "2", services: readServices(new Set(phrases.keys())), concepts, operations: [...operations] };
  return `${JSON.stringify(data, null, 0).replaceAll(/\],\[/g, "],\n[")}\n`;
}

/** What one thing is called: the English words, then those of each other language in the order of `wordLanguages`. */
export function buildWords(): string {
  const groups = lines("words").map(({ line }) => line.split("|").map((column) => list(column, ",")));
  return `[${groups.map((group) => JSON.stringify(group)).join(",\n")}]\n`;
}

/** "(site/shop) (down/offline)": four phrases, all of whose words must be said, small ones too. */
const alternatives = (phrase: string): string[] => (phrase.includes("(") ? combinations(phrase).map((one) => `!${one}`) : [phrase]);

function combinations(phrase: string): string[] {
  const found = /\(([^()]*)\)/.exec(phrase);
  if (found === null) return [phrase.replaceAll(/\s+/g, " ").trim()];
  const [all, choices = ""] = found;
  return choices.split("/").flatMap((choice) => combinations(phrase.replace(all, ` ${choice.trim()} `)));
}

/** A service that several files know is one service, with all names and concepts. */
function readServices(known: ReadonlySet<string>): LexiconData["services"] {
  const services: { readonly name: string; readonly others: Set<string>; readonly concepts: Set<string> }[] = [];
  const byKey = new Map<string, (typeof services)[number]>();
  for (const { file, line } of lines("services")) {
    const [names = "", used = ""] = line.split("|");
    const [first = "", others = ""] = names.split(";");
    const name = first.trim();
    const concepts = list(used, " ");
    for (const concept of concepts) if (!known.has(concept)) throw new Error(`${file}: ${name} uses the unknown concept ${concept}`);
    let service = byKey.get(nameKey(name));
    if (service === undefined) services.push((service = { name, others: new Set(), concepts: new Set() }));
    for (const concept of concepts) service.concepts.add(concept);
    // A name that another service has already stays with it.
    for (const spelling of [name, ...list(others, ",")]) {
      if (byKey.has(nameKey(spelling))) continue;
      byKey.set(nameKey(spelling), service);
      if (spelling !== service.name) service.others.add(spelling);
    }
  }
  return services.map(({ name, others, concepts }) => [name, [...others], [...concepts]]);
}

/** Of all files of a kind, the general one first. */
function lines(kind: "concepts" | "services" | "words"): { readonly file: string; readonly line: string }[] {
  const files = readdirSync(folder).filter((file) => file.startsWith(kind) && file.endsWith(".txt"));
  const rest = files.filter((file) => file !== `${kind}.txt`).sort();
  return [`${kind}.txt`, ...rest].flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => ({ file, line })),
  );
}

function list(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(target, buildLexicon());
  writeFileSync(wordsTarget, buildWords());
}
