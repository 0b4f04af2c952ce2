import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { z } from "zod";
import { ansibleSettingsSchema } from "./ansible-settings.ts";
import { discordEnvironment, discordSettings, type DiscordSettings } from "./discord-settings.ts";
import { embedderEnvironment, embedderSettings, type EmbedderSettings } from "./embedder-settings.ts";
import { AppError } from "./errors.ts";
import { modelEnvironment, modelSettings, ollamaUrl, plannerSettingsSchema, type ModelSettings } from "./model-settings.ts";
import { policyProblems } from "./policy-problems.ts";
import { previewCredentialsSchema } from "./preview-credentials.ts";
import { policySettingsSchema } from "./policy-settings.ts";
import { parseSettings } from "./settings-file.ts";
import { slackEnvironment, slackSettings, type SlackSettings } from "./slack-settings.ts";

/** Where Chiffon itself is installed. */
const home = resolve(import.meta.dirname, "..");
export const version = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(home, "package.json"), "utf8"))).version;

const port = z.coerce.number().int().min(0).max(65_535);
const environmentSchema = z.object({
  CHIFFON_REPO: z.string().optional(),
  CHIFFON_DATA_DIR: z.string().optional(),
  CHIFFON_CONFIG: z.string().optional(),
  CHIFFON_WEB_HOST: z.string().default("127.0.0.1"),
  CHIFFON_WEB_PORT: port.default(8420),
  CHIFFON_SNAPSHOT_KEY: z.string().regex(/^[0-9a-f]{64}$/i, "64 hexadecimal digits").optional(), // prettier-ignore
  CHIFFON_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
  ...slackEnvironment,
  ...discordEnvironment,
  ...modelEnvironment,
  ...embedderEnvironment,
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, "postgres://user:password@host/database").optional(), // prettier-ignore
});

/** Settings of `chiffon.yml`. Found by `CHIFFON_CONFIG`, else in the data folder; never in the infra repo, where who can push could approve. */
const settingsSchema = z
  .strictObject({
    /** Inventory sources relative to the repo; default: what ansible.cfg says, else the usual places. */
    inventory: z.array(z.string().min(1)).min(1).optional(),
    /** Executable or plugin inventories that may be used, by name. */
    executable_inventories: z.array(z.string()).default([]),
    /** Programs of the repo that may give ansible its passwords, by path. They are run as they lie there, not as they were approved. */
    password_scripts: z.array(z.string()).optional(),
    /** Weaker credentials for previews (docs/previews.md). */
    preview_credentials: previewCredentialsSchema.optional(),
    /** A file of YAML with what playbooks ask at the keyboard (`vars_prompt`), for its owner's eyes only; relative to the data folder. */
    prompt_answers: z.string().min(1).optional(),
    /** What starts ansible: by default `ansible-playbook` itself. */
    ansible: ansibleSettingsSchema.optional(),
    /** Whether the playbooks of a run are linted at its end (true when absent); its result waits for that. */
    lint_after_runs: z.boolean().optional(),
    step_time_limit_seconds: z.number().int().min(1).max(86_400).default(600),
    /** How long a plan waits for its approval, and an approval for its start. */
    plan_expires_minutes: z
      .number()
      .int()
      .min(1)
      .max(43_200)
      .default(24 * 60),
    runs_at_once: z.number().int().min(1).max(64).default(2),
    /** Who may do what (docs/policy.md). Without it only the local owner decides. */
    policy: policySettingsSchema.optional(),
    /** How language models plan (docs/models.md). */
    planner: plannerSettingsSchema.optional(),
  })
  .default({ executable_inventories: [], step_time_limit_seconds: 600, plan_expires_minutes: 1440, runs_at_once: 2 });
export type Settings = z.infer<typeof settingsSchema>;

export interface Config {
  readonly repo: string;
  /** The example repo is used because none was named. */
  readonly repoIsExample: boolean;
  readonly dataDir: string;
  readonly webHost: string;
  readonly webPort: number;
  readonly snapshotKey: string | undefined;
  readonly logLevel: string;
  readonly databaseUrl: string | undefined;
  readonly settings: Settings;
  /** Undefined: no token is set. */
  readonly slack?: SlackSettings | undefined;
  readonly discord?: DiscordSettings | undefined;
  /** Absent: no language model is looked for. */
  readonly models?: ModelSettings | undefined;
  /** Absent: the built-in embedder only. */
  readonly embedder?: EmbedderSettings | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** `.env` beside package.json and the environment, which wins: an empty variable there means "not set", whatever the file says. */
export function readEnvironment(environment: Environment): Environment {
  return withoutEmpty({ ...readDotEnv(join(home, ".env")), ...environment });
}

/** Reads `.env` beside package.json, the environment (which wins) and `chiffon.yml`. Relative paths start at `cwd`. */
export function readConfig(environment: Environment, cwd: string): Config {
  const merged = readEnvironment(environment);
  const parsed = environmentSchema.safeParse(merged);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0] ?? "environment");
    throw new AppError("setting-wrong", `${name} is wrong: ${issue?.message ?? "not understood"}`, {
      help: `Correct or remove ${name}; .env.example says what it means.`,
    });
  }
  const values = parsed.data;
  const dataDir = resolve(cwd, values.CHIFFON_DATA_DIR ?? join(homedir(), ".local", "share", "chiffon"));
  const configFile = values.CHIFFON_CONFIG === undefined ? join(dataDir, "chiffon.yml") : resolve(cwd, values.CHIFFON_CONFIG);
  const repo = values.CHIFFON_REPO === undefined ? join(home, "examples", "homelab") : resolve(cwd, values.CHIFFON_REPO);
  return {
    repo,
    repoIsExample: values.CHIFFON_REPO === undefined,
    dataDir,
    webHost: values.CHIFFON_WEB_HOST,
    webPort: values.CHIFFON_WEB_PORT,
    snapshotKey: values.CHIFFON_SNAPSHOT_KEY,
    logLevel: values.CHIFFON_LOG_LEVEL,
    databaseUrl: values.DATABASE_URL,
    slack: slackSettings(values),
    discord: discordSettings(values),
    models: modelSettings(values),
    embedder: embedderSettings(values, { dataDir, cwd, ollamaHost: ollamaUrl(values.OLLAMA_HOST ?? "") }),
    settings: readSettings(configFile, values.CHIFFON_CONFIG !== undefined, repo),
  };
}

function readSettings(file: string, named: boolean, repo: string): Settings {
  if (!existsSync(file)) {
    if (named)
      throw new AppError("config-missing", `CHIFFON_CONFIG names ${file}, which is not there`, {
        help: "Create it or remove CHIFFON_CONFIG.",
      });
    return settingsSchema.parse(undefined);
  }
  if (file.startsWith(`${repo}/`)) {
    throw new AppError("config-in-repo", `${file} lies in the infra repo, where everybody who can push could change who approves`, {
      help: "Move it to the data folder.",
    });
  }
  return parseSettings(file, readFileSync(file, "utf8"), settingsSchema, ({ policy }) =>
    policy === undefined ? [] : policyProblems(policy).map((problem) => ({ ...problem, path: ["policy", ...problem.path] })),
  );
}

function readDotEnv(file: string): Record<string, string | undefined> {
  return existsSync(file) && isAbsolute(file) ? parseEnv(readFileSync(file, "utf8")) : {};
}

/** `NAME=` means "not set". */
function withoutEmpty(environment: Environment): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""));
}
