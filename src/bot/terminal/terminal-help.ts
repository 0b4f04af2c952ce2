import type { TerminalOutput } from "./terminal-output.ts";

/** A word that is answered in the terminal itself; the answer is printed. */
export interface TerminalCommand {
  readonly name: string;
  readonly help: string;
  run(): Promise<string>;
}

export function helpText(commands: readonly TerminalCommand[], colours: ReturnType<TerminalOutput["colours"]>): string {
  const rows = [
    ["a sentence", "what you want done: deploy uptime kuma on homelab"],
    ["a letter or its word", "presses that button of the newest card: a, approve, yes"],
    ["a number", "picks a playbook where a card asks"],
    ["/ and a word", "lists: /status, /mine, /runs, /playbooks, /jobs, /agents, /audit, /lint; /help says more"],
    ["c or Ctrl-C", "cancels the run that is shown; with nothing running Ctrl-C leaves"],
    ...commands.map(({ name, help }) => [name, help]),
    ["quit", "leaves"],
  ];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  return rows.map(([name = "", help = ""]) => `  ${colours.bold(name.padEnd(width))}  ${help}`).join("\n");
}
