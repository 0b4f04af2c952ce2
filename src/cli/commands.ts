import { ask } from "./ask.ts";
import { asyncTasks } from "./async.ts";
import { audit } from "./audit.ts";
import type { Command } from "./command.ts";
import { doctor } from "./doctor.ts";
import { evaluate } from "./eval.ts";
import { generate } from "./generate.ts";
import { map } from "./map.ts";
import { models } from "./models.ts";
import { plan } from "./plan.ts";
import { playbooks } from "./playbooks.ts";
import { runs } from "./runs.ts";
import { setup } from "./setup.ts";
import { start } from "./start.ts";

export const commands: readonly Command[] = [
  start,
  ask,
  plan,
  map,
  evaluate,
  playbooks,
  generate,
  models,
  runs,
  asyncTasks,
  audit,
  doctor,
  setup,
];

/** Commands of later versions, and what they will do. */
export const laterCommands: ReadonlyMap<string, string> = new Map([
  ["serve", "the same as start without an agent, on PostgreSQL"],
  ["agent", "an agent on another machine"],
  ["agents", "the agents and their capacity"],
  ["recipe", "task graphs of commands over SSH"],
]);

export function overview(): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    "Chiffon: say what you want done to your infrastructure; it plans it from your own Ansible playbooks, asks, runs it and tells what happened.",
    "",
    ...commands.map((command) => `  chiffon ${command.name.padEnd(width)}  ${command.summary}`),
    "",
    "  chiffon COMMAND --help shows a command's options; chiffon --version the version.",
    "  CHIFFON_REPO names your Ansible repo, CHIFFON_DATA_DIR the data folder; .env.example lists every setting.",
    `  Not part of this version yet: ${[...laterCommands.keys()].join(", ")}.`,
    "",
  ].join("\n");
}
