import type { Environment } from "./environment.ts";

/** One start of `ansible-playbook`, exactly as the approved plan says it. */
export interface AnsibleStart {
  readonly attemptId: string;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Environment;
  /** Where it runs: the attempt's own copy of the sealed files. */
  readonly tree: string;
  readonly runFolder: string;
  /** Files and folders that it reads or writes outside of `tree` and `runFolder`; plugin folders are in `environment`. */
  readonly alsoReads: readonly string[];
  readonly alsoWrites: readonly string[];
}

/** What the supervisor is to spawn for it. */
export interface BackEndCommand {
  readonly argv: readonly string[];
  readonly env: Environment;
  /** A pipe with a name, for a process that inherits no file descriptors: by it the supervisor learns what to mask. */
  readonly secretsPipe: string | null;
  /** Ends what no signal reaches (a container), after a time limit or cancel. */
  readonly endCommand: readonly string[] | null;
}

/** What makes a process of a start. Whichever it is: the same supervisor owns it, the same callback plugin tells what happens. */
export interface BackEnd {
  /** Throws `program-missing`, before anything is written or spawned. */
  check(): void;
  command(start: AnsibleStart): Promise<BackEndCommand>;
  /** What must not outlive the run. */
  removeFolders(runFolder: string): readonly string[];
}
