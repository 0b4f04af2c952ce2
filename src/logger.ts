import { pino, destination, type Logger as PinoLogger } from "pino";

export type Logger = PinoLogger;

/** Keys whose values never reach a log, at the top and one level down. */
const secretKeys = ["token", "password", "secret", "authorization", "privateKey", "apiKey", "key"];

export interface LoggerOptions {
  readonly level?: string;
  /** Where to write: a file, or standard error when absent. */
  readonly file?: string;
}

export function createLogger(options: LoggerOptions = {}): Logger {
  const target =
    options.file === undefined ? destination({ dest: 2, sync: true }) : destination({ dest: options.file, mkdir: true, sync: true });
  return pino(
    {
      level: options.level ?? "info",
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`]), censor: "[redacted]" },
    },
    target,
  );
}

export function silentLogger(): Logger {
  return pino({ level: "silent" });
}
