import { join } from "node:path";
import type { Environment } from "./environment.ts";

export interface RunEnvironmentParts {
  /** The clean environment of every child. */
  readonly clean: Environment;
  /** The repo's own ansible.cfg, callbacks and collections, the place of facts, the paths of secrets. */
  readonly settings: readonly Environment[];
  readonly runFolder: string;
  readonly controlPathDir: string;
  readonly variablesFile: string;
  readonly asyncFolder: string;
  /** Names of variables whose values are masked, whatever they are called. */
  readonly secretVariables: readonly string[];
  readonly executableInventories: boolean;
}

/** What ansible and our callback plugin learn by environment; no secret is in it, only where secrets lie. */
export function runEnvironment(parts: RunEnvironmentParts): Environment {
  return {
    ...parts.clean,
    ...Object.fromEntries(parts.settings.flatMap((settings) => Object.entries(settings))),
    // What it would write there is not masked.
    ANSIBLE_LOG_PATH: "/dev/null",
    ANSIBLE_LOCAL_TEMP: join(parts.runFolder, "tmp"),
    ANSIBLE_SSH_CONTROL_PATH_DIR: parts.controlPathDir,
    // As when the plan was made: a file that looks like a script is data or an error, never run.
    ...(parts.executableInventories ? {} : { ANSIBLE_INVENTORY_ENABLED: "yaml,ini,toml" }),
    ANSIBLE_NOCOLOR: "1",
    ANSIBLE_FORCE_COLOR: "0",
    ANSIBLE_RETRY_FILES_ENABLED: "0",
    CHIFFON_EVENTS_FILE: join(parts.runFolder, "events.jsonl"),
    CHIFFON_VARIABLES_FILE: parts.variablesFile,
    CHIFFON_SECRET_VARIABLES: parts.secretVariables.join(","),
    CHIFFON_ASYNC_STATE_DIR: parts.asyncFolder,
  };
}
