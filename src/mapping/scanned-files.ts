import { readFile } from "node:fs/promises";
import path from "node:path";
import { sha256 } from "../canonical-json.ts";
import { messageOf } from "../errors.ts";
import type { RejectedPlaybook } from "./playbook.ts";
import { readYaml, type PlaybookReading } from "./playbook-file.ts";
import type { RepoFile } from "./repo-files.ts";

/** What was read of a file, valid while its time and size stay. */
export type ScanCache = Map<string, { readonly stamp: string; readonly file: ScannedFile }>;

export function createScanCache(): ScanCache {
  return new Map();
}

export interface ScannedFile {
  readonly text: string;
  readonly hash: string;
  reading?: PlaybookReading;
  data?: unknown;
}

export const isYaml = (name: string): boolean => /\.ya?ml$/i.test(name);

// Folders whose YAML is never a playbook, wherever they stand.
const neverPlaybooks = new Set([
  "tasks",
  "handlers",
  "vars",
  "defaults",
  "meta",
  "templates",
  "files",
  "group_vars",
  "host_vars",
  "roles",
  "tests",
  "test",
  "filter_plugins",
  "library",
]);

export function mayBePlaybook(name: string): boolean {
  const parts = name.split("/");
  const file = parts.pop() ?? "";
  return (
    isYaml(file) &&
    !parts.some((part) => neverPlaybooks.has(part)) &&
    !/^(?:docker-)?compose|^requirements\.ya?ml$|^galaxy\.ya?ml$|^\./i.test(file)
  );
}

/** The files of one scan, each read when it is asked for and again only after it changed. What cannot be used is listed with its reason. */
export class ScannedFiles {
  readonly #repo: string;
  readonly #files: ReadonlyMap<string, RepoFile>;
  readonly #sizeLimit: number;
  readonly #cache: ScanCache;
  readonly rejected: RejectedPlaybook[];
  /** A file could not be read: a right that is given does not change its time. */
  isUnfinished = false;

  constructor(
    repo: string,
    files: readonly RepoFile[],
    options: { readonly rejected: readonly RejectedPlaybook[]; readonly sizeLimit: number; readonly cache: ScanCache },
  ) {
    this.#repo = repo;
    this.#files = new Map(files.map((file) => [file.path, file]));
    this.#sizeLimit = options.sizeLimit;
    this.#cache = options.cache;
    this.rejected = [...options.rejected];
  }

  get names(): string[] {
    return [...this.#files.keys()];
  }

  async read(name: string): Promise<ScannedFile | undefined> {
    const facts = this.#files.get(name);
    if (facts === undefined) return undefined;
    if (facts.size > this.#sizeLimit) {
      if (mayBePlaybook(name)) this.rejected.push({ path: name, reason: `larger than ${this.#sizeLimit} bytes: not read` });
      return { text: "", hash: `${facts.size}-${facts.modified}` };
    }
    const stamp = `${facts.modified}:${facts.size}`;
    const kept = this.#cache.get(name);
    if (kept?.stamp === stamp) return kept.file;
    try {
      const bytes = await readFile(path.join(this.#repo, name));
      const file: ScannedFile = { text: bytes.includes(0) ? "" : bytes.toString("utf8"), hash: sha256(bytes) };
      this.#cache.set(name, { stamp, file });
      return file;
    } catch (error) {
      this.isUnfinished = true;
      if (mayBePlaybook(name)) this.rejected.push({ path: name, reason: `cannot be read: ${messageOf(error)}` });
      return undefined;
    }
  }

  /** The first of these YAML files that is there, as data; undefined when all are missing or broken. A broken one is listed. */
  async data(folder: string, ...names: string[]): Promise<unknown> {
    for (const name of names) {
      const file = await this.read(`${folder}/${name}`);
      if (file === undefined) continue;
      try {
        return (file.data ??= readYaml(file.text) ?? {});
      } catch (error) {
        this.rejected.push({ path: `${folder}/${name}`, reason: `not readable as YAML: ${messageOf(error).split("\n", 1)[0] ?? ""}` });
      }
    }
    return undefined;
  }

  /** Of a file that was read; empty otherwise. */
  textOf(name: string): string {
    return this.#cache.get(name)?.file.text ?? "";
  }

  hashOf(name: string): string {
    return this.#cache.get(name)?.file.hash ?? "";
  }
}
