import { z } from "zod";
import type { types } from "@slack/bolt";
import { visibleLine } from "../../visible-text.ts";
import { actionIds, type Action, type ActionId } from "../cards.ts";
import { limits } from "./limits.ts";
import type { Block } from "./rich-text.ts";

/** Every button of ours begins like this; the number makes it unique in its row. */
export const actionPrefix = "chiffon:";

/** What a button carries. It is a name of what was pressed, never a right to do it. */
export interface ButtonValue {
  readonly id: ActionId;
  readonly target: string;
  readonly value?: string;
  /** A form comes first. */
  readonly asks?: true;
}

const idSchema = z.enum(actionIds);
const valueSchema = z.object({
  i: idSchema,
  t: z.string().max(limits.buttonValue),
  v: z.string().optional(),
  f: z.literal(1).optional(),
});

export function encodeButton({ id, target, value, asks }: ButtonValue): string {
  return JSON.stringify({ i: id, t: target, ...(value === undefined ? {} : { v: value }), ...(asks === true ? { f: 1 } : {}) });
}

/** Undefined for what is not ours. */
export function decodeButton(text: unknown): ButtonValue | undefined {
  if (typeof text !== "string") return undefined;
  const parsed = valueSchema.safeParse(readJson(text));
  if (!parsed.success) return undefined;
  const { i, t, v, f } = parsed.data;
  return { id: i, target: t, ...(v === undefined ? {} : { value: v }), ...(f === 1 ? { asks: true } : {}) };
}

/** Rows of buttons, and the labels of those that carry too much to be buttons: the card says what to do instead. */
export function buttonRows(
  actions: readonly Action[],
  row: string,
  most = 100,
): { readonly blocks: Block[]; readonly tooLong: readonly string[] } {
  const buttons: types.Button[] = [];
  const tooLong: string[] = [];
  for (const [index, action] of actions.entries()) {
    const button = buttonOf(action, index);
    if (button === undefined || buttons.length === most) tooLong.push(action.label);
    else buttons.push(button);
  }
  const blocks: Block[] = [];
  for (let from = 0; from < buttons.length; from += limits.actionElements)
    blocks.push({ type: "actions", block_id: `${row}:${from}`, elements: buttons.slice(from, from + limits.actionElements) });
  return { blocks, tooLong };
}

function buttonOf(action: Action, index: number): types.Button | undefined {
  const { id, target, value, confirm } = action;
  const asks = action.asks === true || (confirm !== undefined && confirm.typed !== null);
  const encoded = encodeButton({ id, target, ...(value === undefined ? {} : { value }), ...(asks ? { asks } : {}) });
  if (encoded.length > limits.buttonValue) return undefined;
  return {
    type: "button",
    action_id: `${actionPrefix}${id}:${index}`,
    text: plain(action.label, limits.buttonText),
    value: encoded,
    ...(action.style === "plain" ? {} : { style: action.style }),
    // A dialog of the client only; whether it may be done is decided after the click.
    ...(confirm === undefined || asks ? {} : { confirm: confirmDialog(action.label, confirm.text) }),
  };
}

function confirmDialog(label: string, question: string): types.ConfirmationDialog {
  return {
    title: plain("Are you sure?", limits.confirmTitle),
    text: plain(question, limits.confirmText, "… (the card says the rest)"),
    confirm: plain(label, limits.confirmButton),
    deny: plain("Not now", limits.confirmButton),
  };
}

/** A short text of Slack's own elements: never parsed, one line, and never longer than Slack takes. */
export function plain(value: string, most: number, ending = "…"): types.PlainTextElement {
  const shown = visibleLine(value).trim() || "-";
  return { type: "plain_text", text: fitting(shown, most, ending), emoji: false };
}

/** Slack counts UTF-16 units or characters depending on the element: the larger count is kept to. */
export function fitting(value: string, most: number, ending = "…"): string {
  if (value.length <= most) return value;
  let kept = "";
  for (const character of value) {
    if (kept.length + character.length + ending.length > most) break;
    kept += character;
  }
  return kept + ending;
}

export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
