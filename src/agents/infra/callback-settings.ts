import { mkdir, readFile, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { digestOf } from "../../canonical-json.ts";
import { AppError } from "../../errors.ts";
import { findProgram, quietAnsible, type Environment } from "./environment.ts";
import { ownCollections } from "./own-collections.ts";
import { readRegularFile } from "./regular-file.ts";
import { fromRepo, inRepo, repoPlace } from "./repo-place.ts";

const pluginFolder = fileURLToPath(new URL("../../../ansible/callback_plugins", import.meta.url));
const ownSchema = z.object({ paths: z.array(z.string()), enabled: z.array(z.string()), collections: z.array(z.string()) });
type OwnSettings = z.infer<typeof ownSchema>;
const settingSchema = z.object({ name: z.string(), value: z.unknown() });
const configLimit = 256 * 1024;
export interface CallbackSettings {
  /** `ANSIBLE_CALLBACK_PLUGINS`, `ANSIBLE_CALLBACKS_ENABLED` and `ANSIBLE_COLLECTIONS_PATH`: the user's own values with ours added. */
  merged(folder: string, environment: Environment): Promise<Environment>;
}

/** Setting the variables replaces what ansible.cfg says, so its values are read first; `ansible-config` takes 0.4 s, so they are kept. */
export function createCallbackSettings(cacheFolder: string): CallbackSettings {
  const known = new Map<string, Promise<OwnSettings>>();
  return {
    async merged(folder, environment) {
      const key = await keyOf(environment);
      let reading = known.get(key);
      if (reading === undefined) {
        reading = readCached(join(cacheFolder, `${key}.json`), folder, environment);
        known.set(key, reading);
        reading.catch(() => known.delete(key));
      }
      const own = await reading;
      return {
        ANSIBLE_CALLBACK_PLUGINS: [pluginFolder, ...own.paths.map((path) => inRepo(path, folder))].join(":"),
        ANSIBLE_CALLBACKS_ENABLED: [...own.enabled.filter((name) => name !== "chiffon_events"), "chiffon_events"].join(","),
        // Last: what the user has under the same name comes first.
        ANSIBLE_COLLECTIONS_PATH: [...own.collections.map((path) => inRepo(path, folder)), ownCollections].join(":"),
      };
    },
  };
}

async function keyOf(environment: Environment): Promise<string> {
  const files = [environment["ANSIBLE_CONFIG"] ?? "", join(homedir(), ".ansible.cfg"), "/etc/ansible/ansible.cfg"];
  const texts = await Promise.all(files.map(async (file) => (await readRegularFile(file, configLimit))?.toString("utf8") ?? null));
  const settings = Object.entries(environment).filter(([name]) => name.startsWith("ANSIBLE_") && name !== "ANSIBLE_CONFIG");
  const program = await realpath(findProgram("ansible-config", environment));
  return digestOf([repoPlace, texts, settings, program, (await stat(program)).mtimeMs]).slice(0, 32);
}

async function readCached(file: string, folder: string, environment: Environment): Promise<OwnSettings> {
  const cached = await readFile(file, "utf8").then(parseCached, () => null);
  if (cached !== null) return cached;
  const own = await readSettings(folder, environment);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // By several runs at once, each with an unfinished file of its own.
  await writeFileAtomic(file, JSON.stringify(own), { mode: 0o600, fsync: false });
  return own;
}

/** Null for a damaged file: it is read anew from ansible. */
function parseCached(text: string): OwnSettings | null {
  try {
    return ownSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function readSettings(folder: string, environment: Environment): Promise<OwnSettings> {
  const dump = await execa("ansible-config", ["dump", "--format", "json"], {
    cwd: folder,
    env: { ...environment, ...quietAnsible },
    extendEnv: false,
    stdin: "ignore",
    timeout: 30_000,
    reject: false,
  });
  if (dump.exitCode !== 0) {
    throw new AppError("ansible-config-failed", `ansible-config dump failed: ${dump.stderr.slice(-1000)}`, {
      help: "Run `ansible-config dump` in the repository and mend what it says.",
    });
  }
  const settings = z
    .array(z.unknown())
    .parse(JSON.parse(dump.stdout))
    .flatMap((entry) => {
      const parsed = settingSchema.safeParse(entry);
      return parsed.success ? [parsed.data] : [];
    });
  const list = (name: string): string[] => {
    const value = settings.find((setting) => setting.name === name)?.value;
    return Array.isArray(value) ? value.map(String) : [];
  };
  return {
    paths: list("DEFAULT_CALLBACK_PLUGIN_PATH").map((path) => fromRepo(path, folder)),
    enabled: list("CALLBACKS_ENABLED"),
    collections: list("COLLECTIONS_PATHS").map((path) => fromRepo(path, folder)),
  };
}
