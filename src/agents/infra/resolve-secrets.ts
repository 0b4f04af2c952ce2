import { stat } from "node:fs/promises";
import { AppError } from "../../errors.ts";
import type { Environment } from "./environment.ts";
import { isInRepo, isPrompt, placeOf, secretEnvironment, secretName, secretSourcesOf, type SecretSource } from "./secret-sources.ts";

export interface SecretPlaces {
  /** The repo's real folder on this machine, or another that holds the same secret files; absent: this agent has none. */
  readonly folder?: string | undefined;
  /** Password scripts of the repo that `chiffon.yml` allows to be run, by their paths in it. */
  readonly passwordScripts?: readonly string[] | undefined;
}

/**
 * Finds the password files and keys that the settings name by a path in the repo, and gives ansible's variables for them, by absolute paths. Nothing is
 * read, copied or run. Throws `secret-missing`, `password-script-refused`, `secret-prompt`.
 */
export async function resolveSecrets(config: Readonly<Record<string, unknown>>, places: SecretPlaces): Promise<Environment> {
  const sources = secretSourcesOf(config);
  const asked = sources.find(isPrompt);
  if (asked !== undefined || config["DEFAULT_ASK_VAULT_PASS"] === true) {
    throw new AppError("secret-prompt", "ansible's settings ask for a vault password at the keyboard, and nobody sits there during a run", {
      help: "Name a password file in ansible.cfg (vault_password_file = .vault_pass); it may be git-ignored.",
    });
  }
  const inRepo = sources.filter(isInRepo);
  if (inRepo.length === 0) return {};
  const { folder } = places;
  if (folder === undefined) {
    throw new AppError(
      "secret-missing",
      `the run needs ${inRepo.map(secretName).join(", ")}, and this agent has no folder with the repo's secret files`,
      {
        help: "Give the agent a folder that holds them under the same paths.",
      },
    );
  }
  const missing: SecretSource[] = [];
  for (const source of inRepo) {
    const info = await stat(placeOf(source, folder)).catch(() => null);
    if (info === null || !info.isFile()) missing.push(source);
    else if (source.kind !== "private-key" && (info.mode & 0o111) !== 0 && !isAllowed(source)) {
      throw new AppError(
        "password-script-refused",
        `${secretName(source)} is a program in the repo, which is no part of what is approved`,
        {
          help: `Make it a plain file (chmod a-x ${source.path}), put it outside the repo, or name it under \`password_scripts:\` in chiffon.yml.`,
        },
      );
    }
  }
  // As with ansible itself: of several vault ids some may be missing, and ssh may have other keys.
  const others = sources.filter((source) => source.kind === "vault" && !missing.includes(source));
  const needed = missing.filter((source) => (source.kind === "vault" ? others.length === 0 : source.kind !== "private-key"));
  if (needed.length > 0) {
    throw new AppError(
      "secret-missing",
      `${needed.map(secretName).join(", ")} is not in ${folder}, where this agent has the repo's secret files`,
      {
        help: "Put it there; it may be git-ignored and is never copied or stored.",
      },
    );
  }
  return secretEnvironment(config, folder, (source) => !missing.includes(source));

  function isAllowed(source: SecretSource): boolean {
    return places.passwordScripts?.includes(source.path.replace(/^\.\//, "")) === true;
  }
}
