import { queryAudit } from "../audit/audit-log.ts";
import type { Database } from "../db/database.ts";
import { AppError } from "../errors.ts";
import type { PlaybookCatalog } from "../mapping/playbook.ts";
import type { Overview } from "../orchestrator/overview.ts";
import type { PolicyAction } from "../policy/policy.ts";
import { listAsyncTasks } from "../runs/async-task-store.ts";
import { findRunByNumber } from "../runs/run-store.ts";
import type { LintedPlaybook } from "../orchestrator/lint-repo.ts";
import type { Card, ListItem } from "./cards.ts";
import type { IncomingAction, Suggestion, SuggestionKind } from "./chat-platform.ts";
import { agentItem, auditItem, findingItem, jobItem, listCard, playbookItem, requestItem, runItem, waitingItem } from "./list-cards.ts";
import { notice } from "./make-cards.ts";

export interface CommandsDeps {
  readonly database: Database;
  readonly overview: Overview;
  readonly catalog: () => Promise<PlaybookCatalog>;
  readonly hosts: () => Promise<readonly string[]>;
  readonly lint: (playbookPath: string) => Promise<readonly LintedPlaybook[]>;
}

/** What a command means: something to show to this person, a button that it stands for, or a request. */
export type CommandMeaning =
  | { readonly kind: "answer"; readonly card: Card }
  | { readonly kind: "press"; readonly action: Pick<IncomingAction, "id" | "target"> }
  | { readonly kind: "request"; readonly text: string };

interface ChatCommand {
  readonly name: string;
  readonly help: string;
  /** Who may not do this does not read of it in `help`. */
  readonly needs: PolicyAction;
  meaning(deps: CommandsDeps, rest: string, person: string): Promise<CommandMeaning>;
}

const most = 10;
const answer = (card: Card): CommandMeaning => ({ kind: "answer", card });
const list = (title: string, items: readonly ListItem[], empty: string, total?: number): CommandMeaning =>
  answer(listCard(title, items, empty, total));

const commands: readonly ChatCommand[] = [
  {
    name: "request",
    help: "request TEXT: what you want done; the word may be left out",
    needs: "request",
    async meaning(_deps, rest) {
      return rest === ""
        ? answer(notice("refusal", "Say what you want done.", 'For example "deploy uptime kuma".'))
        : { kind: "request", text: rest };
    },
  },
  {
    name: "status",
    help: "status: what runs and what waits",
    needs: "request",
    async meaning({ overview }) {
      return list("Running and waiting", (await overview.openRuns()).map(runItem), "Nothing runs.");
    },
  },
  {
    name: "mine",
    help: "mine: what waits for you, and what you asked",
    needs: "request",
    async meaning({ overview }, _rest, person) {
      const waiting = await overview.waitingFor(person);
      const asked = await overview.requestsOf(person, most);
      const items = [...waiting.map((plan) => ({ ...waitingItem(plan), title: `waits for you: ${plan.text}` })), ...asked.map(requestItem)];
      return list("Yours", items, "You asked nothing yet, and nothing waits for you.");
    },
  },
  {
    name: "runs",
    help: "runs: the last runs",
    needs: "request",
    async meaning({ overview }) {
      return list("Last runs", (await overview.lastRuns(most)).map(runItem), "Nothing ran yet.");
    },
  },
  {
    name: "cancel",
    help: "cancel NUMBER: stop a run",
    needs: "cancel",
    meaning: ({ database }, rest) => pressOnRun(database, "cancel", rest),
  },
  {
    name: "retry",
    help: "retry NUMBER: a new plan of the steps that failed",
    needs: "request",
    meaning: ({ database }, rest) => pressOnRun(database, "retry", rest),
  },
  {
    name: "playbooks",
    help: "playbooks [WORD]: what can be run",
    needs: "request",
    async meaning({ catalog }, rest) {
      const found = (await catalog()).playbooks.filter((one) =>
        `${one.path} ${one.name} ${one.description}`.toLowerCase().includes(rest.toLowerCase()),
      );
      const none = rest === "" ? "There is no playbook in the repo." : `No playbook has "${rest}" in its name or description.`;
      return list("Playbooks", found.slice(0, 20).map(playbookItem), none, found.length);
    },
  },
  {
    name: "jobs",
    help: "jobs: work that goes on in the background; check job ID asks for one",
    needs: "request",
    async meaning({ database }) {
      return list("Jobs in the background", (await listAsyncTasks(database, most)).map(jobItem), "No run has started a job yet.");
    },
  },
  {
    name: "agents",
    help: "agents: who does the work",
    needs: "request",
    async meaning({ overview }) {
      return list("Agents", (await overview.agents()).map(agentItem), "There is no agent.");
    },
  },
  {
    name: "audit",
    help: "audit [WORDS]: the last entries of the audit log",
    needs: "admin",
    async meaning({ database, overview }, rest, person) {
      if ((await overview.refusedLook(person, "list:audit", "admin")) !== null)
        return answer(notice("refusal", "Only who may administer reads the audit log in chat."));
      const entries = await queryAudit(database, { limit: most, ...(rest === "" ? {} : { text: rest }) });
      return list("Audit log, newest first", entries.map(auditItem), "There is no such entry.");
    },
  },
  {
    name: "lint",
    help: "lint PLAYBOOK: what could be better in a playbook",
    needs: "request",
    async meaning({ catalog, lint }, rest) {
      const { playbooks } = await catalog();
      const playbook = playbooks.find((one) => [one.path, one.id, one.name].some((name) => name.toLowerCase() === rest.toLowerCase()));
      if (playbook === undefined) return answer(notice("refusal", `There is no playbook "${rest}".`, "The command playbooks lists them."));
      const [{ suggestions, total } = { suggestions: [], total: 0 }] = await lint(playbook.driver?.path ?? playbook.path);
      return list(`Findings in ${playbook.path}`, suggestions.slice(0, most).map(findingItem), "No findings.", total);
    },
  },
  {
    name: "generate",
    help: "generate SERVICE: a new playbook with its role, shown before anything is written",
    needs: "request",
    async meaning(_deps, rest) {
      return rest === ""
        ? answer(notice("refusal", "Say for which service.", "For example: generate my-app --port 9000 --hosts web --description a wiki"))
        : { kind: "press", action: { id: "generate", target: rest } };
    },
  },
  {
    name: "help",
    help: "help: this list",
    needs: "request",
    meaning: (deps, _rest, person) => help(deps, person),
  },
];

/** A text without a command's name in front is a request. */
export async function meaningOf(deps: CommandsDeps, text: string, person: string): Promise<CommandMeaning> {
  const [word = "", ...rest] = text.trim().split(/\s+/);
  const named = commands.find((one) => one.name === (word === "" ? "help" : word.toLowerCase()));
  // "status of the backups" and "cancel the old cron job" are wishes; a command stands alone or before what it takes.
  const command = named !== undefined && takes(named.name, rest) ? named : undefined;
  if (command === undefined) return { kind: "request", text: text.trim() };
  if (lists.has(command.name)) {
    const refusal = await deps.overview.refusedLook(person, `list:${command.name}`);
    if (refusal !== null) return answer(notice("refusal", refusal));
  }
  return command.meaning(deps, rest.join(" "), person);
}

/** What others asked and ran, and what there is: for who may ask, too. The use cases check the rest themselves. */
const lists: ReadonlySet<string> = new Set(["status", "mine", "runs", "playbooks", "jobs", "agents", "lint"]);

/**
 * A message that is a command: with a slash in front any of them, without one only those that cannot be a wish ("status", "cancel 12"; "audit
 * the firewall" is something to do). Null: it is none.
 */
export function commandIn(message: string): string | null {
  const text = message.trim();
  if (text.startsWith("/")) return text.replace(/^\/(chiffon\b\s*)?/, "");
  const [word = "", ...rest] = text.split(/\s+/);
  const standsAlone = ["status", "mine", "runs", "playbooks", "jobs", "agents", "help"].includes(word.toLowerCase()) && rest.length === 0;
  const namesRun = ["cancel", "retry"].includes(word.toLowerCase()) && rest.length === 1 && /^#?\d+$/.test(rest[0] ?? "");
  return standsAlone || namesRun ? text : null;
}

function takes(name: string, rest: readonly string[]): boolean {
  switch (name) {
    case "status":
    case "mine":
    case "runs":
    case "jobs":
    case "agents":
    case "help":
      return rest.length === 0;
    case "cancel":
    case "retry":
      return rest.length === 0 || (rest.length === 1 && /^#?\d+$/.test(rest[0] ?? ""));
    default:
      return true;
  }
}

async function pressOnRun(database: Database, id: "cancel" | "retry", rest: string): Promise<CommandMeaning> {
  const number = Number(rest.replace("#", ""));
  const run = rest !== "" && Number.isSafeInteger(number) ? await findRunByNumber(database, number) : undefined;
  if (run === undefined)
    return answer(notice("refusal", rest === "" ? `Say which run to ${id}.` : `There is no run ${rest}.`, "The command runs lists them."));
  return { kind: "press", action: { id, target: run.id } };
}

async function help({ overview }: CommandsDeps, person: string): Promise<CommandMeaning> {
  const items: ListItem[] = [];
  for (const command of commands)
    if (await overview.mayDo(person, command.needs)) items.push({ title: command.help, detail: "", actions: [] });
  return list("What you can say", items, nothingAllowed);
}

const nothingAllowed = "You may not do anything here. Ask whoever runs Chiffon to add you to the policy.";

/** For a person's own page: what waits for them, what runs, the last runs. */
export async function homeLists(deps: CommandsDeps, person: string): Promise<readonly Extract<Card, { kind: "list" }>[]> {
  const { overview } = deps;
  if (!(await overview.mayDo(person, "request"))) return [listCard("Chiffon", [], nothingAllowed)];
  return [
    listCard("Waiting for you", (await overview.waitingFor(person)).slice(0, most).map(waitingItem), "Nothing waits for you."),
    listCard("Running", (await overview.openRuns()).slice(0, most).map(runItem), "Nothing runs."),
    listCard("Last ten runs", (await overview.lastRuns(most)).map(runItem), "Nothing ran yet."),
  ];
}

/** Names for a command's argument while it is typed; none for who may not ask. */
export async function suggestNames(
  deps: CommandsDeps,
  kind: SuggestionKind,
  typed: string,
  person: string,
): Promise<readonly Suggestion[]> {
  if (!(await deps.overview.mayDo(person, "request"))) return [];
  const all = await namesOf(deps, kind);
  const wanted = typed.trim().toLowerCase();
  const fits = all.filter(({ label, value }) => `${label} ${value}`.toLowerCase().includes(wanted));
  const starts = ({ label, value }: Suggestion): boolean =>
    label.toLowerCase().startsWith(wanted) || value.toLowerCase().startsWith(wanted);
  return [...fits.filter(starts), ...fits.filter((one) => !starts(one))].slice(0, 25);
}

async function namesOf({ catalog, hosts, overview }: CommandsDeps, kind: SuggestionKind): Promise<readonly Suggestion[]> {
  switch (kind) {
    case "playbook":
      return (await catalog()).playbooks.map((one) => ({ label: one.name, value: one.path }));
    case "host":
      return (await hosts()).map((name) => ({ label: name, value: name }));
    case "run":
      return (await overview.lastRuns(25)).map((run) => ({ label: `${run.number} ${run.state}: ${run.text}`, value: String(run.number) }));
    default:
      throw new AppError("suggestion-unknown", `there are no suggestions for ${String(kind)}`);
  }
}
