import { join } from "node:path";
import { isMapping, render, textOf } from "../playbook-values.ts";
import type { Context, Scope } from "./context.ts";

const ownRole = /^chiffon\.async_tasks\.async_task_(start|check|cleanup)$/;
const ownFolder = "collections/ansible_collections/chiffon/async_tasks";

/**
 * The roles of Chiffon's own collection lie outside of every repo, but what they do is known. False: it is none of them, or the repo has a collection
 * of that name in its place.
 */
export async function readOwnRole(context: Context, name: unknown, values: unknown, scope: Scope): Promise<boolean> {
  const { findings, reader, variables } = context;
  const what = ownRole.exec(typeof name === "string" ? name : "")?.[1];
  if (what === undefined) return false;
  for (const folder of [ownFolder, join(scope.playbookFolder, ownFolder)]) if (await reader.exists(folder)) return false;
  if (what === "start") {
    findings.startsJobs = true;
    const written = textOf((isMapping(values) ? values["command"] : undefined) ?? "");
    findings.tasks.push({
      module: "ansible.builtin.shell",
      arguments: { cmd: render(written, variables) ?? written },
      neverChanges: false,
    });
  } else {
    // Where a job runs is in its state.
    findings.unknown.add(what === "check" ? "the host of the job that is asked for" : "the hosts of jobs that ended");
    findings.tasks.push({
      module: what === "check" ? "ansible.builtin.debug" : "ansible.builtin.file",
      arguments: {},
      neverChanges: false,
    });
  }
  return true;
}
