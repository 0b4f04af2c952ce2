import { appendAudit, writeAudit } from "../audit/audit-log.ts";
import type { Database, Sql } from "../db/database.ts";
import { storable } from "../db/storable.ts";
import { AppError } from "../errors.ts";
import type { InventoryNames } from "../mapping/inventory-names.ts";
import type { Playbook, PlaybookCatalog } from "../mapping/playbook.ts";
import type { TaskMapper } from "../mapping/task-mapper.ts";
import type { Decomposer } from "../planner/decomposer.ts";
import { requestTextLimit, type Decomposition, type RequestedStep } from "../planner/decomposition.ts";
import { fillParameters, type FillOptions } from "../planner/fill-parameters.ts";
import type { DraftStep } from "../planner/plan.ts";
import { createPlan, createPlanVersion, getPlanVersion, movePlanVersion, saveQuestion, saveSeal } from "../planner/plan-store.ts";
import { fieldName, isEmptyQuestion, type Question } from "../planner/question.ts";
import { createRequest, saveOutcome } from "../planner/request-store.ts";
import type { Vocabulary } from "../planner/vocabulary.ts";
import { matterOf, type Policy, type PolicyMatter } from "../policy/policy.ts";
import { sealedMatter } from "../policy/plan-matter.ts";
import type { SealPlan } from "./seal-plan.ts";
import type { Answer, NewRequest, RequestOutcome } from "./use-cases.ts";

export interface SubmitRequestDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly catalog: () => Promise<PlaybookCatalog>;
  readonly inventory: () => Promise<InventoryNames>;
  readonly decomposer: (inventory: InventoryNames, catalog: PlaybookCatalog) => Decomposer;
  readonly vocabulary: (catalog: PlaybookCatalog) => Vocabulary;
  readonly mapper: TaskMapper;
  readonly sealPlan: SealPlan;
  readonly planExpiresMinutes: number | ((matter: PolicyMatter) => number);
  readonly onPlan: (planVersionId: string) => void;
}

export interface SubmitRequest {
  submit(request: NewRequest): Promise<RequestOutcome>;
  answer(answer: Answer): Promise<RequestOutcome>;
  /** Seals these steps as a new version of a plan; used by renew, retry and preview too. */
  seal(plan: NewSeal): Promise<RequestOutcome>;
}

export interface NewSeal {
  readonly planId: string;
  readonly person: string;
  readonly purpose: "run" | "preview";
  readonly draft: readonly DraftStep[];
}

/** Permission, store, audit; then decompose, map, fill in, and either seal a plan or ask for all that is missing at once. */
export function createSubmitRequest(deps: SubmitRequestDeps): SubmitRequest {
  const { database } = deps;

  async function submit(request: NewRequest): Promise<RequestOutcome> {
    const problem = textProblem(request.text);
    if (problem !== null) return problem;
    const allowed = await deps.policy.may(request.person, matterOf("request"));
    if (!allowed.allowed) return notAllowed(request.person, "request.submitted", `conversation:${request.conversationId}`, allowed.reason);
    const stored = await database.transaction(async (sql) => {
      const made = await createRequest(sql, request);
      await appendAudit(sql, {
        actor: request.person,
        action: "request.submitted",
        resource: `request:${made.id}`,
        result: "accepted",
        facts: { number: made.number, text: request.text.slice(0, 500) },
      });
      return made;
    });
    try {
      return await planFor(stored.id, request);
    } catch (error) {
      await database.transaction(async (sql) => {
        await saveOutcome(sql, stored.id, null, "failed");
        await appendAudit(sql, {
          actor: "planner",
          action: "request.planned",
          resource: `request:${stored.id}`,
          result: "failed",
          facts: { outcome: "failed", code: error instanceof AppError ? error.code : "unexpected" },
        });
      });
      throw error;
    }
  }

  async function notAllowed(person: string, action: string, resource: string, reason: string): Promise<RequestOutcome> {
    await writeAudit(database, { actor: person, action, resource, result: "refused", facts: { code: "not-allowed", reason } });
    return { kind: "refused", code: "not-allowed", message: reason, help: null };
  }

  async function planFor(requestId: string, request: NewRequest): Promise<RequestOutcome> {
    const reading = deps.inventory();
    reading.catch(() => undefined); // told below; where there are no playbooks either, that is the nearer reason
    const catalog = await deps.catalog();
    if (catalog.playbooks.length === 0) {
      throw new AppError("repo-without-playbooks", "the repo holds no playbook that can be used", {
        help:
          catalog.rejected[0] === undefined
            ? "Point CHIFFON_REPO at your Ansible repo."
            : `${catalog.rejected[0].path}: ${catalog.rejected[0].reason}`,
      });
    }
    const inventory = await reading;
    const decomposition = await deps.decomposer(inventory, catalog).decompose(request.text, { person: request.person });
    if (decomposition.kind !== "work" || decomposition.steps.length === 0) {
      const answer = noWork(decomposition);
      await recordOutcome(requestId, request.person, decomposition, "no_work", { kind: decomposition.kind });
      return { kind: "no_work", requestId, ...answer };
    }
    const draft: DraftStep[] = [];
    const problems: Question["missing"] = [];
    for (const step of decomposition.steps) {
      const made = await draftStep(step, catalog, { vocabulary: deps.vocabulary(catalog), hosts: inventory.hosts });
      draft.push(made.draft);
      problems.push(...made.missing);
    }
    const question: Question = {
      unmapped: draft.flatMap((step) => unmappedOf(step)),
      unknownHosts: decomposition.steps.flatMap((step) =>
        step.unknownHosts.map((word) => ({ step: step.order, word, nearest: nearestNames(word, inventory) })),
      ),
      missing: problems,
      ambiguities: decomposition.ambiguities,
      unclearPlaces: [],
    };
    const outcome = await storePlan(requestId, request, draft, question, catalog);
    const kind =
      outcome.kind === "question"
        ? outcome.reason === "unmapped"
          ? "unmapped"
          : outcome.reason === "unknown_host"
            ? "unknown_host"
            : "question"
        : "plan";
    await recordOutcome(requestId, request.person, decomposition, kind, factsOf(draft, question));
    return outcome;
  }

  async function draftStep(
    step: RequestedStep,
    catalog: PlaybookCatalog,
    words: FillOptions,
  ): Promise<{ draft: DraftStep; missing: Question["missing"] }> {
    const mapping = await deps.mapper.map(step, catalog);
    const playbook = catalog.playbooks.find((one) => one.id === mapping.playbook);
    const filled = playbook === undefined ? { variables: {}, missing: [] } : fill(step, playbook, words);
    return {
      draft: {
        order: step.order,
        name: step.name,
        intent: step.intent,
        mapping,
        variables: { ...filled.variables },
        requestedHosts: step.hosts,
        dependsOn: step.dependsOn,
      },
      missing: filled.missing,
    };
  }

  function fill(
    step: Pick<RequestedStep, "order" | "intent">,
    playbook: Playbook,
    words: FillOptions,
  ): { variables: Record<string, unknown>; missing: Question["missing"] } {
    const filled = fillParameters(step, playbook, words);
    return {
      variables: { ...filled.variables },
      missing: [
        ...filled.missing.map((variable) => ({ step: step.order, variable, problem: null })),
        ...filled.refused.flatMap((one) => {
          const variable = playbook.variables.find((known) => known.name === one.name);
          return variable === undefined ? [] : [{ step: step.order, variable, problem: one.reason }];
        }),
      ],
    };
  }

  async function storePlan(
    requestId: string,
    request: NewRequest,
    draft: readonly DraftStep[],
    question: Question,
    catalog: PlaybookCatalog,
  ): Promise<RequestOutcome> {
    const planId = await database.transaction((sql) => createPlan(sql, { requestId }));
    if (isEmptyQuestion(question)) return seal({ planId, person: request.person, purpose: "run", draft }, catalog);
    return database.transaction(async (sql) => {
      const version = await createPlanVersion(sql, { planId, purpose: "run", madeBy: request.person, draft });
      return askInside(sql, version.id, draft, question);
    });
  }

  async function askInside(sql: Sql, id: string, draft: readonly DraftStep[], question: Question): Promise<RequestOutcome> {
    await saveQuestion(sql, id, draft, question);
    await movePlanVersion(sql, id, "needs_input");
    return { kind: "question", planVersionId: id, reason: reasonOf(question) };
  }

  async function seal(plan: NewSeal, known?: PlaybookCatalog): Promise<RequestOutcome> {
    const catalog = known ?? (await deps.catalog());
    const version = await database.transaction((sql) => createPlanVersion(sql, { ...plan, madeBy: plan.person }));
    for (const id of version.superseded) deps.onPlan(id);
    return sealVersion(version.id, plan, catalog);
  }

  async function sealVersion(id: string, plan: NewSeal, catalog: PlaybookCatalog): Promise<RequestOutcome> {
    const version = await getPlanVersion(database, id);
    if (version === undefined) throw new AppError("plan-missing", "the plan is gone");
    const draft = storable(plan.draft); // before the digest: what is sealed is what is stored
    const result = await deps.sealPlan.seal({ version, draft, catalog, purpose: plan.purpose });
    // What was asked for is known only now: the policy may let a person ask for some playbooks or hosts and not for others.
    if (result.kind === "sealed" && plan.purpose === "run") {
      const allowed = await deps.policy.may(plan.person, sealedMatter(result.sealed, "request", [plan.person]));
      if (!allowed.allowed) {
        await movePlanVersion(database, id, "withdrawn", allowed.reason);
        return notAllowed(plan.person, "plan.sealed", `plan_version:${id}`, allowed.reason);
      }
    }
    return database.transaction(async (sql) => {
      if (result.kind === "question") return askInside(sql, id, plan.draft, result.question);
      const fresh = await saveSeal(sql, id, {
        draft,
        sealed: result.sealed,
        digest: result.digest,
        risk: result.risk,
        expiresMinutes:
          typeof deps.planExpiresMinutes === "function"
            ? deps.planExpiresMinutes(sealedMatter(result.sealed, "approve", []))
            : deps.planExpiresMinutes,
      });
      if (!fresh || !(await movePlanVersion(sql, id, "awaiting_approval"))) {
        return { kind: "refused", code: "superseded", message: "this plan was answered or replaced in the same moment", help: null };
      }
      await appendAudit(sql, {
        actor: plan.person,
        action: plan.purpose === "preview" ? "preview.sealed" : "plan.sealed",
        resource: `plan_version:${id}`,
        result: "done",
        facts: {
          digest: result.digest,
          version: version.version,
          risk: result.risk,
          steps: result.sealed.steps.map((step) => ({
            order: step.order,
            playbook: step.playbookPath,
            hosts: step.hosts.length,
            variables: Object.keys(step.variables),
          })),
        },
      });
      return { kind: "plan", planVersionId: id };
    });
  }

  async function answer(given: Answer): Promise<RequestOutcome> {
    const version = await getPlanVersion(database, given.planVersionId);
    if (version?.state !== "needs_input" || version.question === null) {
      return { kind: "refused", code: "not-waiting", message: "this question is no longer open", help: null };
    }
    const allowed = await deps.policy.may(given.person, matterOf("request"));
    if (!allowed.allowed) return notAllowed(given.person, "plan.answered", `plan_version:${version.id}`, allowed.reason);
    const catalog = await deps.catalog();
    const words: FillOptions = { vocabulary: deps.vocabulary(catalog), hosts: (await deps.inventory()).hosts };
    const draft: DraftStep[] = [];
    const missing: Question["missing"] = [];
    for (const step of version.draft) {
      const changed = applyAnswer(step, given, version.question, catalog, words);
      draft.push(changed.draft);
      missing.push(...changed.missing);
    }
    const question: Question = { ...version.question, unmapped: draft.flatMap((step) => unmappedOf(step)), missing };
    await database.transaction(async (sql) => {
      await appendAudit(sql, {
        actor: given.person,
        action: "plan.answered",
        resource: `plan_version:${version.id}`,
        result: "done",
        facts: { fields: Object.keys(given.values), choices: given.choices },
      });
      await saveQuestion(sql, version.id, draft, question);
    });
    if (!isEmptyQuestion(question)) {
      deps.onPlan(version.id);
      return { kind: "question", planVersionId: version.id, reason: reasonOf(question) };
    }
    const outcome = await sealVersion(
      version.id,
      { planId: version.planId, person: given.person, purpose: version.purpose, draft },
      catalog,
    );
    deps.onPlan(version.id);
    return outcome;
  }

  function applyAnswer(
    step: DraftStep,
    given: Answer,
    question: Question,
    catalog: PlaybookCatalog,
    words: FillOptions,
  ): { draft: DraftStep; missing: Question["missing"] } {
    const chosen = given.choices[step.order];
    const offered = question.unmapped.find((one) => one.step === step.order)?.candidates.find((one) => one.playbook === chosen);
    const mapping =
      offered === undefined
        ? step.mapping
        : {
            ...step.mapping,
            playbook: offered.playbook,
            method: "chosen" as const,
            why: `chosen by ${given.person}; my own guess was ${step.mapping.confidence.toFixed(2)}`,
            suggestion: null,
          };
    const playbook = catalog.playbooks.find((one) => one.id === mapping.playbook);
    if (playbook === undefined) return { draft: { ...step, mapping }, missing: [] };
    const values = Object.fromEntries(
      playbook.variables.flatMap((variable) => {
        const value = given.values[fieldName(step.order, variable.name)];
        return value === undefined || value === "" ? [] : [[variable.name, value] as const];
      }),
    );
    const filled = fill(step, playbook, { ...words, given: { ...step.variables, ...values } });
    return { draft: { ...step, mapping, variables: { ...filled.variables } }, missing: filled.missing };
  }

  async function recordOutcome(
    requestId: string,
    person: string,
    decomposition: Decomposition,
    outcome: "plan" | "question" | "unmapped" | "unknown_host" | "no_work",
    facts: Record<string, unknown>,
  ): Promise<void> {
    await database.transaction(async (sql) => {
      await saveOutcome(sql, requestId, decomposition, outcome);
      await appendAudit(sql, {
        actor: "planner",
        action: "request.planned",
        resource: `request:${requestId}`,
        result: outcome === "plan" ? "done" : "refused",
        facts: { outcome, person, ...facts },
      });
      for (const gap of decomposition.outOfScope) {
        await appendAudit(sql, {
          actor: person,
          action: "gap.noted",
          resource: `request:${requestId}`,
          result: "done",
          facts: { wish: gap.slice(0, 300) },
        });
      }
    });
  }

  return { submit, answer, seal: (plan) => seal(plan) };
}

/** Why a text cannot be a request at all, or null. */
export function textProblem(text: string): Extract<RequestOutcome, { kind: "refused" }> | null {
  const refused = (code: string, message: string, help: string): Extract<RequestOutcome, { kind: "refused" }> => ({
    kind: "refused",
    code,
    message,
    help,
  });
  if (text.trim() === "") return refused("text-empty", "the request is empty", 'Say what you want, for example: "deploy uptime kuma".');
  if (text.length > requestTextLimit)
    return refused(
      "text-too-long",
      `the request has ${text.length} characters; at most ${requestTextLimit} are read`,
      "Say it in fewer words.",
    );
  if (text.includes("\0") || !text.isWellFormed())
    return refused("text-malformed", "the request holds characters that are no text (NUL or half a character)", "Type it again.");
  return null;
}

function unmappedOf(step: DraftStep): Question["unmapped"] {
  const { mapping } = step;
  return mapping.playbook === null
    ? [{ step: step.order, name: step.name, why: mapping.why, candidates: mapping.candidates, suggestion: mapping.suggestion }]
    : [];
}

function reasonOf(question: Question): "unmapped" | "unknown_host" | "missing" | "ambiguous" {
  if (question.unknownHosts.length > 0) return "unknown_host";
  if (question.unmapped.length > 0) return "unmapped";
  return question.missing.length > 0 ? "missing" : "ambiguous";
}

function factsOf(draft: readonly DraftStep[], question: Question): Record<string, unknown> {
  return {
    steps: draft.map((step) => ({
      order: step.order,
      playbook: step.mapping.playbook,
      confidence: step.mapping.confidence,
      method: step.mapping.method,
      candidates: step.mapping.candidates,
    })),
    unknownHosts: question.unknownHosts.map((one) => one.word),
    missing: question.missing.map((one) => one.variable.name),
  };
}

/** Names of the inventory that share the most letters with a word, at most three. */
function nearestNames(word: string, inventory: InventoryNames): string[] {
  const names = [
    ...new Set([...Object.keys(inventory.groups).filter((group) => group !== "all" && group !== "ungrouped"), ...inventory.hosts]),
  ];
  const pairs = (text: string): Set<string> =>
    new Set(Array.from({ length: Math.max(1, text.length - 1) }, (_, index) => text.toLowerCase().slice(index, index + 2)));
  const wanted = pairs(word);
  const likeness = (name: string): number => {
    const own = pairs(name);
    return [...wanted].filter((pair) => own.has(pair)).length / Math.max(1, wanted.size + own.size);
  };
  return names.toSorted((a, b) => likeness(b) - likeness(a)).slice(0, 3);
}

function noWork(decomposition: Decomposition): { text: string; help: string | null } {
  const help = 'Say what you want done, for example "deploy uptime kuma to homelab" or "back up gitea".';
  switch (decomposition.kind) {
    case "question":
      return { text: "That reads as a question, so nothing runs. I can only plan and run the playbooks of this repo.", help };
    case "small_talk":
      return { text: "Hello! I turn what you want done into a plan of your own playbooks, and run it when you say so.", help };
    case "refusal_to_act":
      return { text: "All right, nothing runs.", help: null };
    default:
      return { text: "There is nothing in that which a playbook of this repo could do.", help };
  }
}
