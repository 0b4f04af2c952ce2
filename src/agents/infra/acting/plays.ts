import { dirname, join } from "node:path";
import { expandPattern } from "../host-pattern.ts";
import { isOff } from "../lookups.ts";
import { asList, isMapping, isTemplate, nameOf, render, valueOf, type Mapping } from "../playbook-values.ts";
import { fileLimit, othersIn, type Context, type Scope } from "./context.ts";
import { controller, controllerNames } from "./findings.ts";
import { notedAsEncrypted } from "./named-files.ts";
import { modulesBeside } from "./own-modules.ts";
import { readRoleUse, readTasks } from "./tasks.ts";
import { readVariableFiles } from "./variable-files.ts";

const taskLists = ["pre_tasks", "tasks", "post_tasks", "handlers"];

/** The plays of a playbook and of those it imports. */
export async function readPlays(context: Context, playbookPath: string): Promise<void> {
  const { inventory, findings, reader, seen, variables } = context;
  /** Hosts that were read off a default or the play's own variables, which a file of variables may overrule. */
  const assumed = new Set<string>();
  const idle: { readonly play: Mapping; readonly path: string }[] = [];
  /** Names of groups and hosts that plays act on and the inventory does not know. */
  const foreign = new Set<string>();

  await playbook(playbookPath);
  // A play that fits no host starts nothing, unless a host is put there while it runs.
  for (const { play, path } of idle) if (findings.makesHosts) await playWithoutHosts(play, path);
  for (const name of findings.makesHosts ? foreign : []) {
    findings.unknown.add(`hosts: ${name} (made while it runs)`);
    findings.playsUnknown = true;
  }
  if (findings.playsUnknown || findings.playHosts.has(controller)) for (const one of assumed) findings.unknown.add(one);

  async function playbook(path: string): Promise<void> {
    if (seen.has(`playbook:${path}`) || seen.size > fileLimit) return;
    seen.add(`playbook:${path}`);
    const folder = dirname(path);
    if (!context.playbookFolders.has(folder)) await modulesBeside(context, folder);
    context.playbookFolders.add(folder);
    const content = await reader.yaml(path);
    if (notedAsEncrypted(findings, content, path)) findings.playsUnknown = true;
    if (!Array.isArray(content)) return;
    for (const play of content.filter(isMapping)) {
      const imported = valueOf(play, "import_playbook");
      if (typeof imported === "string") await importedPlaybook(imported, play, folder);
      else await onePlay(play, path);
    }
  }

  async function importedPlaybook(imported: string, play: Mapping, folder: string): Promise<void> {
    findings.importsPlaybooks = true;
    findings.overrides(play["vars"], inventory.hosts);
    const known = isTemplate(imported) ? render(imported, variables) : imported;
    if (known !== null && (await reader.exists(join(folder, known)))) return playbook(join(folder, known));
    findings.unknown.add(`playbook ${imported}${known === null ? "" : " (not in the repository)"}`);
    findings.playsUnknown = true;
    findings.makesHosts = true;
  }

  async function onePlay(play: Mapping, path: string): Promise<void> {
    const hosts = hostsOf(play);
    for (const host of hosts) findings.playHosts.add(host);
    if (hosts.length === 0 && !isTemplate(JSON.stringify(play["hosts"] ?? ""))) idle.push({ play, path });
    else await playTasks(play, path, hosts);
  }

  async function playTasks(play: Mapping, path: string, hosts: readonly string[]): Promise<void> {
    const folder = dirname(path);
    const where = `play ${nameOf(play, path)}`;
    findings.connection(play, hosts);
    findings.overrides(play["vars"], hosts);
    findings.lookups(play["vars"], where);
    if (isOff(play["check_mode"])) findings.runsInCheckMode.add(where);
    const scope: Scope = { hosts, folders: [folder], collections: othersIn(play), rolesBeside: null, playbookFolder: folder };
    await readVariableFiles(context, asList(play["vars_files"]).flat(), scope, where);
    for (const list of taskLists) await readTasks(context, play[list], scope);
    for (const role of asList(play["roles"])) await readRoleUse(context, role, scope);
    for (const pattern of patternsOf(play)) for (const name of isTemplate(pattern) ? [] : foreignNames(pattern)) foreign.add(name);
  }

  function hostsOf(play: Mapping): string[] {
    const found: string[] = [];
    for (const pattern of patternsOf(play)) {
      const sure = render(pattern, variables);
      const text = sure ?? render(pattern, { ...(isMapping(play["vars"]) ? play["vars"] : {}), ...variables }, "limited");
      if (text === null) {
        findings.unknown.add(`hosts: ${pattern}`);
        findings.playsUnknown = true;
      } else found.push(text);
      if (text !== null && sure === null) assumed.add(`hosts: ${pattern}`);
    }
    return found.length === 0 ? [] : expandPattern(inventory, found, context.limit);
  }

  async function playWithoutHosts(play: Mapping, path: string): Promise<void> {
    const patterns = patternsOf(play);
    if (patterns.length > 0 && expandPattern(inventory, patterns).length === 0) {
      findings.unknown.add(`hosts: ${patterns.join(", ")} (made while it runs)`);
      findings.playsUnknown = true;
    }
    await playTasks(play, path, []);
  }

  function foreignNames(pattern: string): string[] {
    return pattern
      .split(/[,:]/)
      .map((one) => one.trim().replace(/^&/, ""))
      .filter((one) => one !== "" && !/[!~*?[\]]/.test(one) && !controllerNames.has(one))
      .filter((one) => !Object.hasOwn(inventory.groups, one) && !inventory.hosts.includes(one));
  }
}

function patternsOf(play: Mapping): string[] {
  return asList(play["hosts"]).filter((one) => typeof one === "string");
}
