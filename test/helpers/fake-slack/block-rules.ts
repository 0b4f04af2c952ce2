/** The sizes of Block Kit (docs.slack.dev/reference/block-kit); every breach is named by its JSON pointer, as Slack does. */
import { isJson, list, object, string, type Json } from "./json.ts";

type Say = (what: string, pointer: string) => void;
type Surface = "message" | "modal" | "home";

const textBlocks = ["section", "header", "markdown"];
const known: Record<Surface, readonly string[]> = {
  message: [...textBlocks, "divider", "context", "actions", "image", "rich_text", "input", "table", "file", "video", "context_actions"],
  modal: [...textBlocks.slice(0, 2), "divider", "context", "actions", "image", "rich_text", "input", "video"],
  home: [...textBlocks.slice(0, 2), "divider", "context", "actions", "image", "rich_text", "input", "video"],
};

export function checkBlocks(blocks: unknown, surface: Surface, at = "/blocks"): string[] {
  const errors: string[] = [];
  const say: Say = (what, pointer) => void errors.push(`[ERROR] ${what} [json-pointer:${pointer}]`);
  if (!Array.isArray(blocks) || !blocks.every(isJson)) return [`[ERROR] must be an array of blocks [json-pointer:${at}]`];
  const most = surface === "message" ? 50 : 100;
  if (blocks.length > most) say(`no more than ${most} items allowed`, at);
  const ids = new Set<string>();
  let markdown = 0;
  for (const [index, block] of blocks.entries()) {
    const pointer = `${at}/${index}`;
    const type = string(block["type"]);
    if (!known[surface].includes(type)) say(`unsupported type: ${type}`, pointer);
    if (block["block_id"] !== undefined) {
      const id = string(block["block_id"]);
      if (id.length > 255) say("must be less than 256 characters", `${pointer}/block_id`);
      if (ids.has(id)) say(`block_id "${id}" already exists`, `${pointer}/block_id`);
      ids.add(id);
    }
    if (type === "markdown") markdown += string(block["text"]).length;
    checkBlock(block, type, pointer, say);
  }
  if (markdown > 12_000) say("markdown text must be less than 12001 characters in all", at);
  return errors;
}

/** Slack refuses about 13,200 characters over all blocks, undocumented; measured in github.com/slackapi/bolt-js/issues/2509: a block costs 125. */
export function blocksSize(blocks: unknown): number {
  let texts = 0;
  JSON.stringify(blocks, (key, value: unknown) => {
    if (key === "text" && typeof value === "string") texts += value.length;
    return value;
  });
  return texts + 125 * list(blocks).length;
}

function checkBlock(block: Json, type: string, pointer: string, say: Say): void {
  switch (type) {
    case "section": {
      if (block["text"] === undefined && block["fields"] === undefined) say("missing required field: text", pointer);
      if (block["text"] !== undefined) checkText(block["text"], 3000, `${pointer}/text`, say);
      const fields = list(block["fields"]);
      if (fields.length > 10) say("no more than 10 items allowed", `${pointer}/fields`);
      for (const [index, field] of fields.entries()) checkText(field, 2000, `${pointer}/fields/${index}`, say);
      if (isJson(block["accessory"])) checkElement(block["accessory"], `${pointer}/accessory`, say);
      return;
    }
    case "header":
      checkText(block["text"], 150, `${pointer}/text`, say, "plain_text");
      return;
    case "context": {
      const elements = list(block["elements"]);
      count(elements, 10, `${pointer}/elements`, say);
      for (const [index, element] of elements.entries())
        if (element["type"] !== "image") checkText(element, 3000, `${pointer}/elements/${index}`, say);
      return;
    }
    case "actions": {
      const elements = list(block["elements"]);
      count(elements, 25, `${pointer}/elements`, say);
      const seen = new Set<string>();
      for (const [index, element] of elements.entries()) {
        checkElement(element, `${pointer}/elements/${index}`, say);
        const id = string(element["action_id"]);
        if (id !== "" && seen.has(id)) say(`action_id "${id}" already exists`, `${pointer}/elements/${index}/action_id`);
        seen.add(id);
      }
      return;
    }
    case "input":
      checkText(block["label"], 2000, `${pointer}/label`, say, "plain_text");
      if (block["hint"] !== undefined) checkText(block["hint"], 2000, `${pointer}/hint`, say, "plain_text");
      checkElement(object(block["element"]), `${pointer}/element`, say);
      return;
    case "table": {
      const rows = Array.isArray(block["rows"]) ? block["rows"] : [];
      count(rows, 100, `${pointer}/rows`, say);
      for (const [index, row] of rows.entries()) count(Array.isArray(row) ? row : [], 20, `${pointer}/rows/${index}`, say);
      return;
    }
    case "rich_text":
      if (!Array.isArray(block["elements"])) say("missing required field: elements", pointer);
      return;
    default:
  }
}

function checkElement(element: Json, pointer: string, say: Say): void {
  const type = string(element["type"]);
  if (string(element["action_id"]).length > 255) say("must be less than 256 characters", `${pointer}/action_id`);
  if (element["confirm"] !== undefined) checkConfirm(object(element["confirm"]), `${pointer}/confirm`, say);
  if (element["placeholder"] !== undefined) checkText(element["placeholder"], 150, `${pointer}/placeholder`, say, "plain_text");
  if (type === "button") {
    checkText(element["text"], 75, `${pointer}/text`, say, "plain_text");
    if (string(element["value"]).length > 2000) say("must be less than 2001 characters", `${pointer}/value`);
    if (string(element["url"]).length > 3000) say("must be less than 3001 characters", `${pointer}/url`);
    const style = element["style"];
    if (style !== undefined && style !== "primary" && style !== "danger") say("must be primary or danger", `${pointer}/style`);
  } else if (/^(multi_)?static_select$/.test(type)) {
    const groups = list(element["option_groups"]);
    count(groups.length > 0 ? groups : list(element["options"]), 100, `${pointer}/options`, say);
    for (const [index, option] of [...list(element["options"]), ...groups.flatMap((group) => list(group["options"]))].entries())
      checkOption(option, `${pointer}/options/${index}`, say);
  } else if (type === "overflow") {
    count(list(element["options"]), 5, `${pointer}/options`, say);
  } else if (type === "checkboxes" || type === "radio_buttons") {
    count(list(element["options"]), 10, `${pointer}/options`, say);
    for (const [index, option] of list(element["options"]).entries()) checkOption(option, `${pointer}/options/${index}`, say);
  } else if (type === "plain_text_input") {
    if (string(element["initial_value"]).length > 3000) say("must be less than 3001 characters", `${pointer}/initial_value`);
    if (Number(element["max_length"] ?? 1) > 3000) say("must be at most 3000", `${pointer}/max_length`);
  } else if (type === "") say("missing required field: type", pointer);
}

function checkOption(option: Json, pointer: string, say: Say): void {
  checkText(option["text"], 75, `${pointer}/text`, say);
  const value = string(option["value"]);
  if (value.length === 0) say("missing required field: value", pointer);
  if (value.length > 150) say("must be less than 151 characters", `${pointer}/value`);
  if (option["description"] !== undefined) checkText(option["description"], 75, `${pointer}/description`, say);
}

function checkConfirm(confirm: Json, pointer: string, say: Say): void {
  checkText(confirm["title"], 100, `${pointer}/title`, say, "plain_text");
  checkText(confirm["text"], 300, `${pointer}/text`, say);
  for (const name of ["confirm", "deny"])
    if (confirm[name] !== undefined) checkText(confirm[name], 30, `${pointer}/${name}`, say, "plain_text");
}

function checkText(value: unknown, most: number, pointer: string, say: Say, only?: "plain_text"): void {
  const type = object(value)["type"];
  if (type !== "plain_text" && type !== "mrkdwn") return say("must be a text object", pointer);
  if (only !== undefined && type !== only) say(`must be ${only}`, pointer);
  const length = string(object(value)["text"]).length;
  if (length === 0) say("must be more than 0 characters", `${pointer}/text`);
  if (length > most) say(`must be less than ${most + 1} characters`, `${pointer}/text`);
}

function count(items: readonly unknown[], most: number, pointer: string, say: Say): void {
  if (items.length === 0) say("must have at least 1 item", pointer);
  if (items.length > most) say(`no more than ${most} items allowed`, pointer);
}

export function checkView(view: Json): string[] {
  const type = view["type"];
  if (type !== "modal" && type !== "home") return ["[ERROR] unsupported type [json-pointer:/view/type]"];
  const errors = checkBlocks(view["blocks"], type, "/view/blocks");
  const say: Say = (what, pointer) => void errors.push(`[ERROR] ${what} [json-pointer:${pointer}]`);
  if (string(view["private_metadata"]).length > 3000) say("must be less than 3001 characters", "/view/private_metadata");
  for (const name of ["callback_id", "external_id"])
    if (string(view[name]).length > 255) say("must be less than 256 characters", `/view/${name}`);
  if (type === "modal") {
    checkText(view["title"], 24, "/view/title", say, "plain_text");
    for (const name of ["submit", "close"]) if (view[name] !== undefined) checkText(view[name], 24, `/view/${name}`, say, "plain_text");
    if (view["submit"] === undefined && list(view["blocks"]).some((block) => block["type"] === "input"))
      say("submit is required when an input block is within blocks", "/view/submit");
  }
  const ids = list(view["blocks"])
    .flatMap((block) => (block["type"] === "input" ? [string(block["block_id"])] : []))
    .filter((id) => id !== "");
  if (new Set(ids).size !== ids.length) say("block_id must be unique", "/view/blocks");
  return errors;
}
