import type { types } from "@slack/bolt";
import type { Action } from "../cards.ts";
import { actionPrefix, encodeButton, plain } from "./buttons.ts";
import { limits } from "./limits.ts";
import type { Block } from "./rich-text.ts";

/**
 * A menu instead of many buttons. An option holds 150 characters: what all options share (id and target) stands in the menu's action_id.
 * Undefined where an option does not fit; the caller then takes buttons, which hold 2,000.
 */
export function choiceSelect(actions: readonly Action[], row: string): Block | undefined {
  const [first] = actions;
  if (first === undefined || actions.length > limits.selectOptions) return undefined;
  const actionId = `${actionPrefix}menu:${encodeButton({ id: first.id, target: first.target })}`;
  const values = new Set(actions.map((action) => action.value ?? ""));
  const fits = values.size === actions.length && [...values].every((value) => value !== "" && value.length <= limits.optionValue);
  if (!fits || actionId.length > limits.actionId) return undefined;
  const options: types.PlainTextOption[] = actions.map((action) => ({
    text: plain(action.label, limits.optionText),
    value: action.value ?? "",
  }));
  return {
    type: "actions",
    block_id: row,
    elements: [{ type: "static_select", action_id: actionId, placeholder: plain("Pick one", limits.placeholder), options }],
  };
}

/** What a menu's action_id carries. */
export function menuAction(actionId: string): string | undefined {
  const prefix = `${actionPrefix}menu:`;
  return actionId.startsWith(prefix) ? actionId.slice(prefix.length) : undefined;
}
