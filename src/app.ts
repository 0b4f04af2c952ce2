import { existsSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent } from "./agents/agent.ts";
import { createAnalyzer } from "./agents/infra/analyzer/analyzer.ts";
import { createFixWorktrees } from "./agents/infra/analyzer/fix-worktree.ts";
import { createAnsibleFacts } from "./agents/infra/ansible-facts.ts";
import { cleanEnvironment } from "./agents/infra/environment.ts";
import { loadInventory } from "./agents/infra/inventory.ts";
import { inventorySources } from "./agents/infra/inventory-sources.ts";
import { createOutsideLookup } from "./agents/infra/outside.ts";
import { createSecretFreeTree } from "./agents/infra/secret-free-tree.ts";
import type { Executor } from "./agents/executor.ts";
import type { WorkSource } from "./agents/work-source.ts";
import { startLocalAgent, warmPrograms } from "./app/local-agent.ts";
import { createPlannerParts } from "./app/planner-parts.ts";
import { createSearchParts } from "./app/search-parts.ts";
import { createGitTrail, type GitTrail } from "./audit/git-trail.ts";
import type { ChatPlatform } from "./bot/chat-platform.ts";
import { createBot, type Bot } from "./bot/bot.ts";
import type { Config, Environment } from "./config.ts";
import type { Database } from "./db/database.ts";
import { migrate } from "./db/migrate.ts";
import { openDatabase } from "./db/open-database.ts";
import { AppError, messageOf } from "./errors.ts";
import type { Logger } from "./logger.ts";
import type { Catalog } from "./mapping/catalog.ts";
import { inventoryNames, type InventoryNames } from "./mapping/inventory-names.ts";
import type { TaskMapper } from "./mapping/task-mapper.ts";
import { createApplySuggestion } from "./orchestrator/apply-suggestion.ts";
import { cancelRun } from "./orchestrator/cancel-run.ts";
import { createCheckSuggestion } from "./orchestrator/check-suggestion.ts";
import { createDatabaseCache } from "./orchestrator/database-cache.ts";
import { createDecideApproval } from "./orchestrator/decide-approval.ts";
import { createDismissSuggestion } from "./orchestrator/dismiss-suggestion.ts";
import { createFinishRun } from "./orchestrator/finish-run.ts";
import { createGenerateTemplate } from "./orchestrator/generate-template.ts";
import { learnChoices } from "./orchestrator/learn-choices.ts";
import { createLintRepo, type LintedPlaybook, type LintOptions } from "./orchestrator/lint-repo.ts";
import { createLocalWorkSource } from "./orchestrator/local-work-source.ts";
import { createOverview } from "./orchestrator/overview.ts";
import { planFacts, type PlanFacts } from "./orchestrator/plan-facts.ts";
import { createPlanActions } from "./orchestrator/plan-actions.ts";
import { createSealPlan } from "./orchestrator/seal-plan.ts";
import { createStaleCheck } from "./orchestrator/stale-check.ts";
import { createListeners } from "./orchestrator/listeners.ts";
import { createSubmitRequest } from "./orchestrator/submit-request.ts";
import type { ResumedRequest, UseCases } from "./orchestrator/use-cases.ts";
import { createAsyncTasks, type AsyncTasks } from "./orchestrator/follow-async-tasks.ts";
import { planView, runView } from "./orchestrator/views.ts";
import { startWatch } from "./orchestrator/watch-over.ts";
import type { Decomposer } from "./planner/decomposer.ts";
import type { ModelFinder } from "./planner/model/find-model.ts";
import { createWorkingTreeReader, type WorkingTree } from "./planner/snapshot.ts";
import { createSnapshotStore, openSnapshotKey } from "./planner/snapshot-store.ts";
import { plainTyped } from "./planner/sentence/typed-text.ts";
import type { Vocabulary } from "./planner/vocabulary.ts";
import { workDigestOf } from "./planner/work-digest.ts";
import { createAccountRegistry, type AccountRegistry } from "./policy/accounts.ts";
import { deadNames } from "./policy/dead-names.ts";
import { createOwnerPolicy } from "./policy/owner-policy.ts";
import { localOwner, type Policy } from "./policy/policy.ts";
import { createSettingsPolicy } from "./policy/settings-policy.ts";
import { startQueue } from "./queue/queue.ts";
import { openApprovalSigner } from "./runs/approval.ts";
import { startRunFeed } from "./runs/run-feed.ts";

const mostStoringMs = 2_000;
const cardAfterMs = 150;

/** A whole Chiffon on one data folder, put together. */
export interface App {
  readonly config: Config;
  readonly database: Database;
  readonly logger: Logger;
  readonly useCases: UseCases;
  readonly trail: GitTrail;
  readonly catalog: Catalog;
  readonly policy: Policy;
  /** Platforms that say who their accounts are; `startBot` adds those it starts. */
  readonly accounts: AccountRegistry;
  readonly mapper: TaskMapper;
  /** The language model that plans, if there is one. */
  readonly models: ModelFinder;
  /** With a language model where there is one. */
  decomposer(): Promise<Decomposer>;
  vocabulary(): Promise<Vocabulary>;
  inventoryNames(): Promise<InventoryNames>;
  planFacts(planVersionId: string): Promise<PlanFacts>;
  lint(options?: LintOptions): Promise<readonly LintedPlaybook[]>;
  /** Jobs that outlive the step which started them. */
  readonly asyncTasks: AsyncTasks;
  /** Asks ansible everything that a plan needs, so that the first request does not wait for it. */
  warmUp(): Promise<void>;
  /** Where agents get their work; the agent of this process uses it too. */
  workSource(): Promise<WorkSource>;
  /** Claims and runs work in this process, and watches over time; idempotent. `stays`: for so long that processes with ansible imported pay off. */
  startAgent(options?: { readonly stays?: boolean }): Promise<void>;
  startBot(platforms: readonly ChatPlatform[]): Promise<Bot>;
  stop(): Promise<void>;
}

export interface AppOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly environment: Environment;
  /** Says what takes long, for the person who waits. */
  readonly progress?: (text: string) => void;
  /** A database that is already open; it is not closed by `stop`. */
  readonly database?: Database;
  /** Does the work of this process's agent; ansible when absent. */
  readonly executor?: Executor;
}

/** The caller holds the data folder (`takeOwnership`). */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, logger, environment } = options;
  const { dataDir, repo, settings } = config;
  checkRepo(repo);
  const database = options.database ?? (await openDatabase(config, options));
  const stopping = new AbortController();
  const close: (() => Promise<void>)[] = [];
  try {
    await migrate(database);
    const queue = await startQueue({ database, logger });
    close.push(() => queue.stop());
    const feed = await startRunFeed(database);
    close.push(() => feed.stop());

    const clean = cleanEnvironment(environment);
    const cache = createDatabaseCache(database);
    const facts = createAnsibleFacts({ environment: clean, cache });
    const workingTree = createSecretFreeTree({ workingTree: createWorkingTreeReader(), facts, homeFolder: clean["HOME"] ?? "/root" });
    const snapshots = createSnapshotStore({
      folder: join(dataDir, "snapshots"),
      key: openSnapshotKey(join(dataDir, "snapshot.key"), config.snapshotKey),
    });
    const signer = openApprovalSigner(join(dataDir, "approval.key"));
    const accounts = createAccountRegistry();
    const planExpiresMinutes = settings.plan_expires_minutes;
    const policy =
      settings.policy === undefined
        ? createOwnerPolicy({ accounts, planExpiresMinutes })
        : createSettingsPolicy({ settings: settings.policy, accounts, planExpiresMinutes });
    const trail = createGitTrail({ folder: join(dataDir, "audit"), logger });

    const promptAnswers = settings.prompt_answers === undefined ? undefined : resolve(dataDir, settings.prompt_answers);
    const search = createSearchParts({
      config,
      database,
      logger,
      promptAnswers,
      progress: options.progress,
      signal: stopping.signal,
    });
    const { catalog, index, learned, mapper } = search;
    const outsideLookup = createOutsideLookup(facts);

    const sources = async (): Promise<readonly string[]> => {
      return inventorySources(repo, settings.inventory, await facts.changedConfig(repo));
    };
    const inventory = async (): ReturnType<typeof loadInventory> =>
      loadInventory(repo, await sources(), { environment: clean, cache, allowedSources: settings.executable_inventories });

    const planned = createListeners<string>();
    const expired = createListeners<string>();
    const reminded = createListeners<string>();
    const resumed = createListeners<ResumedRequest>();
    const onPlan = planned.tell;
    const playbookPaths = async (): Promise<string[]> =>
      (await catalog.refresh()).playbooks.map((playbook) => playbook.driver?.path ?? playbook.path);
    const outside = (tree: WorkingTree): ReturnType<typeof outsideLookup> => outsideLookup(repo, tree.files);
    const staleCheck = createStaleCheck({ repo, workingTree, playbookPaths, outside, facts });
    const sealPlan = createSealPlan({
      repo,
      workingTree,
      snapshots,
      facts,
      inventorySources: sources,
      inventory,
      outside,
      // Playbooks that need a place of their own on this machine put it below this folder (the example repo does).
      givenVariables: { chiffon_data_dir: dataDir },
      timeLimitSeconds: settings.step_time_limit_seconds,
      passwordScripts: settings.password_scripts,
    });
    const names = async (): Promise<InventoryNames> => {
      const known = await inventory();
      return inventoryNames(known.groups, known.hosts);
    };
    const planner = createPlannerParts({
      config,
      database,
      logger,
      search,
      say: (text) => options.progress?.(text),
      signal: stopping.signal,
    });
    const { models, vocabulary, decomposerFor, readRequest } = planner;
    const submitRequest = createSubmitRequest({
      database,
      policy,
      catalog: () => catalog.current(),
      inventory: names,
      decomposer: decomposerFor,
      readRequest,
      readChange: planner.readChange,
      vocabulary,
      mapper,
      sealPlan,
      logger,
      onPlan,
      onResumed: resumed.tell,
      // A plan that a standing approval fits starts by itself; who only wants to see a plan never starts it.
      async onSealed(planVersionId) {
        if ((await decideApproval.decideStanding(planVersionId)) !== null) onPlan(planVersionId);
      },
      withdraw: (planVersionId, person) => actions.withdraw(planVersionId, person),
      signal: stopping.signal,
    });
    const decideApproval = createDecideApproval({
      database,
      queue,
      signer,
      policy,
      staleCheck,
      workDigest: async (plan) => workDigestOf(plan, await playbookPaths()),
    });
    const actions = createPlanActions({ database, queue, policy, submitRequest, decideApproval, staleCheck, onPlan });
    const lintIsRare = settings.lint_after_runs === false;
    const warm =
      settings.ansible?.warm === false ? undefined : warmPrograms({ environment: clean, agentFolder: join(dataDir, "agent"), lintIsRare });
    close.push(() => Promise.resolve(warm?.close()));
    const analyzer = createAnalyzer({ environment, facts, cache, warm });
    const lintRepo = createLintRepo({ database, analyzer, repo, catalog });
    const worktrees = createFixWorktrees({ folder: join(dataDir, "worktrees") });
    const useCases: UseCases = {
      ...actions,
      ...createGenerateTemplate({ database, policy, catalog, inventory: names, worktrees, repo, facts, environment: clean }),
      dismissSuggestion: createDismissSuggestion({ database, policy }),
      applySuggestions: createApplySuggestion({
        database,
        policy,
        analyzer,
        worktrees,
        repo,
        check: createCheckSuggestion({
          database,
          policy,
          environment: clean,
          facts,
          inventory,
          inventorySources: sources,
          secretsDir: realpathSync(repo),
          passwordScripts: settings.password_scripts,
          givenVariables: { chiffon_data_dir: dataDir },
        }),
      }),
      submitRequest: submitRequest.submitRequest,
      receiveMessage: submitRequest.receiveMessage,
      acceptRequest: submitRequest.acceptRequest,
      acceptMessage: submitRequest.acceptMessage,
      planRequest: submitRequest.planRequest,
      editPlan: submitRequest.editPlan,
      outcomeOf: submitRequest.outcomeOf,
      resumeRequests: submitRequest.resumeRequests,
      answerQuestion: (answer) => submitRequest.answer(answer),
      async decide(decision) {
        const outcome = await decideApproval.decide(decision);
        const version = outcome.kind === "approved" ? await planView(database, decision.planVersionId) : undefined;
        if (version?.purpose === "run") await learnChoices(learned, version, decision.person);
        // The run that begins in this moment needs the database more than its card does.
        if (outcome.kind === "approved") setTimeout(onPlan, cardAfterMs, decision.planVersionId).unref();
        else onPlan(decision.planVersionId);
        return outcome;
      },
      cancelRun: (runId, person) => cancelRun({ database, queue, policy }, runId, person),
      plan: (id) => planView(database, id),
      run: (id) => runView(database, id),
      onRun: (callback) => feed.subscribe(callback),
      onPlan: planned.add,
      onExpired: expired.add,
      onReminder: reminded.add,
      onResumed: resumed.add,
    };

    const agentFolder = join(dataDir, "agent");
    const finishRun = createFinishRun({
      database,
      queue,
      trail,
      logger,
      lint: async (paths) => (settings.lint_after_runs === false ? [] : lintRepo.lint({ paths })),
      playbookPaths,
    });

    const asyncTasks = createAsyncTasks({
      database,
      logger,
      agentFolder,
      environment: clean,
      snapshots,
      publicKey: signer.publicKey,
      secretsFolder: realpathSync(repo),
      passwordScripts: settings.password_scripts,
      executableInventories: settings.executable_inventories.length > 0,
    });
    let source: Promise<WorkSource> | undefined;
    const openWorkSource = async (): Promise<WorkSource> => {
      const opened = await createLocalWorkSource({ database, queue, snapshots, publicKey: signer.publicKey, staleCheck, logger });
      close.push(() => opened.stop());
      return opened;
    };
    const workSource = (): Promise<WorkSource> => (source ??= openWorkSource());

    let agent: Promise<Agent> | undefined;
    const startAgent = async (): Promise<Agent> => {
      const started = await startLocalAgent({
        config,
        environment,
        database,
        logger,
        source: await workSource(),
        folder: agentFolder,
        promptAnswers,
        warm,
        executor: options.executor,
        onStarted: (stop) => close.push(stop),
      });
      await finishRun.start();
      close.push(() => asyncTasks.stop());
      asyncTasks.start();
      await worktrees.clean();
      // After the agent: what it takes up again is not lost.
      const onExpired = (id: string): void => {
        onPlan(id);
        expired.tell(id);
      };
      startWatch({ database, logger, onExpired, onReminder: reminded.tell }, stopping.signal);
      submitRequest.startResuming();
      return started;
    };

    const app: App = {
      config,
      database,
      logger,
      useCases,
      trail,
      catalog,
      policy,
      accounts,
      models,
      async decomposer() {
        const playbooks = await catalog.current();
        const inventory = await names();
        const known = { catalog: playbooks, inventory, vocabulary: vocabulary(playbooks), decomposer: decomposerFor(inventory, playbooks) };
        return {
          async decompose(text, context) {
            const read = await readRequest({ text: plainTyped(text), person: context?.person ?? localOwner }, known);
            for (const note of read.notes) options.progress?.(note);
            return read.decomposition;
          },
        };
      },
      vocabulary: async () => vocabulary(await catalog.current()),
      mapper,
      asyncTasks,
      inventoryNames: names,
      planFacts: (planVersionId) => planFacts({ database, policy }, planVersionId),
      lint: (choice) => lintRepo.lint(choice),
      async warmUp() {
        const [known] = await Promise.all([catalog.current(), inventory(), facts.version()]);
        await index.update(known);
        for (const name of settings.policy === undefined ? [] : deadNames(settings.policy, known, await names()))
          logger.warn({ name }, "a rule of the policy names what is not there; it never matches");
      },
      workSource,
      async startAgent(choice) {
        agent ??= startAgent();
        await agent;
        if (choice?.stays === true) warm?.start();
      },
      async startBot(platforms) {
        for (const platform of platforms) accounts.add(platform);
        const commands = {
          database,
          overview: createOverview({ database, policy }),
          catalog: () => catalog.current(),
          hosts: async () => (await names()).hosts,
          lint: (path: string) => app.lint({ paths: [path] }),
        };
        const bot = createBot({ database, useCases, platforms, planFacts: (id) => app.planFacts(id), commands, logger });
        await bot.start();
        close.push(() => bot.stop());
        return bot;
      },
      async stop() {
        // A command that ends at once would leave all playbooks to be embedded again by the next one.
        await Promise.race([index.stored(), sleep(mostStoringMs, undefined, { ref: false })]);
        stopping.abort();
        for (const part of close.toReversed())
          await part().catch((error: unknown) => logger.warn({ error: messageOf(error) }, "a part did not stop cleanly"));
        if (options.database === undefined) await database.close();
      },
    };
    return app;
  } catch (error) {
    for (const part of close.toReversed()) await part().catch(() => undefined);
    if (options.database === undefined) await database.close().catch(() => undefined);
    throw error;
  }
}

function checkRepo(repo: string): void {
  if (!existsSync(repo) || !statSync(repo).isDirectory()) {
    throw new AppError("repo-missing", `there is no repo at ${repo}`, { help: "Set CHIFFON_REPO to the folder of your Ansible repo." });
  }
}
