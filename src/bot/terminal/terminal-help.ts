import { wrapped, type TextStyle } from "./text-layout.ts";

/** A word that is answered in the terminal itself; the answer is printed. */
export interface TerminalCommand {
  readonly name: string;
  readonly help: string;
  run(): Promise<string>;
}

export function helpText(commands: readonly TerminalCommand[], style: TextStyle): string {
  const rows = [
    ["a sentence", "what you want done: deploy uptime kuma on homelab"],
    ["what is different", "changes the plan that waits: only on web1, with port 8080, without step 2"],
    ["a letter or its word", "presses that button of the newest card: a, approve, yes"],
    ["a number", "picks a playbook where a card asks"],
    ["/ and a word", "lists: /status, /mine, /runs, /playbooks, /jobs, /audit; /help names them all"],
    ["c or Ctrl-C", "cancels the run that is shown; with nothing running Ctrl-C leaves"],
    ...commands.map(({ name, help }) => [name, help]),
    ["quit", "leaves"],
  ];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  return rows
    .flatMap(([name = "", help = ""]) => wrapped(help, style, { indent: 2, label: style.colours.bold(name.padEnd(width)) + "  " }))
    .join("\n");
}
