import { statSync, realpathSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { execa } from "execa";
import { z } from "zod";
import { digestOf } from "../../canonical-json.ts";
import { AppError } from "../../errors.ts";
import { cachedAnswer, type AnswerCache } from "../answer-cache.ts";
import { findProgram, type Environment } from "./environment.ts";

/** What ansible says of itself and of the repo's configuration. Each question costs a third of a second, so answers are kept. */
export interface AnsibleFacts {
  /** e.g. `2.14.18`. Throws `program-missing`. */
  version(): Promise<string>;
  /** `ansible-config dump --only-changed` run in the repo; paths below the repo are made relative. Names of secret files stay, never contents. */
  changedConfig(repo: string, configHash: string): Promise<Readonly<Record<string, unknown>>>;
}

const dumpSchema = z.array(z.looseObject({ name: z.string(), value: z.unknown() }));

export function createAnsibleFacts(options: { readonly environment: Environment; readonly cache: AnswerCache }): AnsibleFacts {
  const { environment, cache } = options;

  const run = async (program: string, args: readonly string[], cwd: string): Promise<string> => {
    const result = await execa(findProgram(program, environment), args, {
      cwd,
      env: environment,
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

  return {
    version() {
      return cachedAnswer(cache, `ansible-version:${programMark("ansible-playbook", environment)}`, async () => {
        const said = await run("ansible-playbook", ["--version"], "/");
        return /core (\S+?)\]/.exec(said)?.[1] ?? said.split("\n")[0] ?? "unknown";
      });
    },
    async changedConfig(repo, configHash) {
      const settings = digestOf(Object.entries(environment).filter(([name]) => name.startsWith("ANSIBLE_")));
      const mark = programMark("ansible-config", environment);
      const root = await realpath(repo);
      return cachedAnswer(cache, `ansible-config:${mark}:${root}:${configHash}:${settings}`, async () => {
        const said = await run("ansible-config", ["dump", "--only-changed", "--format", "json"], root);
        const dump = dumpSchema.parse(JSON.parse(said));
        return Object.fromEntries(dump.map((entry) => [entry.name, withoutRoot(entry.value, root)]));
      });
    },
  };
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
