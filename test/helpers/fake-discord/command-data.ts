import type { CommandOption } from "./command-schema.ts";
import { interactionMember, rolePayload, userPayload } from "./payloads.ts";
import type { StoredCommand, World } from "./world.ts";

export type OptionValue = string | number | boolean;

/**
 * The `data` of a command or an autocomplete as a person's client makes it: it knows the registered options and refuses what does not fit them.
 * `name` may name a subcommand: "chiffon status".
 */
export function commandData(
  world: World,
  name: string,
  values: Readonly<Record<string, OptionValue>>,
  focused?: string,
): { command: StoredCommand; data: object } {
  const [root = "", ...path] = name.split(" ");
  const command = world.commands.find((each) => each.form.name === root);
  if (command === undefined)
    throw new Error(`no command /${root} is registered; there are: ${world.commands.map((each) => each.form.name).join(", ") || "none"}`);
  const resolved: { users?: Record<string, object>; members?: Record<string, object>; roles?: Record<string, object> } = {};
  const options = fill(command.form.options ?? [], path);
  const data = {
    id: command.id,
    name: root,
    type: 1,
    ...(command.guildId === undefined ? {} : { guild_id: command.guildId }),
    ...(options.length === 0 ? {} : { options }),
    ...(Object.keys(resolved).length === 0 ? {} : { resolved }),
  };
  return { command, data };

  function fill(known: readonly CommandOption[], rest: readonly string[]): object[] {
    const [next, ...after] = rest;
    if (next !== undefined) {
      const sub = known.find((each) => each.name === next && each.type <= 2);
      if (sub === undefined) throw new Error(`/${name}: no subcommand ${next}`);
      return [{ name: sub.name, type: sub.type, options: fill(sub.options ?? [], after) }];
    }
    if (known.some((each) => each.type <= 2))
      throw new Error(`/${name}: a subcommand is needed: ${known.map((each) => each.name).join(", ")}`);
    const strange = Object.keys(values).find((key) => !known.some((each) => each.name === key));
    if (strange !== undefined)
      throw new Error(`/${name} has no option ${strange}; it has: ${known.map((each) => each.name).join(", ") || "none"}`);
    return known.flatMap((option) => {
      const value = values[option.name];
      if (value === undefined) {
        if (option.required === true && focused === undefined) throw new Error(`/${name}: option ${option.name} is required`);
        return [];
      }
      // What is still being typed is checked by nobody.
      if (focused === option.name) return [{ name: option.name, type: option.type, value, focused: true }];
      check(option, value);
      resolve(option, value);
      return [{ name: option.name, type: option.type, value }];
    });
  }

  function check(option: CommandOption, value: OptionValue): void {
    const wanted = option.type === 5 ? "boolean" : option.type === 4 || option.type === 10 ? "number" : "string";
    const fail = (why: string): never => {
      throw new Error(`/${name}: the client does not accept ${JSON.stringify(value)} for ${option.name}: ${why}`);
    };
    if (typeof value !== wanted) fail(`not a ${wanted}`);
    const choices = option.choices ?? [];
    if (choices.length > 0 && !choices.some((choice) => choice.value === value)) fail("not one of the choices");
    if (typeof value === "string" && option.type === 3) {
      if (value.length < (option.min_length ?? 0) || value.length > (option.max_length ?? 6000)) fail("length");
    }
    if (typeof value === "number" && (value < (option.min_value ?? value) || value > (option.max_value ?? value))) fail("range");
  }

  function resolve(option: CommandOption, value: OptionValue): void {
    const id = String(value);
    if (option.type === 6) {
      const member = world.members.get(id);
      if (member === undefined) throw new Error(`/${name}: no user ${id}`);
      (resolved.users ??= {})[id] = userPayload(member);
      (resolved.members ??= {})[id] = interactionMember(world, member);
    }
    if (option.type === 8) {
      const role = world.roles.get(id);
      if (role === undefined) throw new Error(`/${name}: no role ${id}`);
      (resolved.roles ??= {})[id] = rolePayload(role, 1);
    }
  }
}
