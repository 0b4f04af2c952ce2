import { restText } from "../planner/model/find-model.ts";
import { restOf, type ModelRest } from "../planner/model/model-rest.ts";
import { spentThisMonth } from "../planner/model/quota.ts";
import type { CommandApp } from "./command.ts";

/** The provider of chiffon.yml, for `models` and `doctor`. */
export interface ExternalModelStatus {
  readonly provider: string;
  readonly model: string;
  readonly spentUsd: number;
  readonly usdPerMonth: number;
  readonly resting: ModelRest | null;
}

/** Null: none is configured. Nothing is sent to it. */
export async function externalModelStatus({
  config,
  database,
}: Pick<CommandApp, "config" | "database">): Promise<ExternalModelStatus | null> {
  const external = config.settings.planner?.external;
  if (external === undefined) return null;
  const { provider, model, usd_per_month: usdPerMonth } = external;
  const rest = await restOf(database, { tier: "external", provider, model });
  return {
    provider,
    model,
    spentUsd: await spentThisMonth(database, provider),
    usdPerMonth,
    resting: rest.secondsLeft > 0 ? rest : null,
  };
}

export function externalModelText({ provider, model, spentUsd, usdPerMonth, resting }: ExternalModelStatus): string {
  const budget = `$${spentUsd.toFixed(2)} of $${usdPerMonth.toFixed(2)} are spent this month`;
  return `${model} of ${provider}: ${budget}${resting === null ? "" : `; ${restText(resting)}`}`;
} // prettier-ignore
