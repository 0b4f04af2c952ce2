import { createHash } from "node:crypto";
import {
  ButtonStyle,
  ComponentType,
  type APIActionRowComponent,
  type APIButtonComponentWithCustomId,
  type APIComponentInMessageActionRow,
  type APIStringSelectComponent,
} from "discord.js";
import { z } from "zod";
import { visibleLine } from "../../visible-text.ts";
import { actionIds, type Action } from "../cards.ts";
import type { PressedAction } from "../chat-platform.ts";
import { limits } from "./limits.ts";
import { escapedLine } from "./markup.ts";

export type Row = APIActionRowComponent<APIComponentInMessageActionRow>;

/** What comes before the action itself. `form`: a modal; `sure`: "are you sure?"; `nothing`: it is sent at once. */
export type Before = "nothing" | "form" | "sure";

/** What a button carries. It is a name of what was pressed, never a right to do it. */
export interface Pressed extends PressedAction {
  readonly before: Before;
}

const marks: Readonly<Record<Before, string>> = { nothing: "-", form: "f", sure: "s" };
const idSchema = z.enum(actionIds);

/** `c-|approve|<plan version>|<value>`: nothing has to be remembered for it to work after a restart. Undefined: it does not fit. */
export function encodeAction({ id, target, value }: PressedAction, before: Before = "nothing"): string | undefined {
  const text = ["c" + marks[before], id, target, ...(value === undefined ? [] : [value])].join("|");
  return text.length <= limits.customId && !target.includes("|") ? text : undefined;
}

/** Undefined for what is not ours. A select's button carries the beginning of its value, the picked option the rest. */
export function decodeAction(customId: string, picked = ""): Pressed | undefined {
  const [mark = "", id, target, ...value] = customId.split("|");
  const before = (["nothing", "form", "sure"] as const).find((one) => mark === `c${marks[one]}`);
  const known = idSchema.safeParse(id);
  if (before === undefined || !known.success || target === undefined || target === "") return undefined;
  const text = `${value.join("|")}${picked}`;
  return { before, id: known.data, target, ...(text === "" ? {} : { value: text }) };
}

/** What is asked before an action is sent. */
function beforeOf({ asks, confirm }: Pick<Action, "asks" | "confirm">): Before {
  if (asks === true || (confirm !== undefined && confirm.typed !== null)) return "form";
  return confirm === undefined ? "nothing" : "sure";
}

const styles: Readonly<Record<Action["style"], ButtonStyle.Success | ButtonStyle.Danger | ButtonStyle.Secondary>> = {
  primary: ButtonStyle.Success,
  danger: ButtonStyle.Danger,
  plain: ButtonStyle.Secondary,
};

export function buttonOf(action: Action): APIButtonComponentWithCustomId | undefined {
  const customId = encodeAction(action, beforeOf(action));
  if (customId === undefined) return undefined;
  return { type: ComponentType.Button, style: styles[action.style], label: label(action.label), custom_id: customId };
}

/** Rows of buttons, and the labels of those for which there is no place: the card says so. The same action twice is one button. */
export function buttonRows(actions: readonly Action[], mostRows: number): { readonly rows: Row[]; readonly left: readonly string[] } {
  const buttons = new Map<string, APIButtonComponentWithCustomId>();
  const left: string[] = [];
  for (const action of actions) {
    const button = buttonOf(action);
    if (button === undefined || (!buttons.has(button.custom_id) && buttons.size === mostRows * limits.rowButtons)) left.push(action.label);
    else buttons.set(button.custom_id, button);
  }
  const all = [...buttons.values()];
  const rows: Row[] = [];
  for (let from = 0; from < all.length; from += limits.rowButtons)
    rows.push({ type: ComponentType.ActionRow, components: all.slice(from, from + limits.rowButtons) });
  return { rows, left };
}

export interface SelectOption {
  readonly label: string;
  readonly description: string;
  readonly value: string;
}

/** A select of up to 25 options; those that do not fit are left out, and the caller says so. */
export function selectRow(action: PressedAction, placeholder: string, options: readonly SelectOption[]): Row | undefined {
  const customId = encodeAction(action);
  const fitting = options.filter(({ value }) => value !== "" && value.length <= limits.optionText).slice(0, limits.selectOptions);
  const unique = [...new Map(fitting.map((option) => [option.value, option])).values()];
  if (customId === undefined || unique.length === 0) return undefined;
  const select: APIStringSelectComponent = {
    type: ComponentType.StringSelect,
    custom_id: customId,
    placeholder: fitted(placeholder, limits.placeholder),
    options: unique.map(({ label: text, description, value }) => ({
      label: fitted(text, limits.optionText),
      description: fitted(description, limits.optionText),
      value,
    })),
  };
  return { type: ComponentType.ActionRow, components: [select] };
}

function label(text: string): string {
  return fitted(text, limits.buttonLabel);
}

/** The name of the embed field that says what pressing this button means; read again when it is pressed. */
export function confirmFieldName(text: string): string {
  return `Before “${escapedLine(label(text))}”`;
}

/** Short text of Discord's own parts: one line, no markdown there, never empty, never too long. */
export function fitted(text: string, most: number): string {
  const shown = visibleLine(text).trim() || "-";
  if (shown.length <= most) return shown;
  let kept = "";
  for (const character of shown) {
    if (kept.length + character.length + 1 > most) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Short and the same for the same text: nonces, and names in ids. */
export function shortHash(text: string, length = 8): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, length);
}
