import type { Context } from "hono";
import { streamSSE, type SSEStreamingApi } from "hono/streaming";
import { isOpenSession, type WebVariables } from "./auth.ts";
import { entriesSince } from "./entry-store.ts";
import { entryView } from "./pages/entry-view.ts";
import type { WebParts } from "./parts.ts";

/**
 * Server-sent events of one conversation: each new or changed entry as HTML under its revision. A browser that comes back with
 * Last-Event-ID (or `since` from its page) gets exactly what it missed: live and resumed are the same reading of rows.
 */
export function eventStream(context: Context<WebVariables>, deps: WebParts): Response {
  const session = context.get("session");
  let since = Number(context.req.header("last-event-id") ?? context.req.query("since") ?? 0);
  if (!Number.isSafeInteger(since)) since = 0;
  context.header("X-Accel-Buffering", "no");
  return streamSSE(context, async (stream) => {
    const signal = wakeSignal();
    const stopListening = deps.platform.onChange(session.conversation, signal.wake);
    stream.onAbort(signal.wake);
    try {
      await stream.write("retry: 1000\n\n");
      while (!stream.aborted && deps.platform.open) {
        since = await sendEntries(stream, deps, session.conversation, since);
        if (await signal.wait(deps.heartbeatMs)) continue;
        if (!(await isOpenSession(deps.database, session))) {
          await stream.writeSSE({ event: "signed-out", data: "-" });
          return;
        }
        await stream.write(": still here\n\n");
      }
    } finally {
      stopListening();
    }
  });
}

async function sendEntries(stream: SSEStreamingApi, deps: WebParts, conversation: string, since: number): Promise<number> {
  let last = since;
  for (const entry of await entriesSince(deps.database, conversation, since)) {
    await stream.writeSSE({ id: String(entry.revision), event: "entry", data: String(await entryView(entry, deps.now())) });
    last = entry.revision;
  }
  return last;
}

/** Remembers a wake-up that comes while nobody waits. */
function wakeSignal(): { readonly wake: () => void; wait(ms: number): Promise<boolean> } {
  let woken = false;
  let resume: (() => void) | undefined;
  return {
    wake: () => {
      woken = true;
      resume?.();
    },
    async wait(ms) {
      if (!woken) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms).unref();
          resume = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      const was = woken;
      woken = false;
      return was;
    },
  };
}
