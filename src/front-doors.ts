import { basename } from "node:path";
import { createApp, type App, type AppOptions } from "./app.ts";
import type { ChatPlatform } from "./bot/chat-platform.ts";
import { notice, planCard, progressCard, resultCard } from "./bot/make-cards.ts";
import { progressChanges, progressLine } from "./bot/terminal/progress-line.ts";
import { renderCard } from "./bot/terminal/render-card.ts";
import { createTerminalPlatform } from "./bot/terminal/terminal-platform.ts";
import type { CommandIo, FindPlatformSetup, MapResult } from "./cli/command.ts";
import type { House } from "./cli/command-line.ts";
import type { TerminalProcess } from "./cli/process-io.ts";
import { readEnvironment, version, type Environment } from "./config.ts";
import { exitCodes, isAppError, type ExitCode } from "./errors.ts";
import type { PlaybookCatalog, Verb } from "./mapping/playbook.ts";
import { separateSteps } from "./orchestrator/separate-steps.ts";
import { plannerNotes } from "./planner/model/decision-store.ts";
import { fillParameters } from "./planner/values/fill-parameters.ts";

/** A Chiffon with its front doors: what the command line opens. */
export async function openHouse(options: AppOptions): Promise<House> {
  const app = await createApp(options);
  const style = (io: CommandIo): { colour: boolean; columns: number } => ({ colour: io.colour, columns: io.columns });
  return {
    config: app.config,
    database: app.database,
    logger: app.logger,
    useCases: app.useCases,
    trail: app.trail,
    startAgent: () => app.startAgent(),
    catalog: (choice) => (choice?.refresh === true ? app.catalog.refresh() : app.catalog.current()),
    inventoryNames: () => app.inventoryNames(),
    lint: (choice) => app.lint(choice),
    models: app.models,
    asyncTasks: app.asyncTasks,
    map: (text) => mapOnly(app, text),
    plannerNotes: (requestId) => plannerNotes(app.database, requestId),
    // Without their keys: a command asks in its own way.
    renderPlan: async (plan, io) => `${renderCard(planCard(plan, await app.planFacts(plan.id)), { ...style(io), keys: false })}\n`,
    renderResult: (view, io) => `${renderCard(resultCard(view), { ...style(io), keys: false })}\n`,
    renderProgress: (view, io) => progressLine(progressCard(view), { ...style(io), now: new Date() }),
    renderChanges: (before, after, io) =>
      progressChanges(before === undefined ? undefined : progressCard(before), progressCard(after), { ...style(io), now: new Date() }),
    platformSetup: (platform) => findPlatformSetup(platform, options.environment),
    stay: (io, process) => stay(app, io, process),
    stop: () => app.stop(),
  };
}

/** The SDK of a platform is loaded only where it is used. */
export async function findPlatformSetup(platform: string, environment: Environment): ReturnType<FindPlatformSetup> {
  switch (platform) {
    case "slack":
      return { setup: (await import("./bot/slack/setup.ts")).slackSetup, environment: readEnvironment(environment) };
    case "discord":
      return { setup: (await import("./bot/discord/setup.ts")).discordSetup, environment: readEnvironment(environment) };
    case "embedder":
      return { setup: (await import("./mapping/embedder-setup.ts")).embedderSetup, environment: readEnvironment(environment) };
    default:
      return undefined;
  }
}

/** How long a cancelled run may take to end before the process leaves all the same. */
const cancelMs = 15_000;

/** Terminal chat (on a terminal or a pipe), the web page and an agent, until Ctrl-C. */
async function stay(app: App, io: CommandIo, process: TerminalProcess): Promise<ExitCode> {
  const { config, database, logger } = app;
  // Loaded here: a command that ends at once would pay for them too.
  const [{ createLoginLink }, { createWebApp, startWebServer }, { createWebPlatform }] = await Promise.all([
    import("./web/auth.ts"),
    import("./web/server.ts"),
    import("./web/web-platform.ts"),
  ]);
  const examples = config.repoIsExample ? {} : { examples: exampleRequests(await app.catalog.current()) };
  const info = { repoName: basename(config.repo), version, ...examples };
  const webPlatform = createWebPlatform({ database, logger });
  const server = await startWebServer({
    app: createWebApp({ database, logger, platform: webPlatform, info, hosts: [config.webHost] }),
    host: config.webHost,
    port: config.webPort,
  });
  try {
    await app.startAgent({ stays: true });
    // Before the terminal belongs to the chat: it says which model plans.
    await app.models.status();
    const left = new AbortController();
    const newLink = (): Promise<string> => createLoginLink(database, server.url);
    const piped = process.stdin.isTTY !== true && io.hasInput === true;
    const terminal =
      io.isTTY || piped
        ? createTerminalPlatform({
            input: process.stdin,
            output: process.stdout,
            isTTY: io.isTTY,
            columns: () => process.stdout.columns ?? io.columns,
            colour: io.colour,
            session: "local",
            commands: [{ name: "link", help: "a new one-time link for the web page", run: newLink }],
            onClose: () => left.abort(),
            logger,
          })
        : undefined;
    io.err(`Chiffon ${version} on ${config.repo}\nWeb page (one-time link): ${await newLink()}\n`);
    // What needs the network comes last: nobody here waits for it.
    await app.startBot([webPlatform, ...(terminal === undefined ? [] : [terminal]), ...(await remotePlatforms(app, io))]);
    void app.warmUp().catch((error: unknown) => {
      logger.warn({ error: String(error) }, "warm-up failed; the first request tells more");
      // What keeps every request from being planned (an inventory that cannot be read) is better known before the first.
      if (terminal !== undefined && isAppError(error))
        void terminal.post(terminal.conversation, notice("error", error.message, error.help));
    });
    await firstAborted([io.signal, left.signal]);
    // On a terminal the chat hears Ctrl-C itself; in a pipe it is told here. SIGTERM leaves running playbooks to their supervisors.
    if (io.signal.reason === "SIGINT" && terminal?.interrupt() === true) await firstAborted([left.signal, AbortSignal.timeout(cancelMs)]);
    return io.signal.aborted ? exitCodes.interrupted : exitCodes.ok;
  } finally {
    await server.stop();
  }
}

/** The chat platforms that have tokens. */
async function remotePlatforms({ config, logger }: App, io: CommandIo): Promise<ChatPlatform[]> {
  const platforms: ChatPlatform[] = [];
  const say = (text: string): void => io.err(`${text}\n`);
  if (config.slack !== undefined) {
    const { createSlackPlatform } = await import("./bot/slack/slack-platform.ts");
    const userGroups = config.settings.policy?.groups.flatMap((group) => group.slackUserGroup ?? []) ?? [];
    platforms.push(createSlackPlatform({ settings: config.slack, userGroups, logger, say }));
  }
  if (config.discord !== undefined) {
    const { createDiscordPlatform } = await import("./bot/discord/discord-platform.ts");
    platforms.push(createDiscordPlatform({ settings: config.discord, logger, say }));
  }
  return platforms;
}

/** Sentences for an empty page, out of the repo's own playbooks: one that makes something, one that looks, one that keeps. */
function exampleRequests(catalog: PlaybookCatalog): string[] {
  const kinds: readonly (readonly Verb[])[] = [
    ["deploy", "configure", "create", "add"],
    ["check", "show"],
    ["backup", "update", "restart"],
  ];
  return kinds.flatMap((verbs) => catalog.playbooks.find((playbook) => verbs.includes(playbook.verb))?.name ?? []);
}

function firstAborted(signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    }
  });
}

async function mapOnly(app: App, text: string): Promise<MapResult> {
  const [decomposer, catalog, vocabulary, names] = await Promise.all([
    app.decomposer(),
    app.catalog.current(),
    app.vocabulary(),
    app.inventoryNames(),
  ]);
  const decomposition = await decomposer.decompose(text);
  const separate = await separateSteps(decomposition.steps, { catalog, vocabulary, inventory: names }, app.mapper);
  const steps = await Promise.all(
    separate.map(async (step) => {
      const mapping = await app.mapper.map(step, catalog);
      const playbook = catalog.playbooks.find((one) => one.id === mapping.playbook);
      const filled =
        playbook === undefined ? { variables: {}, missing: [] } : fillParameters(step, playbook, { vocabulary, hosts: names.hosts });
      return { step, mapping, variables: filled.variables, missing: filled.missing.map((variable) => variable.name) };
    }),
  );
  return { decomposition, steps };
}
