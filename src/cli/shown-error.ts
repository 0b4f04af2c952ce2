import { AppError, exitCodes, messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";

/** What a person is shown of anything that was thrown; the details of what nobody foresaw go to the log. */
export function shownError(error: unknown, logger: Logger | undefined, command: string | undefined): AppError {
  if (error instanceof AppError && error.code === "usage" && error.help === undefined && command !== undefined)
    return new AppError("usage", error.message, {
      exitCode: exitCodes.usage,
      help: `\`chiffon ${command} --help\` shows how it is used.`,
      cause: error,
    });
  const known = error instanceof AppError ? error : diskFull(error);
  if (known !== undefined) return known;
  logger?.error({ error: messageOf(error), stack: error instanceof Error ? error.stack : undefined }, "command failed");
  return new AppError("unexpected", messageOf(error), { help: "This is a mistake of Chiffon's; the log in the data folder says more." });
}

function diskFull(error: unknown): AppError | undefined {
  const text = messageOf(error);
  if (!/ENOSPC|no space left|disk full/i.test(text)) return undefined;
  return new AppError("disk-full", `the disk is full: ${text}`, {
    cause: error,
    help: "Free some space; nothing that was stored is lost.",
  });
}
