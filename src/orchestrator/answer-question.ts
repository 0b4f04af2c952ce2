import { writeAudit } from "../audit/audit-log.ts";
import type { Database } from "../db/database.ts";
import type { DraftStep } from "../planner/plan.ts";
import { getPlanVersion, type PlanVersion } from "../planner/plan-store.ts";
import { fieldName, type Question } from "../planner/question.ts";
import { matterOf, type Policy } from "../policy/policy.ts";
import { fillStep, readKnown, unmappedOf, type DraftStepsDeps, type Known } from "./draft-steps.ts";
import type { MakeVersion, Together, VersionOutcome } from "./make-version.ts";
import { refusal } from "./request-outcome.ts";
import type { Answer } from "./use-cases.ts";

export interface AnswerQuestionDeps extends DraftStepsDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly makeVersion: MakeVersion;
  readonly onPlan: (planVersionId: string) => void;
}

/** Of a form: values by `<step>.<variable>`, chosen playbooks by step. */
export async function answerQuestion(deps: AnswerQuestionDeps, given: Answer): Promise<VersionOutcome> {
  const version = await getPlanVersion(deps.database, given.planVersionId);
  if (version?.state !== "needs_input" || version.question === null) return refusal("not-waiting", "this question is no longer open");
  const allowed = await deps.policy.may(given.person, matterOf("request"));
  if (!allowed.allowed) {
    const facts = { code: allowed.code, reason: allowed.reason };
    await writeAudit(deps.database, {
      actor: given.person,
      action: "plan.answered",
      resource: `plan_version:${version.id}`,
      result: "refused",
      facts,
    });
    return refusal("not-allowed", allowed.reason);
  }
  return takeAnswers(deps, version, version.question, { ...given, hosts: {} }, await readKnown(deps));
}

export interface GivenAnswers extends Answer {
  /** For what was asked about its place, by step. */
  readonly hosts: Readonly<Record<number, { readonly names: readonly string[]; readonly only: boolean }>>;
  /** The parts that were not understood are left out. */
  readonly withoutAmbiguities?: boolean;
}

/** The same checks whether a form or a text gave them. The version is sealed when nothing is missing any more, else it asks on. */
export async function takeAnswers(
  deps: Pick<AnswerQuestionDeps, "makeVersion" | "onPlan" | "policy">,
  version: PlanVersion,
  question: Question,
  given: GivenAnswers,
  known: Known,
  together?: Together,
): Promise<VersionOutcome> {
  const filled = version.draft.map((step) => applyAnswer(step, given, question, known, deps.policy.nameOf(given.person)));
  const draft = filled.map((one) => one.draft);
  const isPlaced = (one: { readonly step: number }): boolean => given.hosts[one.step] !== undefined;
  const left: Question = {
    ...question,
    unmapped: draft.flatMap((step) => unmappedOf(step)),
    missing: filled.flatMap((one) => one.missing),
    unknownHosts: question.unknownHosts.filter((one) => !isPlaced(one)),
    unclearPlaces: question.unclearPlaces.filter((one) => !isPlaced(one)),
    ambiguities: given.withoutAmbiguities === true ? [] : question.ambiguities,
  };
  const facts = { fields: Object.keys(given.values), choices: given.choices, hosts: given.hosts };
  const outcome = await deps.makeVersion.answer(
    version,
    { person: given.person, draft, question: left, catalog: known.catalog, facts },
    together,
  );
  deps.onPlan(version.id);
  return outcome;
}

function applyAnswer(
  step: DraftStep,
  given: GivenAnswers,
  question: Question,
  known: Known,
  name: string,
): { readonly draft: DraftStep; readonly missing: Question["missing"] } {
  const chosen = given.choices[step.order];
  const offered = question.unmapped.find((one) => one.step === step.order)?.candidates.find((one) => one.playbook === chosen);
  const mapping =
    offered === undefined
      ? step.mapping
      : {
          ...step.mapping,
          playbook: offered.playbook,
          method: "chosen" as const,
          why: `chosen by ${name}; my own guess was ${step.mapping.confidence.toFixed(2)}`,
          suggestion: null,
        };
  const place = given.hosts[step.order];
  const requestedHosts =
    place === undefined ? step.requestedHosts : [...new Set([...(place.only ? [] : step.requestedHosts), ...place.names])];
  const playbook = known.catalog.playbooks.find((one) => one.id === mapping.playbook);
  const values = Object.fromEntries(
    (playbook?.variables ?? []).flatMap((variable) => {
      const value = given.values[fieldName(step.order, variable.name)];
      return value === undefined || value === "" ? [] : [[variable.name, value] as const];
    }),
  );
  return fillStep({ ...step, mapping, requestedHosts }, known, { ...step.variables, ...values });
}
