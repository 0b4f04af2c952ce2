import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf, sha256 } from "../../../canonical-json.ts";
import { AppError } from "../../../errors.ts";
import { cachedAnswer, type AnswerCache } from "../../answer-cache.ts";
import { programMark } from "../ansible-facts.ts";
import { findProgram, type Environment } from "../environment.ts";
import { lintSettingsFiles } from "./lint-copy.ts";
import { limitedProgram } from "./limited-program.ts";

export function findLint(environment: Environment): string {
  try {
    return findProgram("ansible-lint", environment);
  } catch (cause) {
    throw new AppError("lint-missing", "ansible-lint is not installed", {
      cause,
      help: "Install it, for example: apt install ansible-lint",
    });
  }
}

/** What findings depend on besides the files: versions of lint and ansible, the repo's settings for them, and which modules are its own. */
export async function lintTool(repoDir: string, environment: Environment, cache: AnswerCache): Promise<string> {
  const program = findLint(environment);
  const said = await cachedAnswer(cache, `ansible-lint-version/1:${programMark("ansible-lint", environment)}`, async () => {
    const { stdout } = await limitedProgram(program, { args: ["--version", "--nocolor"], cwd: "/", env: environment, timeLimitMs: 30_000 });
    return stdout;
  });
  // Colours come even where they are not wanted.
  const plain = said.replaceAll(/\u001B\[[\d;]*m/g, ""); // oxlint-disable-line no-control-regex
  const lint = /ansible-lint\s+([\w.]+)/.exec(plain)?.[1] ?? "?";
  const core = /ansible(?:-core)?[ :]+([\d.]+\w*)/.exec(plain.replace(/ansible-lint\s+\S+/, ""))?.[1] ?? "?";
  return `ansible-lint ${lint}, ansible ${core}, settings ${settingsMark(repoDir, environment).slice(0, 12)}`;
}

const ownModuleFolders = ["library", "action_plugins", "plugins/modules", "plugins/action", "collections", "playbooks/library"];

function settingsMark(repoDir: string, environment: Environment): string {
  const files = [...lintSettingsFiles, ".yamllint", ".yamllint.yaml", ".yamllint.yml", "ansible.cfg", "galaxy.yml"];
  const own = join(environment["XDG_CONFIG_HOME"] ?? join(environment["HOME"] ?? "/root", ".config"), "yamllint", "config");
  return digestOf([
    [...files.map((name) => join(repoDir, name)), own].map(hashOf),
    ownModuleFolders.map((folder) => namesBelow(join(repoDir, folder), 0)),
  ]);
}

function hashOf(file: string): string | null {
  try {
    return sha256(readFileSync(file));
  } catch {
    return null;
  }
}

/** Only the names count: modules of the repo are known to lint by theirs. */
function namesBelow(folder: string, depth: number): string[] {
  if (depth > 6) return [];
  try {
    return readdirSync(folder, { withFileTypes: true })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => (entry.isDirectory() ? namesBelow(join(folder, entry.name), depth + 1) : [`${depth} ${entry.name}`]));
  } catch {
    return [];
  }
}
