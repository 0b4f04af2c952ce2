import { realpathSync, statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { digestOf, sha256 } from "../../canonical-json.ts";
import { AppError } from "../../errors.ts";
import { cachedAnswer, type AnswerCache } from "../answer-cache.ts";
import { configEnvironment, effectiveConfig, type EffectiveConfig } from "./ansible-config.ts";
import { findProgram, quietAnsible, type Environment } from "./environment.ts";
import { ownCollections } from "./own-collections.ts";
import { fromRepo, inRepo, repoPlace } from "./repo-place.ts";

/** What ansible says of itself and of the repo's configuration. Each question costs a third of a second, so answers are kept. */
export interface AnsibleFacts {
  /** e.g. `2.14.18`. Throws `program-missing`. */
  version(): Promise<string>;
  /** Settings that are not ansible's defaults, in the repo; paths below the repo are made relative. Names of secret files stay, never contents. */
  changedConfig(repo: string): Promise<Readonly<Record<string, unknown>>>;
  /** Where ansible looks for code in this repo, and which file told it. */
  places(repo: string): Promise<CodePlaces>;
}

/** Absolute folders, in the order in which they are looked through. */
export interface CodePlaces {
  readonly config: EffectiveConfig;
  readonly roles: readonly string[];
  readonly collections: readonly string[];
  /** Modules and every kind of plugin. */
  readonly plugins: readonly string[];
  /** Only modules and action plugins: what may stand in the place of a module. */
  readonly modules: readonly string[];
}

const dumpSchema = z.array(z.unknown());
const settingSchema = z.looseObject({ name: z.string(), value: z.unknown(), origin: z.string().nullable().optional() });
interface Dump {
  readonly changed: Readonly<Record<string, unknown>>;
  readonly folders: Readonly<Record<string, readonly string[]>>;
}

export function createAnsibleFacts(options: { readonly environment: Environment; readonly cache: AnswerCache }): AnsibleFacts {
  const { environment, cache } = options;

  const run = async (program: string, args: readonly string[], cwd: string, more: Environment = {}): Promise<string> => {
    const result = await execa(findProgram(program, environment), args, {
      cwd,
      env: { ...environment, ...quietAnsible, ...more },
      extendEnv: false,
      reject: false,
      timeout: 30_000,
      stdin: "ignore",
    });
    if (result.failed) {
      throw new AppError(
        "ansible-failed",
        `${program} ${args.join(" ")} failed: ${String(result.stderr || result.stdout || result.shortMessage).slice(-1_000)}`,
        {
          help: "Run that command in the repo by hand and correct what it says.",
        },
      );
    }
    return result.stdout;
  };

  const versionText = (): Promise<string> =>
    cachedAnswer(cache, `ansible-version/2:${programMark("ansible-playbook", environment)}`, () =>
      run("ansible-playbook", ["--version"], "/"),
    );

  const dumpOf = async (repo: string): Promise<{ root: string; config: EffectiveConfig; dump: Dump }> => {
    const root = await realpath(repo);
    const config = await effectiveConfig(root, environment);
    const settings = Object.entries(environment).filter(([name]) => name.startsWith("ANSIBLE_"));
    const mark = programMark("ansible-config", environment);
    const file = config.inRepo ? repoPlace : config.file;
    // Not where the repo lies: a run's copy, and each copy that lint looks at, would be asked for anew.
    const key = digestOf([mark, environment["HOME"] ?? null, file, sha256(config.text), settings]);
    const dump = await cachedAnswer(cache, `ansible-config/3:${key}`, async () =>
      dumpFrom(await run("ansible-config", ["dump", "--format", "json"], root, configEnvironment(config)), root),
    );
    return { root, config, dump };
  };

  return {
    async version() {
      const said = await versionText();
      return /core (\S+?)\]/.exec(said)?.[1] ?? said.split("\n")[0] ?? "unknown";
    },
    async changedConfig(repo) {
      return (await dumpOf(repo)).dump.changed;
    },
    async places(repo) {
      const { root, config, dump } = await dumpOf(repo);
      const own = /^\s*ansible python module location = (.+)$/m.exec(await versionText())?.[1];
      const named = (pattern: RegExp): string[] => Object.entries(dump.folders).filter(([name]) => pattern.test(name)).flatMap(([, paths]) => paths.map((path) => inRepo(path, root))); // prettier-ignore
      return {
        config,
        roles: named(/^DEFAULT_ROLES_PATH$/),
        // Chiffon adds its own to what the settings name; ansible's own package may bring collections beside it.
        collections: [...named(/^COLLECTIONS_PATHS?$/), ownCollections, ...(own === undefined ? [] : [dirname(own.trim())])],
        plugins: [...new Set(named(pluginSetting))],
        modules: named(/^DEFAULT_(?:MODULE|ACTION_PLUGIN)_PATH$/),
      };
    },
  };
}

const pluginSetting = /PLUGIN_PATH$|^DEFAULT_MODULE(?:_UTILS)?_PATH$/;

function dumpFrom(said: string, root: string): Dump {
  const changed: Record<string, unknown> = {};
  const folders: Record<string, string[]> = {};
  for (const entry of dumpSchema.parse(JSON.parse(said))) {
    // Newer versions add a block of another form, about Galaxy's servers.
    const parsed = settingSchema.safeParse(entry);
    if (!parsed.success) continue;
    const { name, value, origin } = parsed.data;
    if (origin !== "default" && origin !== "REQUIRED" && value !== null) changed[name] = withoutRoot(value, root);
    if (pluginSetting.test(name) || /^(?:DEFAULT_ROLES_PATH|COLLECTIONS_PATHS?)$/.test(name))
      folders[name] = [value].flat().flatMap((one) => (typeof one === "string" ? [fromRepo(one, root)] : []));
  }
  return { changed, folders };
}

/** Changes when the program does. */
export function programMark(name: string, environment: Environment): string {
  const path = realpathSync(findProgram(name, environment));
  const info = statSync(path);
  return `${path}:${info.size}:${Math.trunc(info.mtimeMs)}`;
}

function withoutRoot(value: unknown, root: string): unknown {
  if (typeof value === "string") return value === root ? "." : value.replaceAll(`${root}/`, "");
  if (Array.isArray(value)) return value.map((one) => withoutRoot(one, root));
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutRoot(one, root)]));
  return value;
}
