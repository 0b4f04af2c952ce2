import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ansibleSettingsSchema } from "../../src/ansible-settings.ts";
import type { AnsibleEvent } from "../../src/agents/infra/ansible-events.ts";
import type { AttemptResult } from "../../src/agents/work-source.ts";
import { AgentBench, processesOf, recapOf, until } from "../helpers/agent-bench.ts";
import type { AttemptRecord } from "../helpers/in-memory-work-source.ts";

const image = "example.org/ansible:1";
const byRunner = ansibleSettingsSchema.parse({ back_end: "ansible-runner" });
const inContainer = ansibleSettingsSchema.parse({
  back_end: "ansible-runner",
  execution_environment: { image, options: ["--network=host"] },
});
const canary = "canary-of-the-runner";
const waiting = "- hosts: web1\n  gather_facts: false\n  tasks: [{name: Sleep, ansible.builtin.command: sleep 300}]\n";

let bench: AgentBench;
let engine: string;
beforeAll(() => {
  bench = new AgentBench();
  engine = join(bench.folder, "bin");
  mkdirSync(engine);
  for (const name of ["podman", "docker"])
    copyFileSync(join(import.meta.dirname, "..", "fixtures", "ansible", "engine", "podman"), join(engine, name));
});
afterAll(() => bench.close());

/** Waits for a file, so that one can look at the run while it goes on. */
const site = (go: string): string => `- name: Play
  hosts: web1
  gather_facts: false
  tasks:
    - name: Say {{ api_token }}
      ansible.builtin.command: echo {{ api_token }}
      register: said
    - ansible.builtin.debug: {msg: "{{ said.stdout }} and {{ api_token | b64encode }}"}
    - ansible.builtin.pause: {prompt: "Nobody is there to answer"}
    - ansible.builtin.wait_for: {path: "${go}", sleep: 1}
    - name: Not good
      ansible.builtin.fail: {msg: "{{ api_token }} is not good"}
      ignore_errors: true
`;

describe("by ansible-runner", () => {
  let here: AgentBench;
  beforeAll(async () => {
    here = new AgentBench();
    await here.agent({ ansible: byRunner, capacity: 3 });
  });
  afterAll(() => here.close());

  test("the events and the summary are those of a direct start, and no secret and no inventory is in its private data folder", async () => {
    const go = join(here.folder, "go");
    const direct = new AgentBench();
    await direct.agent();
    const files = { "site.yml": site(go) };
    const step = { variables: { api_token: canary } };
    const records: [AttemptRecord, AttemptRecord] = [here.submit(files, step), direct.submit(files, step)];
    const folder = here.runFolder(records[0].item.attemptId);
    await until(() => records.every(({ events }) => events.filter(({ event }) => event.kind === "task_start").length === 4));
    const inside = filesBelow(join(folder, "runner"));
    expect(inside.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["specification.json", `artifacts/${records[0].item.attemptId}/command`]),
    );
    expect(inside.map(({ path }) => path).filter((path) => /inventory|job_events\/.|^env\/|project/.test(path))).toEqual([]);
    const text = inside.map(({ path }) => path).concat(inside.map((file) => file.text)).join("\n"); // prettier-ignore
    expect(text).not.toContain(canary);
    expect(text).not.toContain(Buffer.from(canary).toString("base64"));
    writeFileSync(go, "");
    const [own, other] = await Promise.all([
      here.source.finished(records[0].item.attemptId),
      direct.source.finished(records[1].item.attemptId),
    ]);
    expect(own).toMatchObject({ outcome: "succeeded", errorCode: null });
    expect(own.summary?.hostsSummary).toEqual(recapOf(here.stdout(records[0].item.attemptId)));
    expect(withoutTimes(own)).toEqual(withoutTimes(other));
    expect(records[0].events.map(({ event }) => shapeOf(event))).toEqual(records[1].events.map(({ event }) => shapeOf(event)));
    expect(readdirSync(folder)).not.toContain("runner");
    const left = filesBelow(folder)
      .map((file) => file.text)
      .join("\n");
    expect(left).toContain("********");
    expect(left).not.toContain(canary);
    await direct.close();
  });

  test("a time limit and a cancel end it with all its processes, as a direct start", async () => {
    const late = here.submit({ "site.yml": waiting }, { timeLimitSeconds: 3 });
    const cancelled = here.submit({ "site.yml": waiting });
    await until(() => cancelled.events.some(({ event }) => event.kind === "task_start"));
    here.source.askToStop(cancelled.item.attemptId, "cancelled");
    expect(await here.source.finished(cancelled.item.attemptId)).toMatchObject({
      outcome: "cancelled",
      errorCode: "ANSIBLE_CANCELLED",
      summary: { status: "cancelled", exitCode: 99 },
    });
    expect(await here.source.finished(late.item.attemptId)).toMatchObject({ outcome: "timeout", summary: { exitCode: 124 } });
    for (const { item } of [late, cancelled]) {
      expect(processesOf(item.attemptId)).toEqual([]);
      expect(readdirSync(here.runFolder(item.attemptId))).not.toContain("runner");
    }
  });

  test("what cannot begin is told as by ansible itself", async () => {
    const { result } = await here.run({ "site.yml": "- hosts: all\n  tasks:\n    - nosuchmodule: {}\n" });
    expect(result).toMatchObject({ outcome: "failed", errorCode: "ANSIBLE_SYNTAX_ERROR" });
    expect(result.summary?.keyErrors[0]).toContain("couldn't resolve module/action 'nosuchmodule'");
  });
});

test("in an execution environment: the engine gets the image, its options and every folder it needs, and a cancel ends the container, also the loss of its supervisor", async () => {
  const own = new AgentBench();
  const path = `${engine}:${process.env["PATH"] ?? ""}`;
  await own.agent({ ansible: inContainer, environment: { PATH: path } });
  const { item, result, events } = await own.run({ "site.yml": waiting.replace("sleep 300", '"true"') });
  expect(result).toMatchObject({ outcome: "succeeded", summary: { okCount: 1 } });
  expect(events.map(({ event }) => event.kind)).toEqual(["playbook_start", "play_start", "task_start", "result", "stats"]);
  const [run = []] = calls();
  const tree = join(own.folder, "agent", "trees", item.attemptId);
  const folder = own.runFolder(item.attemptId);
  const mounts = run.filter((word) => word.startsWith("--mount="));
  expect(run.slice(0, 2)).toEqual(["run", "--rm"]);
  expect(run).not.toContain("--tty");
  expect(run).toEqual(
    expect.arrayContaining([
      "--network=host",
      "--workdir",
      tree,
      "--log-driver=none",
      "--stop-timeout=0",
      `${tree}/:${tree}/:ro`,
      `ansible_runner_${item.attemptId}`,
    ]),
  );
  expect(mounts[0]).toBe(`--mount=type=bind,source=${folder},target=${folder}`);
  expect(mounts.some((mount) => mount.endsWith("callback_plugins,readonly"))).toBe(true);
  expect(mounts.some((mount) => mount.includes(`variables/${item.attemptId}.yml`) && mount.endsWith(",readonly"))).toBe(true);
  const command = run.slice(run.indexOf(image) + 1);
  expect(command[0]).toBe("ansible-playbook");
  expect(command.at(-1)).toBe(join(tree, "site.yml"));

  const record = own.submit({ "site.yml": waiting });
  await until(() => record.events.some(({ event }) => event.kind === "task_start"));
  own.source.askToStop(record.item.attemptId, "cancelled");
  expect(await own.source.finished(record.item.attemptId)).toMatchObject({ outcome: "cancelled" });
  expect(calls()).toContainEqual(["rm", "--force", `ansible_runner_${record.item.attemptId}`]);
  expect(processesOf(record.item.attemptId)).toEqual([]);

  const lost = own.submit({ "site.yml": waiting });
  await until(() => lost.events.some(({ event }) => event.kind === "task_start"));
  process.kill(lost.started[0]?.pid ?? 0, "SIGKILL");
  expect(await own.source.finished(lost.item.attemptId)).toMatchObject({ outcome: "outcome_unknown" });
  expect(calls()).toContainEqual(["rm", "--force", `ansible_runner_${lost.item.attemptId}`]);
  expect(processesOf(lost.item.attemptId)).toEqual([]);
  await own.close();
});

test("by docker, whose daemon is lost in the middle: outcome unknown, not failed, and no container and no process of it goes on; without a daemon nothing begins", async () => {
  const own = new AgentBench();
  const where = { DOCKER_HOST: "unix:///run/user/1000/docker.sock" };
  const ansible = ansibleSettingsSchema.parse({ back_end: "ansible-runner", execution_environment: { image, engine: "docker" } });
  await own.agent({ ansible, environment: { PATH: `${engine}:${process.env["PATH"] ?? ""}`, ...where } });
  const { item, events } = own.submit({ "site.yml": waiting });
  await until(() => events.some(({ event }) => event.kind === "task_start"));
  const inside = processesOf(item.attemptId).filter((pid) => isInside(pid));
  writeFileSync(join(engine, "lost"), "");
  const result = await own.source.finished(item.attemptId);
  expect(result).toMatchObject({ outcome: "outcome_unknown", errorCode: null, summary: null });
  expect(result.errorText).toContain("the container engine failed or ended while the playbook ran");
  expect(result.errorText).toContain("A command may still be going on web1");
  expect(calls()).toContainEqual(["rm", "--force", `ansible_runner_${item.attemptId}`]);
  expect(inside).not.toEqual([]);
  expect(processesOf(item.attemptId)).toEqual([]);
  expect(JSON.parse(readFileSync(join(engine, "environment.json"), "utf8"))).toMatchObject(where);

  writeFileSync(join(engine, "away"), "");
  const { result: away } = await own.run({ "site.yml": waiting });
  expect(away).toMatchObject({ outcome: "failed", summary: { keyErrors: [expect.stringMatching(/^docker: Cannot connect/)] } });
  await own.close();
});

test("what is asked for and not installed is refused before anything begins, with what to do", async () => {
  const bare = join(bench.folder, "bare");
  mkdirSync(bare);
  for (const name of ["ansible-playbook", "ansible-config", "python3"]) symlinkSync(`/usr/bin/${name}`, join(bare, name));
  // On this machine an engine may be installed.
  const withoutEngine = join(bench.folder, "without-engine");
  mkdirSync(withoutEngine);
  for (const name of ["ansible-playbook", "ansible-config", "ansible-runner", "python3"])
    symlinkSync(`/usr/bin/${name}`, join(withoutEngine, name));
  const refused = async (ansible: typeof byRunner, path: string): Promise<AttemptResult> => {
    const own = new AgentBench();
    await own.agent({ ansible, environment: { PATH: path } });
    const { item, result, started } = await own.run({ "site.yml": waiting });
    expect(started).toEqual([]);
    expect(existsSync(own.runFolder(item.attemptId))).toBe(false);
    await own.close();
    return result;
  };
  const [runner, podman] = await Promise.all([refused(byRunner, bare), refused(inContainer, withoutEngine)]);
  expect(runner).toMatchObject({ outcome: "refused", errorCode: "program-missing" });
  expect(runner.errorText).toContain("asks for the back end ansible-runner, which is not installed");
  expect(podman).toMatchObject({ outcome: "refused", errorCode: "program-missing" });
  expect(podman.errorText).toContain(`the execution environment ${image} by podman, which is not installed`);
});

test("an execution environment without ansible-runner, and an image that is an option, are wrong settings", () => {
  expect(ansibleSettingsSchema.safeParse({ execution_environment: { image } }).success).toBe(false);
  expect(ansibleSettingsSchema.safeParse({ back_end: "ansible-runner", execution_environment: { image: "--privileged" } }).success).toBe(
    false,
  );
  expect(ansibleSettingsSchema.parse({})).toEqual({ back_end: "ansible-playbook" });
});

/** Of the stand-in's container: the engine's address is no variable of it. Not one that ended while it was looked at. */
function isInside(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/environ`, "utf8").includes("DOCKER_HOST=");
  } catch {
    return false;
  }
}

function calls(): string[][] {
  return readFileSync(join(engine, "calls.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as string[]);
}

function filesBelow(folder: string): { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => ({ path, text: readFileSync(join(folder, path), "latin1") }));
}

function withoutTimes({ summary, ...rest }: AttemptResult): unknown {
  return { ...rest, resources: null, summary: { ...summary, durationMs: 0 } };
}

/** Without times and the ids that ansible invents. */
function shapeOf(event: AnsibleEvent): unknown {
  return { ...event, at: 0, taskId: "", durationMs: 0 };
}
