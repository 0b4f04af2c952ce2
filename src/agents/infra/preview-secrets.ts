import { stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { AppError } from "../../errors.ts";
import type { PreviewCredentials } from "../../preview-credentials.ts";
import type { Environment } from "./environment.ts";
import { resolveSecrets, type SecretPlaces } from "./resolve-secrets.ts";

type Config = Readonly<Record<string, unknown>>;

/** Which of ansible's settings each one takes the place of. */
const replaced = {
  remote_user: [],
  private_key_file: ["DEFAULT_PRIVATE_KEY_FILE"],
  connection_password_file: ["CONNECTION_PASSWORD_FILE"],
  become_password_file: ["BECOME_PASSWORD_FILE"],
  vault_password_file: ["DEFAULT_VAULT_PASSWORD_FILE", "DEFAULT_VAULT_IDENTITY_LIST"],
} as const satisfies Record<keyof PreviewCredentials, readonly string[]>;

/**
 * `resolveSecrets` for a preview: an account that may do less, and other passwords and keys, where the settings name them. What they replace is
 * not even looked for. Throws `secret-missing` too.
 */
export async function resolvePreviewSecrets(config: Config, places: SecretPlaces, credentials: PreviewCredentials): Promise<Environment> {
  const given = Object.keys(replaced).filter((name) => credentials[name as keyof PreviewCredentials] !== undefined);
  const gone = new Set<string>(given.flatMap((name) => replaced[name as keyof PreviewCredentials]));
  const others = Object.fromEntries(Object.entries(config).filter(([name]) => !gone.has(name)));
  const vault = await placeOf("vault_password_file");
  const environment = {
    ANSIBLE_REMOTE_USER: credentials.remote_user,
    ANSIBLE_PRIVATE_KEY_FILE: await placeOf("private_key_file"),
    ANSIBLE_CONNECTION_PASSWORD_FILE: await placeOf("connection_password_file"),
    ANSIBLE_BECOME_PASSWORD_FILE: await placeOf("become_password_file"),
    ANSIBLE_VAULT_PASSWORD_FILE: vault,
    // Else the ids of ansible.cfg would still count.
    ANSIBLE_VAULT_IDENTITY_LIST: vault === undefined ? undefined : `default@${vault}`,
  };
  const known = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...(await resolveSecrets(others, places)), ...Object.fromEntries(known) };

  async function placeOf(name: Exclude<keyof PreviewCredentials, "remote_user">): Promise<string | undefined> {
    const path = credentials[name];
    if (path === undefined) return undefined;
    const place = isAbsolute(path) ? path : places.folder === undefined ? null : join(places.folder, path);
    const info = place === null ? null : await stat(place).catch(() => null);
    if (place !== null && info?.isFile() === true) return place;
    throw new AppError("secret-missing", `preview_credentials.${name} names ${path}, and there is no such file`, {
      help: "Correct the path in chiffon.yml, or put the file there; it is never copied or stored.",
    });
  }
}
