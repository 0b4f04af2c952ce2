import { dirname, join } from "node:path";
import { isMap, parseDocument } from "yaml";
import { moduleOf } from "../task-module.ts";
import { none, type Fixer } from "./fixer.ts";
import { rangeOf } from "./scalar-text.ts";

/** `debug` becomes `ansible.builtin.debug`, where it surely means that. */
export const fixFqcn: Fixer = ({ path, rule, message, item, files }) => {
  const module = item === undefined ? undefined : moduleOf(item.node);
  if (item === undefined || module === undefined) return none("the module is not written as the key of its task");
  const full = rule === "fqcn[action-core]" ? `ansible.builtin.${module.name}` : /`([\w.]+)`/.exec(message)?.[1];
  const named = rule === "fqcn[action-core]" ? /\((\w+)\)/.exec(message)?.[1] : module.name;
  if (full === undefined || named !== module.name || !/^\w+(?:\.\w+){2,}$/.test(full)) return none("the full name is not known");
  // The full name is another module then.
  if (files.ownModules.has(module.name)) return none(`the repo has a module "${module.name}" of its own`);
  if (item.around.some((block) => block.has("collections")) || hasRoleCollections(path, files.texts))
    return none("`collections` says that the name may mean another module");
  const [start, end] = rangeOf(module.key);
  return { kind: "fix", edits: [{ path, start, end, text: full }] };
};

function hasRoleCollections(path: string, texts: ReadonlyMap<string, string>): boolean {
  const meta = texts.get(join(dirname(dirname(path)), "meta", "main.yml"));
  if (meta === undefined) return false;
  const { contents } = parseDocument(meta, { logLevel: "silent" });
  return isMap(contents) && contents.has("collections");
}
