import {
  ApplicationCommandOptionType,
  InteractionContextType,
  Routes,
  type APIApplicationCommandSubcommandOption,
  type APIApplicationCommandStringOption,
  type REST,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
} from "discord.js";
import { z } from "zod";
import type { SuggestionKind } from "../chat-platform.ts";

export const commandName = "chiffon";

interface Option {
  readonly name: string;
  readonly description: string;
  readonly required?: true;
  /** What is offered while it is typed. */
  readonly suggests?: SuggestionKind;
}

interface Subcommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly Option[];
  /** What the command means as text, given its options. */
  text(option: (name: string) => string): string;
}

const run: Option = { name: "run", description: "The run's number", required: true, suggests: "run" };
const playbook: Option = { name: "playbook", description: "A playbook of your repo", required: true, suggests: "playbook" };
const words = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join(" ");

const subcommands: readonly Subcommand[] = [
  {
    name: "request",
    description: "Say what you want done; you get a plan to approve",
    options: [{ name: "text", description: "For example: restart nginx on web1", required: true }],
    text: (option) => words("request", option("text")),
  },
  {
    name: "run",
    description: "Plan one playbook; it runs when it is approved",
    options: [playbook, { name: "host", description: "Only on this host", suggests: "host" }],
    text: (option) => words("request run", option("playbook"), option("host") === "" ? "" : `on ${option("host")}`),
  },
  plain("status", "What runs and what waits"),
  plain("mine", "What waits for you, and what you asked"),
  plain("runs", "The last runs"),
  { name: "cancel", description: "Stop a run", options: [run], text: (option) => words("cancel", option("run")) },
  { name: "retry", description: "A new plan of the steps that failed", options: [run], text: (option) => words("retry", option("run")) },
  {
    name: "playbooks",
    description: "What can be run",
    options: [{ name: "word", description: "Only those with this word" }],
    text: (option) => words("playbooks", option("word")),
  },
  {
    name: "lint",
    description: "What could be better in a playbook",
    options: [playbook],
    text: (option) => words("lint", option("playbook")),
  },
  {
    name: "generate",
    description: "A new playbook with its role, shown first",
    options: [{ name: "service", description: "The service's name", required: true }],
    text: (option) => words("generate", option("service")),
  },
  plain("jobs", "Work that goes on in the background"),
  plain("agents", "Who does the work"),
  {
    name: "audit",
    description: "The last entries of the audit log",
    options: [{ name: "words", description: "Only entries with these words" }],
    text: (option) => words("audit", option("words")),
  },
  plain("help", "What you can say"),
];

function plain(name: string, description: string): Subcommand {
  return { name, description, options: [], text: () => name };
}

/** What a used command means as text; undefined for one that is not ours (any more). */
export function commandText(subcommand: string, option: (name: string) => string): string | undefined {
  return subcommands.find((one) => one.name === subcommand)?.text((name) => option(name).trim());
}

export function suggestionKind(subcommand: string, option: string): SuggestionKind | undefined {
  return subcommands.find((one) => one.name === subcommand)?.options.find((one) => one.name === option)?.suggests;
}

function commandDefinitions(): RESTPostAPIChatInputApplicationCommandsJSONBody[] {
  return [
    {
      name: commandName,
      description: "Say what you want done to your infrastructure",
      contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
      options: subcommands.map((command): APIApplicationCommandSubcommandOption => ({
        type: ApplicationCommandOptionType.Subcommand,
        name: command.name,
        description: command.description,
        options: command.options.map(({ name, description, required = false, suggests }): APIApplicationCommandStringOption => {
          const option = { type: ApplicationCommandOptionType.String as const, name, description, required };
          return suggests === undefined ? option : { ...option, autocomplete: true };
        }),
      })),
    },
  ];
}

/** Tells Discord our commands, when it knows others: there are 200 new ones a day only. True: they were changed. */
export async function registerCommands(rest: REST, applicationId: string, guildId: string | undefined): Promise<boolean> {
  const route = guildId === undefined ? Routes.applicationCommands(applicationId) : Routes.applicationGuildCommands(applicationId, guildId);
  const wanted = commandDefinitions();
  if (await commandsAreThere(rest, route)) return false;
  await rest.put(route, { body: wanted });
  return true;
}

export async function commandsAreThere(rest: REST, route: `/${string}`): Promise<boolean> {
  const known = registered.safeParse(await rest.get(route));
  return known.success && JSON.stringify(known.data) === JSON.stringify(registered.parse(commandDefinitions()));
}

/** What we say of a command, as it comes back: `false` and empty lists are left out there. */
const option = z.object({
  type: z.number(),
  name: z.string(),
  description: z.string(),
  required: z.boolean().default(false),
  autocomplete: z.boolean().default(false),
});
const registered = z.array(
  z.object({
    name: z.string(),
    description: z.string(),
    options: z
      .array(z.object({ type: z.number(), name: z.string(), description: z.string(), options: z.array(option).default([]) }))
      .default([]),
  }),
);
