import { expect } from "vitest";
import type { Block } from "../../../src/bot/slack/rich-text.ts";

type Json = Readonly<Record<string, unknown>>;

/** What Slack would say about these blocks, from its reference; empty is well. Written from the documentation, not from `limits.ts`. */
export function problemsOf(blocks: readonly Block[], surface: "message" | "view"): string[] {
  const problems: string[] = [];
  const most = surface === "message" ? 50 : 100;
  if (blocks.length === 0 || blocks.length > most) problems.push(`${blocks.length} blocks`);
  const ids = blocks.flatMap((block) => block.block_id ?? []);
  if (new Set(ids).size !== ids.length) problems.push("a block_id twice");
  for (const id of ids) if (id.length > 255) problems.push("block_id over 255");
  for (const block of blocks) walk(block as unknown as Json, problems);
  return problems;
}

export function expectFits(blocks: readonly Block[], surface: "message" | "view" = "message"): void {
  expect(problemsOf(blocks, surface)).toEqual([]);
}

function walk(node: Json, problems: string[]): void {
  const type = String(node["type"]);
  const longer = (what: string, value: unknown, most: number): void => {
    if (typeof value !== "string") return;
    if (value.length > most) problems.push(`${type}.${what}: ${value.length} over ${most}`);
    if (value.length === 0) problems.push(`${type}.${what}: empty`);
  };
  const words = (value: unknown): unknown => (isJson(value) ? value["text"] : undefined);
  switch (type) {
    case "header":
      longer("text", words(node["text"]), 150);
      break;
    case "section":
      longer("text", words(node["text"]), 3_000);
      break;
    case "text":
      longer("text", node["text"], 40_000);
      break;
    case "button":
      longer("text", words(node["text"]), 75);
      longer("value", node["value"], 2_000);
      longer("action_id", node["action_id"], 255);
      break;
    case "actions":
      if (!Array.isArray(node["elements"]) || node["elements"].length < 1 || node["elements"].length > 25)
        problems.push("actions: elements");
      if (Array.isArray(node["elements"])) {
        const ids = node["elements"].map((element: unknown) => (isJson(element) ? element["action_id"] : null));
        if (new Set(ids).size !== ids.length) problems.push("actions: an action_id twice");
      }
      break;
    case "static_select":
    case "radio_buttons": {
      const options = node["options"];
      const most = type === "static_select" ? 100 : 10;
      longer("action_id", node["action_id"], 255);
      longer("placeholder", words(node["placeholder"]), 150);
      if (!Array.isArray(options) || options.length < 1 || options.length > most) problems.push(`${type}: options`);
      for (const option of Array.isArray(options) ? options : []) {
        if (!isJson(option)) continue;
        longer("option text", words(option["text"]), 75);
        longer("option value", option["value"], 150);
      }
      const initial = node["initial_option"];
      if (initial !== undefined && !(options as unknown[]).some((option) => JSON.stringify(option) === JSON.stringify(initial)))
        problems.push(`${type}: the initial option is none of them`);
      break;
    }
    case "input":
      longer("label", words(node["label"]), 2_000);
      longer("hint", words(node["hint"]), 2_000);
      break;
    case "plain_text_input":
      longer("initial_value", node["initial_value"], 3_000);
      longer("placeholder", words(node["placeholder"]), 150);
      break;
    case "rich_text_list":
    case "rich_text":
    case "rich_text_section":
    case "rich_text_quote":
    case "rich_text_preformatted":
      if (!Array.isArray(node["elements"]) || node["elements"].length === 0) problems.push(`${type}: no elements`);
      break;
    default:
  }
  const confirm = node["confirm"];
  if (isJson(confirm)) {
    longer("confirm title", words(confirm["title"]), 100);
    longer("confirm text", words(confirm["text"]), 300);
    longer("confirm confirm", words(confirm["confirm"]), 30);
    longer("confirm deny", words(confirm["deny"]), 30);
  }
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const item of value) if (isJson(item)) walk(item, problems);
    if (isJson(value)) walk(value, problems);
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
