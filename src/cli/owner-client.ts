import { connect } from "node:net";
import { socketPath } from "../db/owner.ts";
import { AppError, exitCodes } from "../errors.ts";
import type { CommandIo } from "./command.ts";
import { lineReader, ownerMessageSchema, type ClientMessage, type OwnerMessage } from "./wire.ts";

export interface OwnerClientOptions {
  readonly dataDir: string;
  readonly version: string;
  readonly repo: string;
  readonly databaseUrl: string | null;
  /** Of the process that holds the folder. */
  readonly pid: number;
  /** How long the owner may take to say hello, milliseconds. */
  readonly helloMs?: number;
}

export interface OwnerConnection {
  readonly mode: "start" | "command";
  run(args: readonly string[], io: CommandIo): Promise<number>;
  close(): void;
}

/**
 * Connects to the owner of a data folder. Null: it went away just now, or is about to listen. Throws `owner-hung`, `owner-other-version`
 * or `owner-other-repo` (exit 5): a command never silently acts on another repo than its own settings say.
 */
export async function connectToOwner(options: OwnerClientOptions): Promise<OwnerConnection | null> {
  const socket = connect(socketPath(options.dataDir));
  const connected = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  if (!connected) return null;

  let onMessage: (message: OwnerMessage) => void = () => undefined;
  let onClose: () => void = () => undefined;
  socket.on("error", () => undefined);
  socket.on("close", () => onClose());
  socket.on(
    "data",
    lineReader((line) => {
      const message = readMessage(line);
      if (message === null) socket.destroy(); // whoever this is, it is no Chiffon that this one understands
      else onMessage(message);
    }),
  );
  const send = (message: ClientMessage): void => void socket.write(`${JSON.stringify(message)}\n`);

  const hello = await new Promise<Extract<OwnerMessage, { type: "hello" }> | null>((resolve) => {
    const timer = setTimeout(() => resolve(null), options.helloMs ?? 5_000);
    onMessage = (message) => {
      clearTimeout(timer);
      resolve(message.type === "hello" ? message : null);
    };
    onClose = () => {
      clearTimeout(timer);
      resolve(null);
    };
    send({ type: "hello", version: options.version, repo: options.repo, databaseUrl: options.databaseUrl });
  });
  if (hello === null) {
    socket.destroy();
    throw new AppError("owner-hung", `Chiffon (process ${options.pid}) holds ${options.dataDir} and does not answer`, {
      help: `Look at it, or end it with: kill ${options.pid}`,
    });
  }
  const refuse = (code: string, message: string, help: string): never => {
    socket.destroy();
    throw new AppError(code, message, { help });
  };
  if (hello.version !== options.version) {
    refuse(
      "owner-other-version",
      `the running Chiffon (process ${hello.pid}) is version ${hello.version}, this one is ${options.version}`,
      "Restart it.",
    );
  }
  if (hello.repo !== options.repo) {
    refuse(
      "owner-other-repo",
      `the running Chiffon (process ${hello.pid}) works on ${hello.repo}, this shell says ${options.repo}`,
      "Use the same CHIFFON_REPO, or another CHIFFON_DATA_DIR.",
    );
  }
  if (hello.databaseUrl !== options.databaseUrl) {
    refuse(
      "owner-other-database",
      `the running Chiffon (process ${hello.pid}) uses another database than this shell says`,
      "Use the same DATABASE_URL, or another CHIFFON_DATA_DIR.",
    );
  }

  return {
    mode: hello.mode,
    close: () => void socket.destroy(),
    run(args, io) {
      return new Promise((resolve, reject) => {
        let ended = false;
        onMessage = (message) => {
          switch (message.type) {
            case "out":
              return io.out(message.text);
            case "err":
              return io.err(message.text);
            case "read_line":
              void io.readLine(message.prompt).then((text) => send({ type: "line", text }));
              return;
            case "exit":
              ended = true;
              socket.end();
              return resolve(message.code);
            case "hello":
              return;
          }
        };
        onClose = () => {
          if (ended) return;
          reject(
            new AppError("owner-gone", "the running Chiffon ended in the middle of this command", {
              exitCode: exitCodes.outcomeUnknown,
              help: "A run that had started goes on; `chiffon runs` tells how it stands.",
            }),
          );
        };
        io.signal.addEventListener("abort", () => send({ type: "interrupt" }), { once: true });
        send({ type: "command", args: [...args], isTTY: io.isTTY, colour: io.colour, columns: io.columns, cwd: io.cwd });
        if (io.signal.aborted) send({ type: "interrupt" });
      });
    },
  };
}

function readMessage(line: string): OwnerMessage | null {
  try {
    return ownerMessageSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
