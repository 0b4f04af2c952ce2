import { appendAudit } from "../audit/audit-log.ts";
import type { Database, Sql } from "../db/database.ts";
import type { Playbook } from "../mapping/playbook.ts";
import type { TaskMapper } from "../mapping/task-mapper.ts";
import { ansibleWordIn, noAnsibleWords } from "../planner/sentence/ansible-words.ts";
import type { Decomposition } from "../planner/decomposition.ts";
import { withoutForwarded } from "../planner/sentence/forwarded.ts";
import { hasHostPattern, noHostPatterns } from "../planner/hosts/host-patterns.ts";
import { emptyQuestion, type Question } from "../planner/question.ts";
import { plainTyped } from "../planner/sentence/typed-text.ts";
import { visibleLine } from "../visible-text.ts";
import { draftFacts, fillStep, mapStep, unknownHostsOf, unmappedOf, type Known, type ReadRequest } from "./draft-steps.ts";
import type { MakeVersion } from "./make-version.ts";
import type { Planning } from "./plan-request.ts";
import { separateSteps } from "./separate-steps.ts";
import type { RequestOutcome } from "./use-cases.ts";

export interface PlanNewRequestDeps {
  readonly database: Database;
  readonly mapper: TaskMapper;
  readonly makeVersion: MakeVersion;
  readonly readRequest?: ReadRequest;
}

/** Decompose, map, fill in, and either seal a plan or ask for all that is missing at once. */
export async function planNewRequest(
  deps: PlanNewRequestDeps,
  planning: Planning,
  known: Known,
  read?: Decomposition,
): Promise<RequestOutcome> {
  const { request } = planning;
  const text = plainTyped(request.text);
  if (hasHostPattern(text))
    return answerRefused(deps, planning, "host_pattern", noHostPatterns, 'For example "on web1 and web2", or "everywhere except db1".');
  // A model is not shown what was only passed on: it could take it for the person's own words.
  const { own } = withoutForwarded(text);
  const isAsked = read === undefined && own !== "";
  const reading = isAsked ? await deps.readRequest?.({ text: own, person: request.person, request }, known) : undefined;
  const decomposition = read ?? reading?.decomposition ?? (await known.decomposer.decompose(text, { person: request.person }));
  if (decomposition.kind !== "work" || decomposition.steps.length === 0)
    return answerNoWork(deps, planning, decomposition, known, reading?.notes);

  const word = ansibleWordIn(text, (one) => known.catalog.playbooks.some((playbook) => namesOf(playbook).includes(one)));
  if (word !== undefined)
    return answerRefused(deps, planning, "ansible_word", `${word}: ${noAnsibleWords}`, "Put it into the inventory or the playbook.");

  const steps = await separateSteps(decomposition.steps, known, deps.mapper);
  const mapped = await Promise.all(
    steps.map(async (step) => fillStep(await mapStep(step, known, deps.mapper, decomposition.previewOnly), known)),
  );
  const draft = mapped.map((one) => one.draft);
  const question: Question = {
    ...emptyQuestion,
    unmapped: draft.flatMap((step) => unmappedOf(step)),
    unknownHosts: steps.flatMap((step) => unknownHostsOf(step.order, step.unknownHosts, known.inventory)),
    missing: mapped.flatMap((one) => one.missing),
    ambiguities: decomposition.ambiguities,
  };
  const wanted = { requestId: request.id, person: request.person, purpose: "run" as const, draft, question, catalog: known.catalog };
  const outcome = await deps.makeVersion.begin(wanted, async (sql, made) => {
    const kind = made.kind === "question" && (made.reason === "unmapped" || made.reason === "unknown_host") ? made.reason : made.kind;
    const by = reading === undefined ? {} : { readBy: reading.tier, model: reading.model };
    const facts = { ...draftFacts(draft, question), ...by };
    // Asked back for a value: nothing was refused.
    const asked = kind === "question" && onlyAsks(question) ? "done" : undefined;
    await planning.record(sql, { outcome: kind, result: made, decomposition }, facts, asked);
    await noteGaps(sql, request, decomposition);
  });
  if (outcome.kind === "refused")
    await deps.database.transaction((sql) =>
      planning.record(sql, { outcome: "refused", result: outcome, decomposition }, { code: outcome.code }),
    );
  return outcome;
}

export async function answerNoWork(
  deps: Pick<PlanNewRequestDeps, "database">,
  planning: Planning,
  decomposition: Decomposition,
  known: Pick<Known, "catalog">,
  notes: readonly string[] = [],
): Promise<RequestOutcome> {
  const { request } = planning;
  const { text, help } = noWork(decomposition, known.catalog.playbooks);
  const answer: RequestOutcome = { kind: "no_work", requestId: request.id, text: withNotes(text, notes), help };
  await deps.database.transaction(async (sql) => {
    const { kind, ambiguities } = decomposition;
    // An order that somebody else wrote counts as refused.
    const wishedNothing = kind === "small_talk" || (kind === "question" && ambiguities.length === 0);
    await planning.record(sql, { outcome: "no_work", result: answer, decomposition }, { kind }, wishedNothing ? "done" : undefined);
    await noteGaps(sql, request, decomposition);
  });
  return answer;
}

/** Values are missing, and none was stated and refused. */
const onlyAsks = ({ missing, ...others }: Question): boolean =>
  missing.length > 0 && missing.every(({ problem }) => problem === null) && Object.values(others).every((part) => part.length === 0);

/** With what the person should know of how it was read: a model that failed, a budget that is spent. */
export const withNotes = (text: string, notes: readonly string[]): string => [text, ...notes.map((note) => `(${note})`)].join(" ");

/** What people wish for and no playbook does. */
async function noteGaps(sql: Sql, request: { readonly id: string; readonly person: string }, decomposition: Decomposition): Promise<void> {
  for (const gap of decomposition.outOfScope) {
    await appendAudit(sql, {
      actor: request.person,
      action: "gap.noted",
      resource: `request:${request.id}`,
      result: "done",
      facts: { wish: gap.slice(0, 300) },
    });
  }
}

/** What was said cannot be planned as it stands, and is not planned without the part that cannot. */
async function answerRefused(
  deps: Pick<PlanNewRequestDeps, "database">,
  planning: Planning,
  kind: string,
  why: string,
  help: string,
): Promise<RequestOutcome> {
  const answer: RequestOutcome = { kind: "no_work", requestId: planning.request.id, text: `Nothing is planned: ${why}.`, help };
  await deps.database.transaction((sql) => planning.record(sql, { outcome: "no_work", result: answer }, { kind }));
  return answer;
}

const namesOf = (playbook: Playbook): string => `${playbook.path} ${playbook.name} ${playbook.service ?? ""}`.toLowerCase();

function noWork(decomposition: Decomposition, playbooks: readonly Playbook[]): { text: string; help: string | null } {
  const help = helpWith(playbooks);
  switch (decomposition.kind) {
    case "question":
      if (decomposition.ambiguities.length > 0)
        return { text: `Not clear enough, so nothing runs: ${visibleLine(decomposition.ambiguities.join("; ").slice(0, 300))}`, help };
      return { text: "That reads as a question, so nothing runs. I can only plan and run the playbooks of this repo.", help };
    case "small_talk":
      return { text: "Hello! I turn what you want done into a plan of your own playbooks, and run it when you say so.", help };
    case "refusal_to_act":
      return { text: "All right, nothing runs.", help: null };
    default:
      return { text: "There is nothing in that which a playbook of this repo could do.", help };
  }
}

const asSaid: Readonly<Partial<Record<Playbook["verb"], string>>> = { backup: "back up", rollback: "roll back", clean: "clean up" };

/** With examples that this repo has playbooks for: somebody else's services would only mislead. */
function helpWith(playbooks: readonly Playbook[]): string {
  const said = playbooks.flatMap(({ verb, service }) =>
    service === null || verb === "run" ? [] : [{ verb, words: `${asSaid[verb] ?? verb} ${service}` }],
  );
  // Two different kinds of work say more than two of one kind.
  const [first] = said;
  const second = said.find(({ verb, words }) => verb !== first?.verb && words.length <= 60);
  const examples = [first, second].flatMap((one) => (one === undefined || one.words.length > 60 ? [] : [`"${visibleLine(one.words)}"`]));
  return `Say what you want done${examples.length === 0 ? "" : `, for example ${examples.join(" or ")}`}. \`chiffon playbooks list\` shows what there is.`;
}
