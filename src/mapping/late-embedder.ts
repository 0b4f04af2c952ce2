import { AppError, isAppError, messageOf } from "../errors.ts";
import type { Embedder } from "./embedder.ts";

/** An embedder that can be had or not; opening it loads a model or asks a server. */
export interface EmbedderSource {
  /** For people: "all-MiniLM-L6-v2". */
  readonly title: string;
  open(): Promise<Embedder>;
}

/** Its name, version, dimensions and calibration are those of the embedder in use; they may change with `open` and `embed`. */
export interface LateEmbedder extends Embedder {
  /** Opens what is to be used; cheap when it is open. Never fails. */
  open(): Promise<void>;
}

export interface LateEmbedderDeps {
  /** Best first. */
  readonly sources: readonly EmbedderSource[];
  /** Needs nothing and cannot fail. */
  readonly builtIn: Embedder;
  /** Told of a source that cannot be used, once for each reason. */
  readonly notice: (text: string) => void;
  readonly clock?: () => number;
  /** A server that was away is asked again after this time. */
  readonly againMs?: number;
}

/** The best embedder that works; the built-in one takes over when it fails, and gives way when it works again. */
export function createLateEmbedder(deps: LateEmbedderDeps): LateEmbedder {
  const { sources, builtIn, notice, clock = Date.now, againMs = 10 * 60_000 } = deps;
  let current: Embedder = builtIn;
  let title = "";
  let nextTry = Number.NEGATIVE_INFINITY;
  let opening: Promise<void> | undefined;
  const said = new Set<string>();

  function say(text: string): void {
    if (!said.has(text)) notice(text);
    said.add(text);
  }

  async function openBest(): Promise<void> {
    for (const source of sources) {
      try {
        current = await source.open();
        ({ title } = source);
        return;
      } catch (error) {
        say(`${source.title} cannot be used to search playbooks: ${reasonOf(error)}`);
      }
    }
    nextTry = clock() + againMs;
  }

  return {
    get name() {
      return current.name;
    },
    get version() {
      return current.version;
    },
    get dimensions() {
      return current.dimensions;
    },
    get calibration() {
      return current.calibration;
    },
    async open() {
      if (sources.length === 0 || current !== builtIn || clock() < nextTry) return;
      opening ??= openBest();
      await opening;
      opening = undefined;
    },
    async embed(texts) {
      const used = current;
      try {
        return checked(await used.embed(texts), texts.length, used.dimensions);
      } catch (error) {
        if (used === builtIn) throw error;
        say(`${title} failed: ${reasonOf(error)}. The built-in embedder takes over.`);
        if (current === used) {
          current = builtIn;
          nextTry = clock() + againMs;
        }
        return builtIn.embed(texts);
      }
    },
  };
}

/** A vector that is no vector would be an error of the database, or a likeness to everything. */
function checked(vectors: Float32Array[], count: number, dimensions: number): Float32Array[] {
  if (vectors.length !== count || vectors.some((vector) => vector.length !== dimensions || !vector.every(Number.isFinite)))
    throw new AppError("embedder-broken", `it did not make ${dimensions} numbers of each text`);
  return vectors;
}

function reasonOf(error: unknown): string {
  const help = isAppError(error) && error.help !== undefined ? ` (${error.help})` : "";
  return `${messageOf(error).split("\n")[0]?.slice(0, 300) ?? ""}${help}`;
}
