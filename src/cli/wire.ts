import { z } from "zod";

/** One JSON line a message, both ways, on the owner's socket. A client names its version and settings first. */
export const clientMessageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("hello"), version: z.string(), repo: z.string(), databaseUrl: z.string().nullable() }),
  z.object({
    type: z.literal("command"),
    args: z.array(z.string()),
    isTTY: z.boolean(),
    colour: z.boolean(),
    columns: z.number().int(),
    cwd: z.string(),
  }),
  z.object({ type: z.literal("line"), text: z.string().nullable() }),
  z.object({ type: z.literal("interrupt") }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

export const ownerMessageSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    version: z.string(),
    pid: z.number().int(),
    mode: z.enum(["start", "command"]),
    repo: z.string(),
    databaseUrl: z.string().nullable(),
  }),
  z.object({ type: z.literal("out"), text: z.string() }),
  z.object({ type: z.literal("err"), text: z.string() }),
  z.object({ type: z.literal("read_line"), prompt: z.string() }),
  z.object({ type: z.literal("exit"), code: z.number().int() }),
]);
export type OwnerMessage = z.infer<typeof ownerMessageSchema>;

/** Cuts a stream of bytes into lines. */
export function lineReader(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new TextDecoder();
  let rest = "";
  return (chunk) => {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) if (line !== "") onLine(line);
  };
}
