import { randomUUID } from "node:crypto";
import { AppError, exitCodes, type ExitCode } from "../errors.ts";
import type { RequestOutcome } from "../orchestrator/use-cases.ts";
import type { RunView } from "../orchestrator/views.ts";
import { leftOutOf, leftOutWords } from "../planner/left-out.ts";
import type { PlanVersion } from "../planner/plan-store.ts";
import { fieldName, whyNowhere } from "../planner/question.ts";
import { openConversation } from "../planner/conversation-store.ts";
import { localOwner } from "../policy/policy.ts";
import type { Command, CommandApp, CommandIo } from "./command.ts";
import { emptyDocument, errorDocument, planDocument, requestDocument, runDocument, type CommandDocument } from "./document.ts";
import { parseArguments, textOf, usageError } from "./parse-arguments.ts";
import { oneLine } from "./table.ts";
import { shownError } from "./shown-error.ts";
import { waitForRun } from "./wait-for-run.ts";

export const ask: Command = {
  name: "ask",
  summary: "one request from start to end: plan, approval, run, summary",
  needs: "app",
  help: `chiffon ask TEXT [--yes | --yes=destructive] [--check] [--json]

Shows the plan, asks for your approval, runs it and tells what happened.

  --yes               approve as the local owner; a destructive plan needs --yes=destructive,
                      and one that leaves out a part of TEXT ("at 22:00") is not approved so
  --check             only show what would change (--check --diff), change nothing
  --set NAME=VALUE    a value the playbook asks for; may be given several times
  --json              one JSON document on standard output and nothing else there

Exit codes: 0 ok, 1 a step failed, timed out or was cancelled, 2 wrong usage, 3 nothing mapped, unknown host or value missing,
4 not approved, 5 environment, 6 outcome unknown, 130 Ctrl-C.`,
  async run(args, io, app) {
    const { options, text } = readOptions(args);
    const document: Mutable<CommandDocument> = { ...emptyDocument };
    try {
      return await askThrough(text, options, io, app, document);
    } catch (error) {
      if (!options.json) throw error;
      const shown = shownError(error, app.logger, "ask");
      document.error = errorDocument(shown);
      return shown.exitCode;
    } finally {
      if (options.json) io.out(`${JSON.stringify(document)}\n`);
    }
  },
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface AskOptions {
  readonly yes: "no" | "plain" | "destructive";
  readonly check: boolean;
  readonly json: boolean;
  readonly values: Readonly<Record<string, string>>;
}

function readOptions(args: readonly string[]): { readonly options: AskOptions; readonly text: string } {
  const sets: string[] = [];
  const rest: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (arg === "--set") sets.push(args[(index += 1)] ?? "");
    else if (arg.startsWith("--set=")) sets.push(arg.slice("--set=".length));
    else rest.push(arg);
  }
  const { values, words } = parseArguments(rest, { yes: { type: "string" }, check: { type: "boolean" }, json: { type: "boolean" } }, [
    "yes",
  ]);
  const yes = textOf(values["yes"]);
  if (yes !== undefined && yes !== "" && yes !== "destructive")
    throw usageError(`--yes=${yes} is not known; it is --yes or --yes=destructive`);
  const pairs = sets.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw usageError(`--set takes NAME=VALUE, not "${pair}"`);
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return {
    options: {
      yes: yes === undefined ? "no" : yes === "" ? "plain" : "destructive",
      check: values["check"] === true,
      json: values["json"] === true,
      values: Object.fromEntries(pairs),
    },
    text: words.join(" "),
  };
}

async function askThrough(
  text: string,
  options: AskOptions,
  io: CommandIo,
  app: CommandApp,
  document: Mutable<CommandDocument>,
): Promise<ExitCode> {
  await app.startAgent();
  const conversationId = await openConversation(app.database, "command", randomUUID());
  document.request = { id: "", text };
  const first = await app.useCases.submitRequest({ conversationId, person: localOwner, text, previewOnly: options.check });
  const outcome = await answer(await choose(first, options, io, app), options, io, app);
  if (outcome.kind === "no_work") {
    document.request = { id: outcome.requestId, text };
    throw new AppError("nothing-to-run", outcome.text, {
      exitCode: exitCodes.notMapped,
      ...(outcome.help === null ? {} : { help: outcome.help }),
    });
  }
  if (outcome.kind === "refused") throw refusalOf(outcome);
  if (outcome.kind === "duplicate") throw new AppError("duplicate", "this was asked already");

  const version = await app.useCases.plan(outcome.planVersionId);
  if (version === undefined) throw new AppError("plan-missing", "the plan is gone");
  document.request = requestDocument(version);
  const notes = await app.plannerNotes(version.requestId);
  document.plan = planDocument(version, await app.catalog(), notes);
  // A preview shows it afterwards, with what would change.
  if (!options.json && (!options.check || outcome.kind === "question")) io.out(await app.renderPlan(version, io));
  if (outcome.kind === "question") throw questionError(version, outcome.reason);

  const reallyRun = options.check ? [...new Set(version.sealed?.steps.flatMap((step) => step.runsInCheckMode))] : [];
  if (reallyRun.length > 0) io.err(`A preview really runs: ${oneLine(reallyRun.join(", "), 500)}\n`);
  const runId = options.check
    ? await startPreview(version, app)
    : ((await startedAlready(version, io, app, options)) ?? (await approve(version, options, io, app, document)));
  const view = await follow(runId, options, io, app);
  document.run = runDocument(view);
  const decided = await app.useCases.plan(version.id);
  if (decided !== undefined) document.plan = planDocument(decided, await app.catalog(), notes);
  document.audit = view.run.auditNumber === null ? null : { entry: view.run.auditNumber, commit: view.run.auditCommit };
  if (!options.json && options.check) io.out(await app.renderPlan(decided ?? version, io));
  if (!options.json) io.out(app.renderResult(view, io));
  if (io.signal.aborted && view.run.state !== "succeeded") return exitCodes.interrupted;
  return exitCodeOf(view, document);
}

/** On a terminal a person may pick one of the nearest playbooks; the plan still needs its approval. */
async function choose(first: RequestOutcome, options: AskOptions, io: CommandIo, app: CommandApp): Promise<RequestOutcome> {
  if (first.kind !== "question" || first.reason !== "unmapped" || !io.isTTY || options.json || options.yes !== "no") return first;
  const version = await app.useCases.plan(first.planVersionId);
  if (version === undefined) return first;
  io.out(await app.renderPlan(version, io));
  const choices: Record<number, string> = {};
  for (const { step, name, candidates } of version.question?.unmapped ?? []) {
    if (candidates.length === 0) return first;
    const list = candidates.map((candidate, index) => `  ${index + 1}  ${oneLine(candidate.name, 70)}\n`).join("");
    const said = await io.readLine(`Which playbook for "${oneLine(name, 60)}"?\n${list}A number, or Enter for none: `);
    const chosen = candidates[Number(said?.trim() ?? "") - 1];
    if (chosen === undefined) return first;
    choices[step] = chosen.playbook;
  }
  return app.useCases.answerQuestion({
    planVersionId: first.planVersionId,
    person: localOwner,
    values: {},
    choices,
    previewOnly: options.check,
  });
}

/** Fills in what `--set` gives and, on a terminal, asks for the rest. */
async function answer(first: RequestOutcome, options: AskOptions, io: CommandIo, app: CommandApp): Promise<RequestOutcome> {
  let outcome = first;
  for (let round = 0; round < 5 && outcome.kind === "question" && outcome.reason === "missing"; round += 1) {
    const version = await app.useCases.plan(outcome.planVersionId);
    const missing = version?.question?.missing ?? [];
    const values: Record<string, unknown> = {};
    for (const { step, variable, problem } of missing) {
      const given = round === 0 ? (options.values[fieldName(step, variable.name)] ?? options.values[variable.name]) : undefined;
      const value =
        given ??
        (io.isTTY && !options.json ? await io.readLine(`${problem ?? variable.description ?? "value"}\n  ${variable.name}: `) : null);
      if (value !== null && value !== "") values[fieldName(step, variable.name)] = value;
    }
    if (Object.keys(values).length === 0) return outcome;
    outcome = await app.useCases.answerQuestion({
      planVersionId: outcome.planVersionId,
      person: localOwner,
      values,
      choices: {},
      previewOnly: options.check,
    });
  }
  return outcome;
}

/** The run of a plan that a standing approval of chiffon.yml started at once. */
async function startedAlready(version: PlanVersion, io: CommandIo, app: CommandApp, options: AskOptions): Promise<string | null> {
  if (version.state !== "approved") return null;
  const [run] = await app.database.query<{ id: string }>("select id from run where plan_version_id = $1", [version.id]);
  if (!options.json) io.err(`${oneLine(version.stateReason ?? "approved", 300)}\n`);
  return run?.id ?? null;
}

async function approve(
  version: PlanVersion,
  options: AskOptions,
  io: CommandIo,
  app: CommandApp,
  document: Mutable<CommandDocument>,
): Promise<string> {
  const destructive = version.risk === "destructive";
  const leftOut = leftOutOf(version);
  if (options.yes !== "no" && leftOut.length > 0) {
    throw new AppError("left-out", `nothing was run: ${leftOut.map(leftOutWords).join(", ")}`, {
      exitCode: exitCodes.notApproved,
      help: "Say it without that, or approve it where its plan is seen: without --yes, or in a chat.",
    });
  }
  let typed: string | undefined;
  if (options.yes === "destructive") typed = "destructive";
  else if (options.yes === "plain") {
    if (destructive) {
      throw new AppError("approval-missing", "this plan is destructive: --yes alone does not approve it", {
        exitCode: exitCodes.notApproved,
        help: "Use --yes=destructive if you mean it.",
      });
    }
  } else {
    const reply = options.json
      ? null
      : await io.readLine(destructive ? 'Type "destructive" to approve, anything else leaves it: ' : "Run it? [y/N] ");
    const said = reply?.trim().toLowerCase() ?? "";
    if (!(destructive ? said === "destructive" : ["y", "yes"].includes(said))) {
      throw new AppError("not-approved", "nothing was run: the plan waits for an approval", {
        exitCode: exitCodes.notApproved,
        help: "Approve with --yes, or at the prompt of a terminal.",
      });
    }
    if (destructive) typed = said;
  }
  if (io.signal.aborted) throw new AppError("interrupted", "nothing was run", { exitCode: exitCodes.interrupted });
  const decide = (word: string | undefined): ReturnType<typeof app.useCases.decide> =>
    app.useCases.decide({
      planVersionId: version.id,
      person: localOwner,
      decision: "approved",
      ...(word === undefined ? {} : { typed: word }),
    });
  let outcome = await decide(typed);
  // The policy may want a word of its own.
  if (outcome.kind === "refused" && outcome.code === "confirm-missing" && options.yes === "no" && !options.json)
    outcome = await decide((await io.readLine(`${outcome.message}: `)) ?? "");
  switch (outcome.kind) {
    case "approved":
      document.approval = { person: localOwner, planVersionId: version.id };
      return outcome.runId;
    case "refused":
      throw new AppError(outcome.code, outcome.message, {
        exitCode: exitCodes.notApproved,
        help: "Ask again for a plan of how things are now.",
      });
    case "voted":
      throw new AppError("not-approved", `your approval counts; still needed: ${outcome.missing}`, {
        exitCode: exitCodes.notApproved,
        help: "It starts when they have approved it in chat.",
      });
    default:
      throw new AppError("not-approved", "the plan was rejected", { exitCode: exitCodes.notApproved });
  }
}

async function startPreview(version: PlanVersion, app: CommandApp): Promise<string> {
  const outcome = await app.useCases.preview(version.id, localOwner);
  if (outcome.kind === "started") return outcome.runId;
  throw new AppError("preview-refused", outcome.message, { exitCode: exitCodes.notApproved });
}

async function follow(runId: string, options: AskOptions, io: CommandIo, app: CommandApp): Promise<RunView> {
  let last: RunView | undefined;
  const onAbort = (): void => {
    if (!options.json) io.err("\nstopping the run; this can take a few seconds\n");
    void app.useCases.cancelRun(runId, localOwner).then((outcome) => {
      if (outcome.kind === "refused" && !options.json) io.err(`not stopped: ${oneLine(outcome.message, 300)}\n`);
    });
  };
  io.signal.addEventListener("abort", onAbort, { once: true });
  if (io.signal.aborted) onAbort();
  try {
    return await waitForRun(app, runId, (view) => {
      if (options.json) return;
      if (io.isTTY) io.err(`\r\u001b[2K${app.renderProgress(view, io)}`);
      else for (const line of app.renderChanges(last, view, io)) io.err(`${line}\n`);
      last = view;
    });
  } finally {
    io.signal.removeEventListener("abort", onAbort);
    if (!options.json && io.isTTY) io.err("\r\u001b[2K");
  }
}

function exitCodeOf(view: RunView, document: Mutable<CommandDocument>): ExitCode {
  switch (view.run.state) {
    case "succeeded":
      return exitCodes.ok;
    case "outcome_unknown":
      document.error = {
        code: "outcome-unknown",
        message: view.run.waitingReason ?? "nobody knows how it ended",
        help: "Look at the hosts.",
      };
      return exitCodes.outcomeUnknown;
    default: {
      const step = view.steps.find((one) => one.state !== "succeeded");
      // It ended before its start and nobody cancelled it: the repo had changed.
      const refused = view.run.startedAt === null && view.cancelledBy === null;
      document.error = {
        code: step?.errorCode ?? (refused ? "stale" : view.run.state),
        message: step?.summary?.keyErrors[0] ?? step?.reason ?? view.run.state,
        help: null,
      };
      return refused ? exitCodes.notApproved : exitCodes.failed;
    }
  }
}

function refusalOf(outcome: Extract<RequestOutcome, { kind: "refused" }>): AppError {
  const usage = outcome.code.startsWith("text-");
  return new AppError(outcome.code, outcome.message, {
    exitCode: usage ? exitCodes.usage : exitCodes.notApproved,
    ...(outcome.help === null ? {} : { help: outcome.help }),
  });
}

function questionError(version: PlanVersion, reason: string): AppError {
  const question = version.question;
  const help = {
    unmapped: "Say it with the words of one of your playbooks (`chiffon playbooks list`), or add one.",
    unknown_host: "Name a host or group of the inventory.",
    missing: "Give the values with --set NAME=VALUE.",
    ambiguous: "Say it in other words, one thing after the other.",
  }[reason];
  const message =
    question?.unknownHosts.map(whyNowhere)[0] ??
    question?.unmapped.map((one) => `no playbook for "${one.name}": ${one.why}`)[0] ??
    question?.missing.map((one) => one.problem ?? `a value for ${one.variable.name} is missing`)[0] ??
    question?.unclearPlaces.map((one) => `does "${one.word}" say where? "${one.playbook}" acts on ${one.hosts} hosts`)[0] ??
    question?.ambiguities[0] ??
    "not understood";
  return new AppError(`request-${reason.replace("_", "-")}`, message, {
    exitCode: exitCodes.notMapped,
    ...(help === undefined ? {} : { help }),
  });
}
