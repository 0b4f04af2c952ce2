import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whereItActs } from "../act-on.ts";
import type { AnsibleFacts } from "../ansible-facts.ts";
import { findProgram, type Environment } from "../environment.ts";
import type { Inventory } from "../inventory.ts";
import { resolveSecrets } from "../resolve-secrets.ts";
import { limitedProgram } from "./limited-program.ts";

export interface CheckRunDeps {
  readonly environment: Environment;
  readonly facts: Pick<AnsibleFacts, "changedConfig">;
  /** The user's own folder: password files that git ignores are only there. */
  readonly secretsDir: string;
  readonly passwordScripts?: readonly string[] | undefined;
}

export interface CheckRunQuestion {
  readonly repo: string;
  readonly playbookPath: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly inventory: Inventory;
  readonly inventorySources: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export type CheckRun =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly output: string }
  /** Why it was not run. */
  | { readonly kind: "not_run"; readonly why: string };

const timeLimitMs = 120_000;

/** A playbook in check mode, only where everything it would reach is this machine and nothing in it really runs. */
export async function checkRun(deps: CheckRunDeps, question: CheckRunQuestion): Promise<CheckRun> {
  const { repo, playbookPath, inventory, inventorySources, variables } = question;
  const scope = await whereItActs({ repo, playbookPath, inventory, variables, inventorySources });
  const away = scope.hosts.filter((host) => host !== "localhost" && inventory.connections[host]?.connection !== "local");
  if (away.length > 0) return { kind: "not_run", why: `it needs ${listed(away)}` };
  if (scope.mayAlsoActOn.length > 0) return { kind: "not_run", why: `it may also act on ${listed(scope.mayAlsoActOn)}` };
  if (scope.runsInCheckMode.length > 0)
    return { kind: "not_run", why: `some of it really runs in check mode: ${listed(scope.runsInCheckMode)}` };
  const folder = await mkdtemp(join(tmpdir(), "chiffon-check-"));
  try {
    const file = join(folder, "variables.json");
    await writeFile(file, JSON.stringify(variables), { mode: 0o600 });
    const secrets = await resolveSecrets(await deps.facts.changedConfig(repo), {
      folder: deps.secretsDir,
      passwordScripts: deps.passwordScripts,
    }).catch(() => null);
    if (secrets === null) return { kind: "not_run", why: "its passwords are not at hand" };
    const inventories = inventorySources.flatMap((source) => ["-i", source]);
    const said = await limitedProgram(findProgram("ansible-playbook", deps.environment), {
      args: ["--check", ...inventories, "-e", `@${file}`, "--", playbookPath],
      cwd: repo,
      env: {
        ...deps.environment,
        ...secrets,
        ANSIBLE_NOCOLOR: "1",
        ANSIBLE_LOCAL_TEMP: join(folder, "tmp"),
        ANSIBLE_RETRY_FILES_ENABLED: "0",
      },
      timeLimitMs,
      signal: question.signal,
    });
    return said.exitCode === 0 ? { kind: "passed" } : { kind: "failed", output: `${said.stdout}\n${said.stderr}`.trim().slice(-2_000) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function listed(names: readonly string[]): string {
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}
