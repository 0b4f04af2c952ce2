import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AnsibleFacts } from "../ansible-facts.ts";
import type { Environment } from "../environment.ts";
import { resolveSecrets } from "../resolve-secrets.ts";
import { secretEnvironment } from "../secret-sources.ts";
import { secretFilesIn } from "../secret-free-tree.ts";
import { copyForLint } from "./lint-copy.ts";

/** A copy of a repo in which ansible-lint and ansible may look: newer versions write beside what they read, and no code of the repo may run. */
export interface LintPlace {
  readonly repo: string;
  readonly env: Environment;
  /** Where modules of the repo would lie that did not come along. */
  readonly ownModules: readonly string[];
}

export interface LintPlaceDeps {
  readonly environment: Environment;
  /** Says which files of the repo hold passwords and keys: those are not copied. */
  readonly facts: (Pick<AnsibleFacts, "changedConfig"> & Partial<Pick<AnsibleFacts, "places">>) | undefined;
}

/** `secretsDir`: where the password files lie that the repo's settings name; a checkout elsewhere has none of those that git ignores. */
export async function inLintPlace<T>(
  deps: LintPlaceDeps,
  repoDir: string,
  secretsDir: string,
  work: (place: LintPlace) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "chiffon-lint-"));
  try {
    const repo = join(folder, "repo");
    const secrets = await secretsOf(deps, repoDir, secretsDir, folder);
    const ownModules = await copyForLint(repoDir, repo, secrets.files);
    await mkdir(join(folder, "cache"));
    const env = {
      ...deps.environment,
      XDG_CACHE_HOME: join(folder, "cache"),
      ANSIBLE_LOCAL_TEMP: join(folder, "tmp"),
      ANSIBLE_INVENTORY_ENABLED: "yaml,ini,toml",
      ...(await collectionsFor(deps, repoDir, repo)),
      ...secrets.environment,
    };
    return await work({ repo, env, ownModules });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where the repo finds its collections, and Chiffon's own. */
async function collectionsFor({ facts }: LintPlaceDeps, repoDir: string, copy: string): Promise<Environment> {
  if (facts?.places === undefined) return {};
  const root = await realpath(repoDir);
  const { collections } = await facts.places(repoDir);
  const paths = collections.map((path) => (path === root || path.startsWith(`${root}/`) ? `${copy}${path.slice(root.length)}` : path));
  return { ANSIBLE_COLLECTIONS_PATH: paths.join(":") };
}

/** Encrypted variables of roles need a password even for a look at the syntax. A program that prints one is not run: then another word stands for it. */
async function secretsOf(
  { facts, environment }: LintPlaceDeps,
  repoDir: string,
  secretsDir: string,
  folder: string,
): Promise<{ readonly files: ReadonlySet<string>; readonly environment: Environment }> {
  const config = (await facts?.changedConfig(repoDir)) ?? {};
  const files = await secretFilesIn(repoDir, config, environment["HOME"] ?? "/root");
  try {
    return { files, environment: await resolveSecrets(config, { folder: await realpath(secretsDir) }) };
  } catch {
    const none = join(folder, "no-password");
    await writeFile(none, "none\n", { mode: 0o600 });
    const names = Object.keys(secretEnvironment(config, folder, () => true));
    return { files, environment: Object.fromEntries(names.map((name) => [name, none])) };
  }
}
