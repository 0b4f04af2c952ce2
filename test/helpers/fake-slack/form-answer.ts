/** A filled-in form as `state.values`, with what Slack's client itself refuses: missing, too long, not offered. */
import { list, object, string, type Json } from "./json.ts";

export function answerForm(view: Json, values: Readonly<Record<string, string | readonly string[]>>): Json {
  const inputs = list(view["blocks"]).filter((block) => block["type"] === "input");
  const used = new Set<string>();
  const state: Json = {};
  for (const block of inputs) {
    const id = string(block["block_id"]);
    const label = string(object(block["label"])["text"]);
    const key = values[id] === undefined ? label : id;
    used.add(key);
    const element = object(block["element"]);
    state[id] = { [string(element["action_id"])]: answer(label, element, values[key], block["optional"] === true) };
  }
  const unknown = Object.keys(values).filter((key) => !used.has(key));
  if (unknown.length > 0)
    throw new Error(
      `the form has no ${unknown.join(", ")}; it has ${inputs.map((block) => string(object(block["label"])["text"])).join(", ")}`,
    );
  return state;
}

function answer(label: string, element: Json, given: string | readonly string[] | undefined, optional: boolean): Json {
  const type = string(element["type"]);
  const options = [...list(element["options"]), ...list(element["option_groups"]).flatMap((group) => list(group["options"]))];
  const pick = (value: string): Json => {
    const option = options.find((one) => one["value"] === value || object(one["text"])["text"] === value);
    if (option === undefined) throw new Error(`${label} does not offer ${value}`);
    return option;
  };
  const missing = given === undefined || given.length === 0;
  if (/^multi_|^checkboxes$/.test(type)) {
    const chosen = missing ? list(element["initial_options"]) : (typeof given === "string" ? [given] : given).map(pick);
    if (chosen.length === 0 && !optional) throw new Error(`${label} is required`);
    return { type, selected_options: chosen };
  }
  const first = typeof given === "string" ? given : given?.[0];
  if (/select$|^radio_buttons$/.test(type)) {
    const chosen = first === undefined || first === "" ? element["initial_option"] : pick(first);
    if (chosen === undefined && !optional) throw new Error(`${label} is required`);
    return { type, selected_option: chosen ?? null };
  }
  const value = first ?? string(element["initial_value"]);
  if (value === "" && !optional) throw new Error(`${label} is required`);
  if (value.length > Number(element["max_length"] ?? 3000)) throw new Error(`${label} is too long`);
  if (type === "number_input" && value !== "" && Number.isNaN(Number(value))) throw new Error(`${label} is no number`);
  return { type, value: value === "" ? null : value };
}
