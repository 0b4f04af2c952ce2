import type { Database } from "../db/database.ts";
import { AppError, isAppError, messageOf } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { storeDecision, endDecision, type PlannerDecision } from "./decision-store.ts";
import type { Decomposition } from "./decomposition.ts";
import { noUsage, type LanguageModel } from "./language-model.ts";
import { planWithModel, promptFor, usageOf, type ModelPlanInput } from "./model-planner.ts";
import type { Quota } from "./quota.ts";

export interface FallbackPlannerDeps {
  readonly database: Database;
  readonly logger: Logger;
  /** The local model that answers right now. `told`: why there is none, when somebody configured one. */
  readonly localModel: () => Promise<{ readonly model: LanguageModel | undefined; readonly told: string | null }>;
  readonly external: { readonly model: LanguageModel; readonly quota: Quota } | undefined;
  readonly localMs: number;
  readonly externalMs: number;
  readonly signal: AbortSignal;
}

export interface RequestToRead extends Omit<ModelPlanInput, "playbooks" | "earlier"> {
  /** What only a model needs: it is not gathered where there is none. */
  readonly gather: () => Promise<Pick<ModelPlanInput, "playbooks" | "earlier">>;
  /** Null: only to be mapped. */
  readonly requestId: string | null;
  readonly person: string;
}

export interface ReadText {
  readonly decomposition: Decomposition;
  readonly tier: "local" | "external" | "rules";
  readonly model: string | null;
}

/** The local model, then an external one that is configured and inside its budget, then the rules, which always answer. Never throws because of a model. */
export interface FallbackPlanner {
  read(request: RequestToRead): Promise<ReadText>;
}

export function createFallbackPlanner(deps: FallbackPlannerDeps): FallbackPlanner {
  const { database, logger, external } = deps;

  async function read(request: RequestToRead): Promise<ReadText> {
    const local = await deps.localModel();
    const isComplex = request.byRules.complexity === "complex";
    const tiers = [
      ...(local.model === undefined
        ? []
        : [
            {
              model: local.model,
              reason: isComplex && external !== undefined ? "the external model failed" : "the local model comes first",
            },
          ]),
      ...(external === undefined
        ? []
        : [
            {
              model: external.model,
              reason: isComplex ? "a complex request" : local.model === undefined ? "there is no local model" : "the local model failed",
            },
          ]),
    ];
    if (isComplex) tiers.reverse();
    const failed: string[] = [];
    let gathered: Promise<ModelPlanInput> | undefined;
    const input = (): Promise<ModelPlanInput> => (gathered ??= request.gather().then((more) => ({ ...request, ...more })));
    for (const { model, reason } of tiers) {
      const result = await tryTier(model, reason, request, input);
      if (typeof result !== "string") return { decomposition: result, tier: model.tier, model: model.model };
      failed.push(result);
    }
    if (local.told !== null) failed.unshift(local.told);
    const reason = failed.length === 0 ? "there is no language model" : failed.join("; ");
    await store({ ...decisionOf(request, "rules"), reason, told: local.told === null ? null : `planned by rules: ${local.told}` });
    return { decomposition: request.byRules, tier: "rules", model: null };
  }

  /** The decomposition, or why there is none. */
  async function tryTier(
    model: LanguageModel,
    reason: string,
    request: RequestToRead,
    gather: () => Promise<ModelPlanInput>,
  ): Promise<Decomposition | string> {
    const begun = performance.now();
    const base: PlannerDecision = { ...decisionOf(request, model.tier), provider: model.provider, model: model.model, reason };
    let held: { readonly id: string; readonly warning: string | null } | undefined;
    try {
      const input = await gather();
      if (model.tier === "external" && external !== undefined) {
        // What does not fit is told before anything is reserved or sent.
        const { prompt } = promptFor(model, input);
        const reserved = await external.quota.reserve({ requestId: request.requestId, person: request.person, model, reason, prompt });
        if (reserved.kind === "refused") throw new AppError("model-budget-spent", reserved.reason);
        if (reserved.warning !== null) logger.warn({ provider: model.provider }, reserved.warning);
        held = reserved;
      }
      const plan = await within(model.tier === "local" ? deps.localMs : deps.externalMs, model, (signal) =>
        planWithModel(model, input, signal),
      );
      await finish(held?.id, {
        ...base,
        outcome: "planned",
        tries: plan.tries,
        ...plan.usage,
        costUsd: model.tier === "external" ? (external?.quota.costOf(plan.usage) ?? 0) : 0,
        durationMs: performance.now() - begun,
        told: held?.warning ?? null,
      });
      return plan.decomposition;
    } catch (error) {
      if (deps.signal.aborted) throw error;
      const failure = isAppError(error) ? error : new AppError("model-failed", "the model did not answer as it should", { cause: error });
      const sentence = failure.message;
      const usage = usageOf(failure);
      const counted = usage.inputTokens + usage.outputTokens > 0;
      logger.warn(
        { provider: model.provider, model: model.model, code: failure.code, error: messageOf(failure.cause ?? failure) },
        "a model did not plan",
      );
      await finish(held?.id, {
        ...base,
        outcome: failure.code === "model-budget-spent" ? "skipped" : failure.code === "model-reply-refused" ? "refused" : "failed",
        code: failure.code,
        reason: sentence,
        tries: Number(failure.facts["tries"] ?? 0),
        ...usage,
        // A call whose use is not known counts as the most that it can have cost.
        costUsd: held === undefined ? 0 : counted ? (external?.quota.costOf(usage) ?? 0) : null,
        durationMs: performance.now() - begun,
        told:
          failure.code === "model-budget-spent"
            ? `not planned by ${model.model}: ${sentence}`
            : `${model.model} did not plan this: ${sentence}`,
      });
      return `${model.model}: ${sentence}`;
    }
  }

  /** Also when a library forgets the signal, or never comes back from loading. */
  async function within<T>(limitMs: number, model: LanguageModel, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = new AbortController();
    const tooLong = new AppError("model-timeout", `${model.model} did not answer within ${limitMs / 1000} s`);
    const signal = AbortSignal.any([deps.signal, limit.signal]);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(tooLong), limitMs);
    });
    const working = work(signal);
    working.catch(() => undefined); // the race has its answer already
    try {
      return await Promise.race([working, late]);
    } finally {
      clearTimeout(timer);
      limit.abort(); // also after a reply: nothing may go on in the background
    }
  }

  /** A decision that cannot be stored must not cost the person the plan; the money of an external call is held by its row already. */
  async function finish(id: string | undefined, decision: PlannerDecision): Promise<void> {
    if (id === undefined) return store(decision);
    await endDecision(database, id, decision).catch((error: unknown) =>
      logger.error({ error: messageOf(error) }, "a planner decision was not stored"),
    );
  }

  async function store(decision: PlannerDecision): Promise<void> {
    await storeDecision(database, decision).catch((error: unknown) =>
      logger.error({ error: messageOf(error) }, "a planner decision was not stored"),
    );
  }

  return { read };
}

function decisionOf(request: RequestToRead, tier: PlannerDecision["tier"]): PlannerDecision {
  return {
    requestId: request.requestId,
    person: request.person,
    tier,
    provider: tier === "rules" ? "rules" : "",
    model: null,
    outcome: "planned",
    code: null,
    reason: "",
    tries: 0,
    ...noUsage,
    costUsd: 0,
    durationMs: 0,
    told: null,
  };
}
