import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { socketPath } from "../db/owner.ts";
import { messageOf, type ExitCode } from "../errors.ts";
import type { CommandIo } from "./command.ts";
import { clientMessageSchema, lineReader, type ClientMessage, type OwnerMessage } from "./wire.ts";

export interface OwnerServerDeps {
  readonly dataDir: string;
  readonly version: string;
  readonly mode: "start" | "command";
  readonly repo: string;
  readonly databaseUrl: string | null;
  /** Runs one command for a client; never throws. */
  readonly run: (args: readonly string[], io: CommandIo) => Promise<ExitCode>;
}

export interface OwnerServer {
  /** Takes no new clients and waits for those at work. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** The other commands on this data folder work through here, so that all see one state. Only this account can open the socket. */
export async function startOwnerServer(deps: OwnerServerDeps): Promise<OwnerServer> {
  const path = socketPath(deps.dataDir);
  rmSync(path, { force: true }); // left by an owner that was killed; we hold the folder
  const sockets = new Set<Socket>();
  const working = new Set<Promise<unknown>>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serve(socket, deps, (work) => {
      working.add(work);
      void work.finally(() => working.delete(work));
    });
  });
  const before = process.umask(0o177); // 0600 from its first moment
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(before);
  }
  chmodSync(path, 0o600);
  return {
    async drain() {
      while (working.size > 0) await Promise.allSettled(working);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(path, { force: true });
    },
  };
}

function serve(socket: Socket, deps: OwnerServerDeps, working: (work: Promise<unknown>) => void): void {
  const interrupt = new AbortController();
  const lines: (string | null)[] = [];
  const readers: ((line: string | null) => void)[] = [];
  let gone = false;
  const send = (message: OwnerMessage): void => {
    if (!gone && socket.writable) socket.write(`${JSON.stringify(message)}\n`);
  };
  const deliver = (line: string | null): void => {
    const reader = readers.shift();
    if (reader === undefined) lines.push(line);
    else reader(line);
  };
  socket.on("error", () => undefined);
  socket.on("close", () => {
    gone = true; // the run goes on without its watcher
    while (readers.length > 0) readers.shift()?.(null);
  });
  const onMessage = (message: ClientMessage): void => {
    switch (message.type) {
      case "hello":
        send({ type: "hello", version: deps.version, pid: process.pid, mode: deps.mode, repo: deps.repo, databaseUrl: deps.databaseUrl });
        return;
      case "line":
        deliver(message.text);
        return;
      case "interrupt":
        interrupt.abort();
        while (readers.length > 0) readers.shift()?.(null);
        return;
      case "command": {
        let wroteOut = false;
        const io: CommandIo = {
          out(text) {
            wroteOut = true;
            send({ type: "out", text });
          },
          get wroteOut() {
            return wroteOut;
          },
          err: (text) => send({ type: "err", text }),
          async readLine(prompt) {
            if (gone || interrupt.signal.aborted) return null;
            send({ type: "read_line", prompt });
            const there = lines.shift();
            return there !== undefined ? there : new Promise((resolve) => readers.push(resolve));
          },
          isTTY: message.isTTY,
          colour: message.colour,
          columns: message.columns,
          cwd: message.cwd,
          signal: interrupt.signal,
        };
        working(
          deps.run(message.args, io).then((code) => {
            send({ type: "exit", code });
            socket.end();
          }),
        );
      }
    }
  };
  socket.on(
    "data",
    lineReader((line) => {
      try {
        onMessage(clientMessageSchema.parse(JSON.parse(line)));
      } catch (error) {
        send({ type: "err", text: `the owner did not understand this client: ${messageOf(error)}\n` });
        send({ type: "exit", code: 5 });
        socket.end();
      }
    }),
  );
}
