import { type Component, flatten } from "./component-schema.ts";
import type { ModalForm } from "./modal-schema.ts";
import { interactionMember, rolePayload, userPayload } from "./payloads.ts";
import { text } from "./views.ts";
import type { StoredMessage, World } from "./world.ts";

export interface WantedComponent {
  readonly customId?: string | undefined;
  readonly label?: string | undefined;
  /** Also what an earlier version of the message had: somebody's screen is behind. */
  readonly stale?: boolean | undefined;
}

/** A component a person can use now; anything else is a mistake of the test, or exactly what it wanted to find out. */
export function findComponent(message: StoredMessage, wanted: WantedComponent): Component {
  const versions = [message.components, ...(wanted.stale === true ? message.edits.toReversed().map((edit) => edit.components) : [])];
  const fits = (component: Component): boolean =>
    component["custom_id"] !== undefined &&
    (wanted.customId === undefined || component["custom_id"] === wanted.customId) &&
    (wanted.label === undefined || component["label"] === wanted.label);
  for (const version of versions) {
    const found = flatten(version).find((component) => fits(component) && (component["disabled"] !== true || wanted.stale === true));
    if (found !== undefined) return found;
  }
  const all = flatten(message.components).filter((component) => component["custom_id"] !== undefined);
  const there = all.map((each) => `${text(each["label"])} [${text(each["custom_id"])}]${each["disabled"] === true ? " (disabled)" : ""}`);
  throw new Error(`nothing to use for ${JSON.stringify(wanted)}; the message has: ${there.join(", ") || "no buttons"}`);
}

export function selectData(world: World, select: Component, wanted: readonly string[]): object {
  const type = Number(select["type"]);
  const options = (select["options"] ?? []) as { label: string; value: string }[];
  const values = type === 3 ? wanted.map((each) => optionValue(options, each)) : wanted;
  const [least, most] = [Number(select["min_values"] ?? 1), Number(select["max_values"] ?? 1)];
  if (values.length < least || values.length > most) throw new Error(`the select takes ${least} to ${most} values, not ${values.length}`);
  const members = values.flatMap((id) => world.members.get(id) ?? []);
  const roles = values.flatMap((id) => world.roles.get(id) ?? []);
  const resolved = {
    ...(members.length === 0 ? {} : { users: Object.fromEntries(members.map((each) => [each.id, userPayload(each)])) }),
    ...(members.length === 0 ? {} : { members: Object.fromEntries(members.map((each) => [each.id, interactionMember(world, each)])) }),
    ...(roles.length === 0 ? {} : { roles: Object.fromEntries(roles.map((each) => [each.id, rolePayload(each, 1)])) }),
  };
  return { component_type: type, custom_id: select["custom_id"], values, ...(type === 3 ? {} : { resolved }) };
}

/** The `data` of a submitted modal. Values are named by custom id or by label; the client checks what it can. */
export function modalData(modal: ModalForm, given: Readonly<Record<string, string | readonly string[]>>): object {
  const used = new Set<string>();
  const components = modal.components.flatMap((part): object[] => {
    if (part.type === 10) return [];
    if (part.type === 1) return [{ type: 1, components: part.components.map((input) => fill(input, input.label)) }];
    return [{ type: 18, component: fill(part.component, part.label) }];
  });
  const strange = Object.keys(given).find((key) => !used.has(key));
  if (strange !== undefined) throw new Error(`the modal "${modal.title}" has no field ${strange}`);
  return { custom_id: modal.custom_id, components };

  function fill(input: Component, label: string): object {
    const customId = text(input["custom_id"]);
    const key = customId in given ? customId : label;
    used.add(key);
    const value = given[key];
    const isRequired = input["required"] !== false;
    const refuse = (why: string): never => {
      throw new Error(`the client does not send ${JSON.stringify(value ?? null)} for "${label}": ${why}`);
    };
    if (input["type"] === 4) {
      const typed = value === undefined ? text(input["value"]) : String(value);
      if (isRequired && typed === "") refuse("required");
      if (typed !== "" && typed.length < Number(input["min_length"] ?? 0)) refuse("too short");
      if (typed.length > Number(input["max_length"] ?? 4000)) refuse("too long");
      return { type: 4, custom_id: customId, value: typed };
    }
    const options = (input["options"] ?? []) as { label: string; value: string; default?: boolean }[];
    const wanted = value === undefined ? options.filter((option) => option.default === true).map((option) => option.value) : [value].flat();
    const values = options.length === 0 ? wanted : wanted.map((each) => optionValue(options, each));
    if (isRequired && values.length === 0 && input["type"] !== 23) refuse("required");
    if (input["type"] === 23) return { type: 23, custom_id: customId, value: values[0] === "true" };
    if (input["type"] === 21) return { type: 21, custom_id: customId, value: values[0] ?? null };
    return { type: input["type"], custom_id: customId, values };
  }
}

function optionValue(options: readonly { label: string; value: string }[], wanted: string): string {
  const found = options.find((option) => option.value === wanted || option.label === wanted);
  if (found === undefined) throw new Error(`no option ${wanted}; there are: ${options.map((option) => option.label).join(", ")}`);
  return found.value;
}
