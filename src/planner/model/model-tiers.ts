import type { Database } from "../../db/database.ts";
import { AppError, isAppError, messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { decisionOf, endDecision, storeDecision, type PlannerDecision } from "./decision-store.ts";
import type { LanguageModel } from "./language-model.ts";
import { fillForm, usageOf, type ModelForm } from "./model-form.ts";
import { restAfter, restOf } from "./model-rest.ts";
import type { Quota } from "./quota.ts";
import { withinLimit } from "./within-limit.ts";

export interface ModelTiersDeps {
  readonly database: Database;
  readonly logger: Logger;
  /** The local model that answers right now. `told`: why there is none, when somebody configured one. */
  readonly localModel: () => Promise<{ readonly model: LanguageModel | undefined; readonly told: string | null }>;
  readonly external: { readonly model: LanguageModel; readonly quota: Quota } | undefined;
  readonly localMs: number;
  readonly externalMs: number;
  readonly signal: AbortSignal;
}

export interface ModelTask<T> {
  /** Null: only to be mapped. */
  readonly requestId: string | null;
  readonly person: string;
  /** The external model is asked first. */
  readonly isComplex: boolean;
  /** It is about a plan that is there already. */
  readonly isReply?: boolean;
  /** Called once for each model that is asked; throws where the context is too small. */
  form(contextTokens: number): Promise<ModelForm<T>>;
}

export type TierAnswer<T> =
  | { readonly kind: "answered"; readonly value: T; readonly tier: LanguageModel["tier"]; readonly model: string; readonly notes: readonly string[] }
  /** No model, or none that answered, and why. `notes`: what the person is told of it. */
  | { readonly kind: "none"; readonly reasons: readonly string[]; readonly missing: string | null; readonly notes: readonly string[] }; // prettier-ignore

/** The local model, then an external one that is configured and inside its budget. Never throws because of a model; each that was tried is a row. */
export interface ModelTiers {
  ask<T>(task: ModelTask<T>): Promise<TierAnswer<T>>;
}

interface Tried<T> {
  readonly answer: { readonly value: T } | { readonly failure: string };
  readonly told: string | null;
}

export function createModelTiers(deps: ModelTiersDeps): ModelTiers {
  const { database, logger, external } = deps;

  async function ask<T>(task: ModelTask<T>): Promise<TierAnswer<T>> {
    const local = await deps.localModel();
    const tiers = [
      ...(local.model === undefined
        ? []
        : [
            {
              model: local.model,
              reason: task.isComplex && external !== undefined ? "the external model failed" : "the local model comes first",
            },
          ]),
      ...(external === undefined
        ? []
        : [
            {
              model: external.model,
              reason: task.isComplex
                ? "a complex request"
                : local.model === undefined
                  ? "there is no local model"
                  : "the local model failed",
            },
          ]),
    ];
    if (task.isComplex) tiers.reverse();
    const reasons: string[] = [];
    const notes: string[] = [];
    for (const { model, reason } of tiers) {
      const { answer, told } = await tryTier(model, reason, task);
      if (told !== null) notes.push(told);
      if ("value" in answer) return { kind: "answered", value: answer.value, tier: model.tier, model: model.model, notes };
      reasons.push(answer.failure);
    }
    return { kind: "none", reasons, missing: local.told, notes };
  }

  async function tryTier<T>(model: LanguageModel, reason: string, task: ModelTask<T>): Promise<Tried<T>> {
    const begun = performance.now();
    const base: PlannerDecision = { ...decisionOf(task, model.tier), provider: model.provider, model: model.model, reason };
    let held: { readonly id: string; readonly warning: string | null } | undefined;
    let failures = 0;
    try {
      const rest = await restOf(database, model);
      if (rest.secondsLeft > 0) {
        const why = `it failed ${rest.failures} times in a row and is left alone for ${rest.secondsLeft} s more`;
        await store({ ...base, outcome: "skipped", code: "model-resting", reason: why });
        return { answer: { failure: `${model.model}: ${why}` }, told: null };
      }
      ({ failures } = rest);
      const form = await task.form(model.contextTokens);
      if (model.tier === "external" && external !== undefined) {
        // What does not fit was told above, before anything is reserved or sent.
        const call = { requestId: task.requestId, person: task.person, model, reason, prompt: form.prompt };
        const reserved = await external.quota.reserve(call);
        if (reserved.kind === "refused") throw new AppError("model-budget-spent", reserved.reason);
        if (reserved.warning !== null) logger.warn({ provider: model.provider }, reserved.warning);
        held = reserved;
      }
      const { value, usage, tries } = await withinLimit(
        {
          limitMs: model.tier === "local" ? deps.localMs : deps.externalMs,
          signal: deps.signal,
          late: (seconds) => new AppError("model-timeout", `${model.model} did not answer within ${seconds} s`),
        },
        (signal) => fillForm(model, form, signal),
      );
      const told = held?.warning ?? null;
      await finish(held?.id, {
        ...base,
        outcome: "planned",
        tries,
        ...usage,
        costUsd: model.tier === "external" ? (external?.quota.costOf(usage) ?? 0) : 0,
        durationMs: performance.now() - begun,
        told,
      });
      return { answer: { value }, told };
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
      const decision: PlannerDecision = {
        ...base,
        outcome: failure.code === "model-budget-spent" ? "skipped" : failure.code === "model-reply-refused" ? "refused" : "failed",
        code: failure.code,
        reason: sentence,
        tries: Number(failure.facts["tries"] ?? 0),
        ...usage,
        // A call whose use is not known counts as the most that it can have cost.
        costUsd: held === undefined ? 0 : counted ? (external?.quota.costOf(usage) ?? 0) : null,
        durationMs: performance.now() - begun,
        told: toldOf(model, failure, failures, task.isReply === true),
      };
      await finish(held?.id, decision);
      return { answer: { failure: `${model.model}: ${sentence}` }, told: decision.told };
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

  return { ask };
}

/** When a rest begins it is said once, with the failure that led to it. */
function toldOf({ model }: LanguageModel, { code, message }: AppError, failuresBefore: number, isReply: boolean): string | null {
  if (code === "model-budget-spent") return `not ${isReply ? "read" : "planned"} by ${model}: ${message}`;
  // That a reply was not understood is said anyway.
  if (isReply && code === "model-reply-refused") return null;
  const rest = restAfter(code, failuresBefore);
  const resting = rest === 0 ? "" : `; it failed ${failuresBefore + 1} times in a row and is left alone for ${rest} s`;
  return `${model} did not ${isReply ? "read" : "plan"} this: ${message}${resting}`;
}
