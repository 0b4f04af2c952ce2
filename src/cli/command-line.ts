import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { version, readConfig, type Config, type Environment } from "../config.ts";
import { takeOwnership, type Ownership } from "../db/owner.ts";
import { AppError, exitCodes, type ExitCode } from "../errors.ts";
import { createLogger, type Logger } from "../logger.ts";
import type { Command, CommandApp, CommandIo, FindPlatformSetup } from "./command.ts";
import { commands, laterCommands, overview } from "./commands.ts";
import { emptyDocument, errorDocument } from "./document.ts";
import { nearestWord } from "./nearest-word.ts";
import { connectToOwner, type OwnerConnection } from "./owner-client.ts";
import { startOwnerServer, type OwnerServer } from "./owner-server.ts";
import { processIo, type ProcessIo, type TerminalProcess } from "./process-io.ts";
import { visibleText } from "../visible-text.ts";
import { shownError } from "./shown-error.ts";
import { oneLine } from "./table.ts";

/** A running Chiffon as the command line needs it. */
export interface House extends CommandApp {
  /** `start`: opens the front doors and stays until it is asked to end. */
  stay(io: CommandIo, process: TerminalProcess): Promise<ExitCode>;
  stop(): Promise<void>;
}

export interface CommandLineDeps {
  readonly process: TerminalProcess;
  readonly openHouse: (options: {
    readonly config: Config;
    readonly logger: Logger;
    readonly environment: Environment;
    readonly progress: (text: string) => void;
  }) => Promise<House>;
  readonly platformSetup: FindPlatformSetup;
}

/** Never throws: an error becomes a message, a hint and an exit code. */
export async function runCommandLine(args: readonly string[], deps: CommandLineDeps): Promise<number> {
  const io = processIo(deps.process);
  try {
    return await dispatch(args, io, deps);
  } catch (error) {
    return tellError(error, args, io, undefined);
  } finally {
    io.close();
  }
}

async function dispatch(args: readonly string[], io: ProcessIo, deps: CommandLineDeps): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (name === "--version" || name === "-v") {
    io.out(`${version}\n`);
    return exitCodes.ok;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    io.out(overview());
    return exitCodes.ok;
  }
  const later = laterCommands.get(name);
  if (later !== undefined) {
    throw new AppError("command-later", `chiffon ${name} (${later}) is not part of this version yet`, {
      exitCode: exitCodes.usage,
      help: "`chiffon --help` lists what is.",
    });
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    const meant = nearestWord(
      name,
      commands.map((one) => one.name),
    );
    const question = meant === undefined ? "" : `; did you mean ${meant}?`;
    throw new AppError("command-unknown", `there is no command "${oneLine(name, 40)}"${question}`, {
      exitCode: exitCodes.usage,
      help: `\`chiffon --help\` lists them.${rest.length > 0 || /\s/.test(name) ? ' What you want done is asked so: chiffon ask "deploy gitea"' : ""}`,
    });
  }
  const wordsEnd = rest.indexOf("--");
  if ((wordsEnd < 0 ? rest : rest.slice(0, wordsEnd)).some((word) => word === "--help" || word === "-h")) {
    io.out(`${command.help}\n`);
    return exitCodes.ok;
  }
  if (command.needs === "alone" || command.aloneFor?.(rest) === true) return command.run(rest, io, noApp(name, io.cwd, deps));
  return onDataFolder(command, args, rest, io, deps);
}

async function onDataFolder(
  command: Command,
  args: readonly string[],
  rest: readonly string[],
  io: ProcessIo,
  deps: CommandLineDeps,
): Promise<number> {
  const config = readConfig(deps.process.env, io.cwd);
  if (config.databaseUrl === undefined && command.name === "serve") throw new AppError("database-missing", "serve needs DATABASE_URL");
  const stays = command.name === "start";
  const held = await ownOrConnect(config, stays, io);
  if ("connection" in held) {
    if (config.repoIsExample) io.err(`Using the example repo (CHIFFON_REPO is not set).\n`);
    return held.connection.run(args, io);
  }
  return asOwner(command, rest, config, held.ownership, io, deps);
}

type Held = { readonly ownership: Extract<Ownership, { kind: "owner" }> } | { readonly connection: OwnerConnection };

const tryEveryMs = 100;
const startWaitMs = 120_000;
/** A new owner listens before it opens its database; this long without a socket means that it hangs. */
const listenWaitMs = 10_000;

/** Takes the data folder, or reaches whoever holds it. `start` waits for a command that holds it for a moment. */
async function ownOrConnect(config: Config, stays: boolean, io: CommandIo): Promise<Held> {
  const began = Date.now();
  let said = false;
  for (;;) {
    const ownership = await takeOwnership(config.dataDir);
    if (ownership.kind === "owner") return { ownership };
    const connection = await connectToOwner({
      dataDir: config.dataDir,
      version,
      repo: config.repo,
      databaseUrl: config.databaseUrl ?? null,
      pid: ownership.pid,
    });
    if (connection !== null && !stays) return { connection };
    if (connection !== null) {
      connection.close();
      if (connection.mode === "start") {
        throw new AppError("already-running", `Chiffon already runs on ${config.dataDir} (process ${ownership.pid})`, {
          help: "Other commands (`chiffon ask …`) work through it; a second one needs its own CHIFFON_DATA_DIR.",
        });
      }
      if (!said) io.err("Another chiffon command is at work in this data folder; starting when it is done …\n");
      said = true;
    }
    if (Date.now() - began > (connection === null ? listenWaitMs : startWaitMs)) {
      throw new AppError("owner-hung", `Chiffon (process ${ownership.pid}) holds ${config.dataDir} and does not answer`, {
        help: `Look at it, or end it with: kill ${ownership.pid}`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, tryEveryMs));
  }
}

async function asOwner(
  command: Command,
  rest: readonly string[],
  config: Config,
  ownership: { release(): void },
  io: ProcessIo,
  deps: CommandLineDeps,
): Promise<number> {
  const stays = command.name === "start";
  let server: OwnerServer | undefined;
  let house: House | undefined;
  try {
    const logger = openLogger(config, stays, io);
    let opened: (app: House) => void = () => undefined;
    let failed: (error: unknown) => void = () => undefined;
    const ready = new Promise<House>((resolve, reject) => {
      opened = resolve;
      failed = reject;
    });
    ready.catch(() => undefined); // told below
    server = await startOwnerServer({
      dataDir: config.dataDir,
      version,
      mode: stays ? "start" : "command",
      repo: config.repo,
      databaseUrl: config.databaseUrl ?? null,
      run: async (args, clientIo) => {
        try {
          const app = await ready;
          const [name = "", ...words] = args;
          const found = commands.find((one) => one.name === name);
          if (found === undefined) throw new AppError("command-unknown", `there is no command "${name}"`, { exitCode: exitCodes.usage });
          return await found.run(words, clientIo, app);
        } catch (error) {
          return tellError(error, args, clientIo, logger);
        }
      },
    });
    if (config.repoIsExample) io.err(`Using the example repo ${config.repo} (set CHIFFON_REPO to use your own).\n`);
    try {
      house = await deps.openHouse({ config, logger, environment: deps.process.env, progress: (text) => io.err(`${text}\n`) });
      opened(house);
    } catch (error) {
      failed(error);
      await server.drain();
      throw error;
    }
    const code = stays ? await house.stay(io, deps.process) : await command.run(rest, io, house);
    await server.drain(); // others may be working through this process
    return code;
  } finally {
    await house?.stop();
    await server?.close();
    ownership.release();
  }
}

function openLogger(config: Config, stays: boolean, io: CommandIo): Logger {
  // A terminal or pipe belongs to the conversation; a service manager reads standard error.
  if (stays && !io.isTTY && io.hasInput !== true) return createLogger({ level: config.logLevel });
  const folder = join(config.dataDir, "log");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return createLogger({ level: config.logLevel, file: join(folder, "chiffon.log") });
}

function tellError(error: unknown, args: readonly string[], io: CommandIo, logger: Logger | undefined): ExitCode {
  const shown = shownError(error, logger, args[0]);
  // One document: a command that had written its own has said there what went wrong.
  if (args.includes("--json") && io.wroteOut !== true) io.out(`${JSON.stringify({ ...emptyDocument, error: errorDocument(shown) })}\n`);
  io.err(`chiffon: ${visibleText(shown.message)}\n${shown.help === undefined ? "" : `  ${visibleText(shown.help)}\n`}`);
  return shown.exitCode;
}

/** Settings may be read, nothing is opened. */
function noApp(name: string, cwd: string, { process, platformSetup }: CommandLineDeps): CommandApp {
  return new Proxy({ platformSetup } as CommandApp, {
    get(target, property) {
      if (property === "platformSetup") return target.platformSetup;
      if (property === "config") return readConfig(process.env, cwd);
      throw new AppError("no-app", `chiffon ${name} touches no data folder`);
    },
  });
}
