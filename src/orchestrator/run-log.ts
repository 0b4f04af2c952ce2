import type { Sql } from "../db/database.ts";
import { readRunEvents, type RunEvent } from "../runs/run-event.ts";
import { visibleText } from "../visible-text.ts";

/** Everything that happened in a run, one line an event, in order; secrets were masked before it was stored. Nothing in it is hidden or turned around. */
export async function runLog(sql: Sql, runId: string): Promise<string> {
  const lines: string[] = [];
  for (let after = 0; ;) {
    const events = await readRunEvents(sql, runId, after);
    if (events.length === 0) return `${lines.join("\n")}\n`;
    lines.push(...events.map(lineOf));
    after = Number(events.at(-1)?.number);
  }
}

function lineOf(event: RunEvent): string {
  return `${timeOf(event.at)}  ${visibleText(event.kind === "ansible" ? ansibleLine(event.data) : otherLine(event))}`;
}

/** To the millisecond; the database leaves trailing zeros out. */
function timeOf(at: string): string {
  const [seconds = "", fraction = ""] = at.replace(/(?:Z|[+-]\d{2}(?::?\d{2})?)$/, "").split(".");
  return `${seconds}.${fraction.padEnd(3, "0").slice(0, 3)}`;
}

function otherLine({ kind, data }: RunEvent): string {
  const reason = typeof data["reason"] === "string" ? ` (${data["reason"]})` : "";
  if (kind === "run") return `RUN ${String(data["state"])}${reason}`;
  if (kind === "step") return `STEP ${String(data["order"])} ${String(data["state"])}${reason}`;
  return `${kind.toUpperCase()} ${JSON.stringify(data)}`;
}

function ansibleLine(data: Readonly<Record<string, unknown>>): string {
  const text = (key: string): string => (typeof data[key] === "string" ? data[key] : "");
  const message = text("message") === "" ? "" : `: ${text("message").replaceAll("\n", "\n    ")}`;
  switch (data["kind"]) {
    case "playbook_start":
      return `PLAYBOOK ${text("playbook")}`;
    case "play_start":
      return `PLAY ${text("play")} [${Array.isArray(data["hosts"]) ? data["hosts"].join(", ") : ""}]`;
    case "task_start":
      return `TASK ${text("task")}`;
    case "result":
      return `  ${text("status")}: [${text("host")}${text("delegatedTo") === "" ? "" : ` -> ${text("delegatedTo")}`}]${mark(data)}${message}${diff(text("diff"))}`;
    case "item":
      return `  ${text("status")}: [${text("host")}] (item=${text("item")})${message}`;
    case "unpredictable":
      return `  cannot be told beforehand: [${text("host")}] ${text("task")}`;
    default:
      return JSON.stringify(data);
  }
}

function mark(data: Readonly<Record<string, unknown>>): string {
  if (data["rescued"] === true) return " (rescued)";
  return data["ignored"] === true ? " (ignored)" : "";
}

function diff(text: string): string {
  return text === "" ? "" : `\n    ${text.replaceAll("\n", "\n    ")}`;
}
