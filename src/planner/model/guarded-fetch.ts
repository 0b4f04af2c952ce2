import type { Transformer } from "node:stream/web";
import { AppError } from "../../errors.ts";

export interface FetchGuard {
  /** Ends the connection, which also stops the model. */
  readonly signal: AbortSignal;
  /** The longest silence once an answer has begun. */
  readonly stallMs: number;
  readonly mostBytes: number;
  /** Every line must be JSON: the `ollama` client prints lines that are not. */
  readonly jsonLines: boolean;
}

/**
 * `fetch` for a server that may hang, talk for ever or talk nonsense. Errors are thrown here already: the `ollama` client would print parts of
 * them on standard output, where a command's JSON document belongs.
 */
export function guardedFetch(guard: FetchGuard): typeof fetch {
  return async (input, init) => {
    const signal = init?.signal === undefined || init.signal === null ? guard.signal : AbortSignal.any([guard.signal, init.signal]);
    let response: Response;
    try {
      // No redirects: what was asked goes to the server that was named, and nowhere else.
      response = await fetch(input, { ...init, signal, redirect: "error" });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new AppError("model-unreachable", "the model's server does not answer", { cause: error });
    }
    if (!response.ok) throw await refusedBy(response);
    if (response.body === null) throw new AppError("model-failed", "the model's server answered nothing");
    return new Response(response.body.pipeThrough(watched(guard)), { status: response.status, headers: response.headers });
  };
}

function watched({ stallMs, mostBytes, jsonLines }: FetchGuard): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  let rest = "";
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const wait = (controller: TransformStreamDefaultController<Uint8Array>): void => {
    clearTimeout(timer);
    timer = setTimeout(
      () => controller.error(new AppError("model-stalled", `the model said nothing more for ${stallMs / 1000} s`)),
      stallMs,
    );
  };
  const check = (line: string): void => {
    if (!jsonLines || line.trim() === "") return;
    try {
      JSON.parse(line);
    } catch (error) {
      throw new AppError("model-failed", "the model's server does not speak Ollama's protocol", { cause: error });
    }
  };
  const guarding: Transformer<Uint8Array, Uint8Array> & { readonly cancel: () => void } = {
    transform(chunk, controller) {
      wait(controller);
      bytes += chunk.byteLength;
      if (bytes > mostBytes) throw new AppError("model-reply-too-long", `the model's reply is longer than ${mostBytes} bytes`);
      const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) check(line);
      controller.enqueue(chunk);
    },
    flush() {
      clearTimeout(timer);
      check(rest);
    },
    // Not in the types yet: called when the reader leaves early.
    cancel() {
      clearTimeout(timer);
    },
  };
  return new TransformStream(guarding);
}

async function refusedBy(response: Response): Promise<AppError> {
  const text = (await response.text().catch(() => "")).slice(0, 500);
  const facts = { status: response.status, text };
  if (response.status === 404) return new AppError("model-missing", "the server does not have this model", { facts });
  if (response.status === 401 || response.status === 403)
    return new AppError("model-failed", "the model's server does not accept the key", { facts });
  return new AppError("model-failed", `the model's server answered ${response.status}`, { facts });
}
