import { isAbsolute, join, normalize } from "node:path";
import { AppError } from "../../errors.ts";
import type { Environment } from "./environment.ts";

/** Where ansible's settings say that a secret comes from. A name and a path, never what the file holds. */
export interface SecretSource {
  readonly kind: "vault" | "become" | "connection" | "private-key";
  /** Of a vault password: its vault id, where the settings say one. */
  readonly label: string | null;
  /** Relative to the repo, or a place outside of it. */
  readonly path: string;
}

const kinds: Readonly<Record<string, SecretSource["kind"]>> = {
  DEFAULT_VAULT_IDENTITY_LIST: "vault",
  DEFAULT_VAULT_PASSWORD_FILE: "vault",
  BECOME_PASSWORD_FILE: "become",
  CONNECTION_PASSWORD_FILE: "connection",
  DEFAULT_PRIVATE_KEY_FILE: "private-key",
};
const variables: Readonly<Record<string, string>> = {
  DEFAULT_VAULT_IDENTITY_LIST: "ANSIBLE_VAULT_IDENTITY_LIST",
  DEFAULT_VAULT_PASSWORD_FILE: "ANSIBLE_VAULT_PASSWORD_FILE",
  BECOME_PASSWORD_FILE: "ANSIBLE_BECOME_PASSWORD_FILE",
  CONNECTION_PASSWORD_FILE: "ANSIBLE_CONNECTION_PASSWORD_FILE",
  DEFAULT_PRIVATE_KEY_FILE: "ANSIBLE_PRIVATE_KEY_FILE",
};
const vaultIds = "DEFAULT_VAULT_IDENTITY_LIST";
const prompts = new Set(["prompt", "prompt_ask_vault_pass"]);
type Config = Readonly<Record<string, unknown>>;

/** As `ansible-config dump --only-changed` has them, paths below the repo made relative. */
export function secretSourcesOf(config: Config): SecretSource[] {
  return Object.keys(kinds).flatMap((setting) => sourcesOf(setting, config));
}

/** Ansible would ask a person at the keyboard. */
export function isPrompt(source: SecretSource): boolean {
  return source.kind === "vault" && prompts.has(source.path);
}

/** Whether it lies in the repo, so that the sealed copy would hold it. */
export function isInRepo(source: SecretSource): boolean {
  return !isPrompt(source) && source.path !== "" && !isAbsolute(source.path) && !/^[~$]/.test(source.path);
}

/** For people and for the sealed plan: `vault:default (.vault_pass)`. */
export function secretName(source: SecretSource): string {
  const label = source.kind === "vault" ? `:${source.label ?? "default"}` : "";
  return `${source.kind}${label} (${source.path})`;
}

/** Ansible's settings by environment, for those that name files of the repo: the same files in `folder`, as far as they are `usable`. */
export function secretEnvironment(config: Config, folder: string, usable: (source: SecretSource) => boolean): Environment {
  const environment: Record<string, string> = {};
  for (const [setting, variable] of Object.entries(variables)) {
    const sources = sourcesOf(setting, config);
    const values = sources.filter(usable).map((source) => [source.label, placeOf(source, folder)] as const);
    const [first] = values;
    if (first === undefined || !sources.some(isInRepo)) continue;
    environment[variable] = setting === vaultIds ? values.map(([label, place]) => vaultId(label, place)).join(",") : first[1];
  }
  return environment;
}

/** The files that `secretEnvironment` names. */
export function filesIn(environment: Environment): string[] {
  return Object.values(environment).flatMap((value) =>
    value.split(",").map((one) => (isAbsolute(one) ? one : one.slice(one.indexOf("@") + 1))),
  );
}

function vaultId(label: string | null, place: string): string {
  if (place.includes(",")) {
    throw new AppError("secret-path-refused", `${place} has a comma in its path, and ansible separates vault ids by commas`, {
      help: "Give the file or its folder another name.",
    });
  }
  return label === null && !place.includes("@") ? place : `${label ?? "default"}@${place}`;
}

/** Where a source lies, for an agent whose copy of the repo's secrets is `folder`. */
export function placeOf(source: SecretSource, folder: string): string {
  if (!isInRepo(source)) return source.path;
  const path = normalize(source.path);
  if (path.startsWith(".."))
    throw new AppError("secret-path-refused", `${secretName(source)} leads out of the repo`, { help: "Write an absolute path." });
  return join(folder, path);
}

function sourcesOf(setting: string, config: Config): SecretSource[] {
  const kind = kinds[setting];
  const values = [config[setting] ?? []].flat().filter((one): one is string => typeof one === "string" && one !== "");
  if (kind === undefined) return [];
  if (setting !== vaultIds) {
    const identity = config["DEFAULT_VAULT_IDENTITY"];
    return values.slice(0, 1).map((path) => ({ kind, label: kind === "vault" && typeof identity === "string" ? identity : null, path }));
  }
  return values.map((value) => {
    const [, label, path = value] = /^([^@]*)@(.*)$/s.exec(value.trim()) ?? [];
    return { kind, label: label ?? null, path: path.trim() };
  });
}
