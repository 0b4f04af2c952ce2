import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { ModelSettings, PlannerSettings } from "../../model-settings.ts";
import type { LanguageModel } from "./language-model.ts";
import type { ModelRest } from "./model-rest.ts";
import { createOllamaModel } from "./ollama-model.ts";
import { createOllamaServer, type OllamaServer } from "./ollama-server.ts";

export type ModelStatus =
  | { readonly kind: "off" }
  /** Nothing answers at this place. */
  | { readonly kind: "no_server"; readonly host: string; readonly named: boolean }
  /** Ollama answers and lacks the model. */
  | { readonly kind: "missing"; readonly host: string; readonly model: string }
  | {
      readonly kind: "ready";
      readonly host: string;
      readonly model: string;
      /** It failed too often and is left alone for a while; null: it plans. */
      readonly resting: ModelRest | null;
    };

/** Finds the local model, quickly, and remembers for a while. */
export interface ModelFinder {
  status(options?: { readonly again?: boolean }): Promise<ModelStatus>;
  model(): Promise<{ readonly model: LanguageModel | undefined; readonly told: string | null }>;
  readonly server: OllamaServer | undefined;
  /** What is pulled when nobody named a model. */
  readonly suggested: string;
}

export interface ModelFinderDeps {
  readonly models: ModelSettings | undefined;
  readonly planner: PlannerSettings;
  readonly restOf: (model: Pick<LanguageModel, "tier" | "provider" | "model">) => Promise<ModelRest>;
  /** Told once: which model plans. */
  readonly say: (text: string) => void;
  readonly logger: Logger;
}

/** A place that nobody named is only looked at: a person without Ollama must not wait for it. `doctor` and `models` have more patience. */
const probeMs = { guessed: 300, named: 3_000, asked: 10_000 };
/** Of the time limit: who raises it for a slow machine gives the look more time, too. */
const probeShare = 0.2;
const rememberMs = { ready: 60_000, other: 15_000 };
/** Small models that fill in forms well, best first; a person names another one in CHIFFON_MODEL. */
const known = ["llama3.2", "qwen2.5", "llama3.1", "qwen3", "gemma3", "mistral", "phi4"];

export function createModelFinder({ models, planner, restOf, say, logger }: ModelFinderDeps): ModelFinder {
  const server = models?.useLocal === true ? createOllamaServer(models.ollamaHost) : undefined;
  const suggested = server === undefined ? "llama3.2" : (models?.model ?? "llama3.2");
  let last: { readonly status: ModelStatus; readonly until: number } | undefined;
  let looking: Promise<ModelStatus> | undefined;
  let said: string | undefined;

  async function look(isAsked: boolean): Promise<ModelStatus> {
    if (server === undefined || models === undefined) return { kind: "off" };
    const { host } = server;
    try {
      const names = await server.models(AbortSignal.timeout(patienceMs(isAsked)));
      const found = models.model === undefined ? best(names) : names.find((name) => isModel(name, suggested));
      return found === undefined ? { kind: "missing", host, model: suggested } : { kind: "ready", host, model: found, resting: null };
    } catch (error) {
      logger.debug({ host, error: messageOf(error) }, "no Ollama answers");
      return { kind: "no_server", host, named: models.hostIsNamed || models.model !== undefined };
    }
  }

  async function status(options: { readonly again?: boolean } = {}): Promise<ModelStatus> {
    const found = await remembered(options);
    if (found.kind !== "ready") return found;
    const rest = await restOf({ tier: "local", provider: "ollama", model: found.model });
    return { ...found, resting: rest.secondsLeft > 0 ? rest : null };
  }

  function patienceMs(isAsked: boolean): number {
    if (models?.hostIsNamed !== true) return probeMs.guessed;
    return Math.max(isAsked ? probeMs.asked : probeMs.named, planner.local_seconds * 1_000 * probeShare);
  }

  async function remembered(options: { readonly again?: boolean }): Promise<ModelStatus> {
    if (last !== undefined && options.again !== true && performance.now() < last.until) return last.status;
    looking ??= look(options.again === true).finally(() => (looking = undefined));
    const found = await looking;
    last = { status: found, until: performance.now() + (found.kind === "ready" ? rememberMs.ready : rememberMs.other) };
    const text = wordsFor(found);
    if (text !== null && said === undefined) say(text);
    else if (text !== null && text !== said) logger.info({ status: found.kind }, text);
    said = text ?? said;
    return found;
  }

  return {
    server,
    suggested,
    status,
    async model() {
      const found = await remembered({});
      if (found.kind !== "ready")
        return {
          model: undefined,
          told: found.kind === "no_server" && !found.named ? null : found.kind === "off" ? null : wordsFor(found),
        };
      const model = createOllamaModel({
        host: found.host,
        model: found.model,
        contextTokens: planner.context_tokens,
        stallMs: planner.stall_seconds * 1000,
      });
      return { model, told: null };
    },
  };
}

/** One line for a person, or nothing where nobody expects a model. */
function wordsFor(status: ModelStatus): string | null {
  switch (status.kind) {
    case "off":
      return null;
    case "no_server":
      return status.named ? `no Ollama answers at ${plainHost(status.host)}` : null;
    case "missing":
      return `Ollama at ${plainHost(status.host)} does not have ${status.model} (\`chiffon models pull\` gets it)`;
    case "ready":
      return `planning with ${status.model} on ${plainHost(status.host)}`;
  }
}

/** Why a model that is there does not plan right now, for `doctor` and `models`. */
export const restText = ({ failures, reason, secondsLeft }: ModelRest): string =>
  `it failed ${failures} times in a row (${reason}) and is asked again in ${secondsLeft} s`;

/** Without a password that stands in the URL. */
function plainHost(host: string): string {
  return host.replace(/\/\/[^/@]*@/, "//");
}

const isModel = (name: string, wanted: string): boolean => name === wanted || name === `${wanted}:latest` || name.startsWith(`${wanted}:`);

function best(names: readonly string[]): string | undefined {
  for (const wanted of known) {
    const found = names.find((name) => isModel(name, wanted));
    if (found !== undefined) return found;
  }
  return names[0];
}
