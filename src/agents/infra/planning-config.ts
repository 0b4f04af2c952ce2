import { mkdtemp, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join, normalize } from "node:path";
import type { Environment } from "./environment.ts";

/** What changes how an inventory's data are read, by its name in ansible.cfg. Nothing here makes ansible load code. */
const dataSettings: Readonly<Record<string, string>> = {
  DEFAULT_VAULT_IDENTITY: "vault_identity",
  DEFAULT_VAULT_ID_MATCH: "vault_id_match",
  DEFAULT_HASH_BEHAVIOUR: "hash_behaviour",
  VARIABLE_PRECEDENCE: "precedence",
  TRANSFORM_INVALID_GROUP_CHARS: "force_valid_group_names",
  INVENTORY_IGNORE_EXTS: "inventory_ignore_extensions",
  INVENTORY_IGNORE_PATTERNS: "inventory_ignore_patterns",
  YAML_FILENAME_EXTENSIONS: "yaml_valid_extensions",
  DUPLICATE_YAML_DICT_KEY: "duplicate_dict_key",
};
const secretSettings: Readonly<Record<string, string>> = {
  DEFAULT_VAULT_PASSWORD_FILE: "vault_password_file",
  DEFAULT_VAULT_IDENTITY_LIST: "vault_identity_list",
};
const codeSettings =
  /^ANSIBLE_(?:\w+_PLUGINS?|LIBRARY|MODULE_UTILS|CONFIG|VAULT_\w+|CALLBACKS_ENABLED|CALLBACK_WHITELIST|STDOUT_CALLBACK|STRATEGY)$/;
const pluginKinds = "ACTION BECOME CACHE CALLBACK CONNECTION FILTER LOOKUP STRATEGY TEST VARS".split(" ");

export interface PlanningConfig {
  readonly folder: string;
  readonly environment: Environment;
  /** Password scripts of the repo, which are not run. */
  readonly withheld: readonly string[];
  /** For asking once more where the passwords at hand are none or wrong ones. */
  withoutPasswords(): Promise<void>;
}

/**
 * A configuration for asking ansible while nobody has approved anything: the repo's settings that concern data, and no plugin folder, script or
 * other code of the repo. The caller removes the folder.
 */
export async function makePlanningConfig(
  root: string,
  changed: Readonly<Record<string, unknown>>,
  environment: Environment,
): Promise<PlanningConfig> {
  const folder = await mkdtemp(join(tmpdir(), "chiffon-planning-"));
  const withheld: string[] = [];
  const lines = ["[defaults]"];
  const passwords: string[] = [];
  const write = (all: readonly string[]): Promise<void> => writeFile(join(folder, "ansible.cfg"), `${all.join("\n")}\n`, { mode: 0o600 });
  for (const [name, key] of Object.entries(dataSettings)) if (changed[name] !== undefined) lines.push(`${key} = ${text(changed[name])}`);
  for (const [name, key] of Object.entries(secretSettings)) {
    const usable: string[] = [];
    for (const value of [changed[name] ?? []].flat()) {
      const [, id = "", path = ""] = /^([^@/]*@)?(.*)$/s.exec(typeof value === "string" ? value : "") ?? [];
      // Nobody sits at the keyboard here.
      if (path === "" || path.startsWith("prompt")) continue;
      const file = path.startsWith("~") || isAbsolute(path) ? path : join(root, normalize(path));
      const info = file.startsWith(`${root}/`) ? await stat(file).catch(() => null) : undefined;
      // One that is gone is told of where the plan is sealed.
      if (info === null) continue;
      if (info !== undefined && (!info.isFile() || (info.mode & 0o111) !== 0)) withheld.push(path);
      else usable.push(`${id}${file}`);
    }
    if (usable.length > 0) passwords.push(`${key} = ${text(usable)}`);
  }
  await write([...lines, ...passwords]);
  const kept = Object.fromEntries(Object.entries(environment).filter(([name]) => !codeSettings.test(name)));
  return {
    folder,
    environment: { ...kept, ANSIBLE_CONFIG: join(folder, "ansible.cfg"), ANSIBLE_PLAYBOOK_DIR: folder },
    withheld,
    withoutPasswords: () => write(lines),
  };
}

/** For inventories that the settings name as programs: the repo's configuration, with all other plugin folders pointed to an empty one. */
export async function withoutPlugins({ folder, withheld }: PlanningConfig): Promise<Environment> {
  const plugins = Object.fromEntries(pluginKinds.map((kind) => [`ANSIBLE_${kind}_PLUGINS`, folder]));
  if (withheld.length === 0) return { ANSIBLE_PLAYBOOK_DIR: folder, ...plugins };
  // The repo's own configuration would run its password scripts.
  const none = join(folder, "no-password");
  await writeFile(none, "none\n", { mode: 0o600 });
  return { ANSIBLE_PLAYBOOK_DIR: folder, ...plugins, ANSIBLE_VAULT_PASSWORD_FILE: none, ANSIBLE_VAULT_IDENTITY_LIST: none };
}

function text(value: unknown): string {
  return [value]
    .flat()
    .map(String)
    .join(",")
    .replaceAll(/[\r\n]/g, " ");
}
