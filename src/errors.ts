/** Errors that a person can act on. `code` is stable and is what callers choose by; the message is for people. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: string;
  /** What to do next, in one sentence. */
  readonly help: string | undefined;
  readonly exitCode: ExitCode;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: AppErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.help = details.help;
    this.exitCode = details.exitCode ?? exitCodes.environment;
    this.facts = details.facts ?? {};
  }
}

export interface AppErrorDetails {
  readonly cause?: unknown;
  readonly help?: string;
  readonly exitCode?: ExitCode;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Exit codes of the command, fixed by DESIGN.md. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notMapped: 3,
  notApproved: 4,
  environment: 5,
  outcomeUnknown: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function isAppError(error: unknown, code?: string): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Closes a union: a new member that is not handled does not compile. */
export function unreachable(value: never): never {
  throw new AppError("unreachable", `unhandled case: ${JSON.stringify(value)}`);
}
