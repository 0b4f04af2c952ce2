/** The button or select that a person means, as Slack puts it into `actions`. */
import { list, object, string, type Json } from "./json.ts";

export function pressedAction(
  blocks: readonly Json[],
  ts: string,
  click: { readonly actionId?: string; readonly text?: string; readonly value?: string },
): Json | undefined {
  for (const block of blocks) {
    const elements = [
      ...list(block["elements"]),
      object(block["accessory"]),
      ...(block["dispatch_action"] === true ? [object(block["element"])] : []),
    ];
    for (const element of elements) {
      const label = string(object(element["text"])["text"]);
      const select = /select$|^radio_buttons$|^overflow$/.test(string(element["type"]));
      if (click.actionId === undefined ? label === "" || label !== click.text : element["action_id"] !== click.actionId) continue;
      if (!select && click.value !== undefined && element["value"] !== click.value) continue;
      const base = { type: element["type"], action_id: element["action_id"], block_id: block["block_id"], action_ts: ts };
      if (!select) return { ...base, text: element["text"], ...(element["value"] === undefined ? {} : { value: element["value"] }) };
      const options = [...list(element["options"]), ...list(element["option_groups"]).flatMap((group) => list(group["options"]))];
      const selected = options.find((option) => option["value"] === click.value);
      if (selected !== undefined) return { ...base, selected_option: selected };
    }
  }
  return undefined;
}
