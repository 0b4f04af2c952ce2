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

/** Settings by which ansible asks at the keyboard, and the one that answers. */
const questions = [
  {
    asks: "DEFAULT_BECOME_ASK_PASS",
    variable: "ANSIBLE_BECOME_ASK_PASS",
    answer: "BECOME_PASSWORD_FILE",
    names: ["become_ask_pass", "become_password_file"],
  },
  {
    asks: "DEFAULT_ASK_PASS",
    variable: "ANSIBLE_ASK_PASS",
    answer: "CONNECTION_PASSWORD_FILE",
    names: ["ask_pass", "connection_password_file"],
  },
] as const;

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
  const answered = answeredQuestions(config);
  const inRepo = sources.filter(isInRepo);
  if (inRepo.length === 0) return answered;
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
  return { ...answered, ...secretEnvironment(config, folder, (source) => !missing.includes(source)) };

  function isAllowed(source: SecretSource): boolean {
    return places.passwordScripts?.includes(source.path.replace(/^\.\//, "")) === true;
  }
}

/** Ansible would ask although a file has the answer; without one it would go on with no password, and fail in the middle. */
function answeredQuestions(config: Readonly<Record<string, unknown>>): Environment {
  const asked = questions.filter(({ asks }) => config[asks] === true);
  for (const { answer, names } of asked) {
    if (typeof config[answer] === "string" && config[answer] !== "") continue;
    throw new AppError(
      "secret-prompt",
      `ansible's settings ask for a password at the keyboard (${names[0]}), and nobody sits there during a run`,
      {
        help: `Name a password file in ansible.cfg (${names[1]} = .password; it may be git-ignored), or turn ${names[0]} off where the inventory has the password.`,
      },
    );
  }
  return Object.fromEntries(asked.map(({ variable }) => [variable, "False"]));
}
