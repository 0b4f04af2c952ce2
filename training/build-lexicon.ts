// Makes src/mapping/built-in-lexicon.json from training/data. Run: npm run lexicon (or node training/build-lexicon.ts). Same input, same output.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "data");
const target = join(import.meta.dirname, "..", "src", "mapping", "built-in-lexicon.json");

export interface LexiconData {
  readonly version: string;
  /** name, other names, concepts */
  readonly services: readonly (readonly [string, readonly string[], readonly string[]])[];
  /** concept, phrases; one that ends in a question mark may mean much else */
  readonly concepts: readonly (readonly [string, readonly string[]])[];
}

export function buildLexicon(): string {
  const services = lines("services.txt").map((line) => {
    const [names = "", concepts = ""] = line.split("|");
    const [name = "", others = ""] = names.split(";");
    return [name.trim(), list(others, ","), list(concepts, " ")] as const;
  });
  // A concept may have several lines.
  const phrases = new Map<string, Set<string>>();
  for (const line of lines("concepts.txt")) {
    const at = line.indexOf(":");
    const concept = line.slice(0, at).trim();
    phrases.set(concept, new Set([...(phrases.get(concept) ?? []), ...list(line.slice(at + 1), ",")]));
  }
  const concepts = [...phrases].map(([concept, said]) => [concept, [...said]] as const);
  const known = new Set<string>(phrases.keys());
  for (const [name, , used] of services) {
    for (const concept of used) if (!known.has(concept)) throw new Error(`services.txt: ${name} uses the unknown concept ${concept}`);
  }
  const data: LexiconData = { version: "2", services, concepts };
  return `${JSON.stringify(data, null, 0).replaceAll(/\],\[/g, "],\n[")}\n`;
}

function lines(file: string): string[] {
  return readFileSync(join(folder, file), "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

function list(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

if (process.argv[1] === import.meta.filename) writeFileSync(target, buildLexicon());
