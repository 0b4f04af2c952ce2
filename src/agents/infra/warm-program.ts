import type { Socket } from "node:net";
import { z } from "zod";
import type { Environment } from "./environment.ts";

export interface ProgramOrder {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  /** Its end ends the program and all of its process group. */
  readonly signal: AbortSignal;
}

export interface ProgramMisfit {
  readonly why: string;
}

export interface ProgramAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const headSchema = z.union([
  z.object({ why: z.string() }),
  z.object({ exitCode: z.number().int(), stdout: z.number().int(), stderr: z.number().int() }),
]);

/** The words of ansible/warm/warm_program.py. Null: the warm process, or the fork, ended before it could say anything. */
export async function askProgram(
  connection: Socket,
  program: string,
  order: ProgramOrder,
  ansibleSocket: string | null,
): Promise<ProgramAnswer | ProgramMisfit | null> {
  const parts: Buffer[] = [];
  const close = (): void => {
    connection.destroy();
  };
  order.signal.addEventListener("abort", close, { once: true });
  try {
    const command = { argv: [program, ...order.args], cwd: order.cwd, env: order.env, ansible: ansibleSocket };
    connection.ref();
    connection.write(`program\n${JSON.stringify(command)}\n`);
    for await (const part of connection) if (Buffer.isBuffer(part)) parts.push(part);
  } catch {
    // What was said so far tells.
  } finally {
    order.signal.removeEventListener("abort", close);
    connection.destroy();
  }
  const said = Buffer.concat(parts);
  const end = said.indexOf("\n");
  const head = headSchema.safeParse(end < 0 ? null : JSON.parse(said.toString("utf8", 0, end)));
  if (!head.success) return null;
  if ("why" in head.data) return head.data;
  if (said.length < end + 1 + head.data.stdout + head.data.stderr) return null;
  const { exitCode, stdout } = head.data;
  return { exitCode, stdout: said.toString("utf8", end + 1, end + 1 + stdout), stderr: said.toString("utf8", end + 1 + stdout) };
}
