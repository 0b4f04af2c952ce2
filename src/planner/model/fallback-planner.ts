import type { Database } from "../../db/database.ts";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { decisionOf, storeDecision } from "./decision-store.ts";
import type { Decomposition } from "../decomposition.ts";
import { planForm, type ModelPlanInput } from "./model-planner.ts";
import type { ModelTiers } from "./model-tiers.ts";

export interface FallbackPlannerDeps {
  readonly database: Database;
  readonly logger: Logger;
  readonly tiers: ModelTiers;
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
  /** What the person is told of how it was read. */
  readonly notes: readonly string[];
}

/** The language models that there are, then the rules, which always answer. Never throws because of a model. */
export interface FallbackPlanner {
  read(request: RequestToRead): Promise<ReadText>;
}

export function createFallbackPlanner({ database, logger, tiers }: FallbackPlannerDeps): FallbackPlanner {
  async function read(request: RequestToRead): Promise<ReadText> {
    const { byRules } = request;
    // A question, a chat or a "no" stays one, whatever a model makes of it: it costs neither time nor money.
    if (byRules.steps.length === 0 && byRules.kind !== "out_of_scope")
      return byRulesAlone(request, "the rules read nothing that is to be done", null, []);
    let gathered: Promise<ModelPlanInput> | undefined;
    const answer = await tiers.ask({
      requestId: request.requestId,
      person: request.person,
      isComplex: byRules.complexity === "complex",
      form: async (contextTokens) =>
        planForm(await (gathered ??= request.gather().then((more) => ({ ...request, ...more }))), contextTokens),
    });
    if (answer.kind === "answered") return { decomposition: answer.value, tier: answer.tier, model: answer.model, notes: answer.notes };
    const { reasons, missing, notes } = answer;
    const why = [...(missing === null ? [] : [missing]), ...reasons];
    const told = missing === null ? null : `planned by rules: ${missing}`;
    return byRulesAlone(request, why.length === 0 ? "there is no language model" : why.join("; "), told, notes);
  }

  async function byRulesAlone(request: RequestToRead, reason: string, told: string | null, notes: readonly string[]): Promise<ReadText> {
    await storeDecision(database, { ...decisionOf(request, "rules"), reason, told }).catch((error: unknown) =>
      logger.error({ error: messageOf(error) }, "a planner decision was not stored"),
    );
    return { decomposition: request.byRules, tier: "rules", model: null, notes: told === null ? notes : [...notes, told] };
  }

  return { read };
}
