import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createE2eHouse, eventually, processesWith } from "../helpers/e2e-house.ts";
import { signIn, type WebSession } from "../helpers/e2e-web.ts";
import { startSshServer } from "../helpers/ssh-server.ts";

const server = await startSshServer();
afterAll(() => server?.stop());

const house = createE2eHouse({
  repo: {
    "ansible.cfg": "[defaults]\ncollections_path = own_collections\n",
    "own_collections/ansible_collections/acme/words/roles/greet/tasks/main.yml":
      '- name: Greet\n  ansible.builtin.debug: {msg: "hello from a collection of the repo"}\n',
    "inventory.yml": `all:
  hosts:
    far: {ansible_host: 127.0.0.1, ansible_port: ${server?.port}, ansible_python_interpreter: /usr/bin/python3, ansible_ssh_common_args: "-F none -i ${server?.key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes"}
    nas: {ansible_connection: local, ansible_python_interpreter: /usr/bin/python3}
`,
    "archive-photos.yml": `# chiffon:service=photos
# chiffon:description=Archive the photos, which takes hours.
- name: Archive photos
  hosts: nas
  gather_facts: false
  tasks:
    - name: Use a collection of the repo
      ansible.builtin.include_role: {name: acme.words.greet}
    - name: Start the archive
      ansible.builtin.include_role: {name: chiffon.async_tasks.async_task_start}
      vars:
        command: >-
          echo packing; echo "$HOME" > "{{ chiffon_data_dir }}/home";
          until test -e "{{ chiffon_data_dir }}/go"; do sleep 0.2; done; echo packed
        task_name: archive photos
        timeout: 600
    - name: Go on for a while when that is wanted
      ansible.builtin.command: sleep 300
      changed_when: false
      when: lookup('ansible.builtin.fileglob', chiffon_data_dir ~ '/linger') | length > 0
`,
    "archive-mails.yml": `# chiffon:service=mails
# chiffon:description=Archive the mails.
- name: Archive mails
  hosts: far
  gather_facts: false
  tasks:
    - name: Start the archive
      ansible.builtin.include_role: {name: chiffon.async_tasks.async_task_start}
      vars: {command: echo sorting; sleep 1; echo no room left >&2; exit 4, task_name: archive mails}
`,
    "check-job.yml": `# chiffon:description=Check how a job stands.
- name: Check job
  hosts: localhost
  connection: local
  gather_facts: false
  vars_prompt:
    - {name: job_id, prompt: The id of the job, private: false}
  tasks:
    - name: Ask
      ansible.builtin.include_role: {name: chiffon.async_tasks.async_task_check}
      vars:
        wait: 0
    - name: Say
      ansible.builtin.debug:
        msg: "Job {{ job_id }} is {{ async_task_check_result.status }}: {{ async_task_check_result.stdout }}"
`,
  },
});

interface Job {
  readonly jobId: string;
  readonly status: string;
  readonly runNumber: number;
  readonly reason: string | null;
}
const jobs = async (): Promise<readonly Job[]> => JSON.parse((await house.chiffon(["async", "list", "--json"])).out) as Job[];
let page: WebSession;
const ofJob = (jobId: string): number[] => processesWith(`CHIFFON_ASYNC_TASK=${jobId}`).map(({ pid }) => pid);

test("a job outlives its step, its run's end and kill -9 of Chiffon; the thread is told when it ends, and a later run asks for it by its id", async () => {
  const first = house.start(["start"]);
  page = await signIn(first);
  await page.say("archive photos");
  await eventually(async () => (await page.text()).includes("Approve"), undefined, "the plan card");
  await page.press("Approve");
  await eventually(
    async () => /Done[^]*Job archive-photos_\d+_[0-9a-f]{8} \(archive photos\) was started on nas/.test(await page.text()),
    undefined,
    "the result with the job's id",
  );
  const [, jobId = ""] = /Job (archive-photos_\d+_[0-9a-f]{8})/.exec(await page.text()) ?? [];
  expect(ofJob(jobId).length).toBeGreaterThan(0);
  expect(await page.text()).toContain("hello from a collection of the repo");
  expect(await page.text()).not.toContain("The job ");
  await eventually(async () => (await jobs()).length === 1, undefined, "the job in the list");
  expect(await jobs()).toMatchObject([{ jobId, status: "running", runNumber: 1, reason: null }]);
  // Live output, whole and the last line, while it runs.
  expect((await house.chiffon(["async", "logs", jobId])).out).toBe("packing\n");
  expect(readFileSync(join(house.dataDir, "home"), "utf8").trim()).toBe(process.env["HOME"]);

  first.kill("SIGKILL");
  await first.ended;
  writeFileSync(join(house.dataDir, "go"), "");
  await eventually(() => ofJob(jobId).length === 0, undefined, "the end of the job while nobody is there");

  const second = house.start(["start"], { env: { CHIFFON_WEB_PORT: new URL(page.url).port } });
  await second.says(/one-time link/);
  await eventually(
    async () => (await page.text()).includes(`The job ${jobId} (archive photos) on nas is done.`),
    undefined,
    "the word in the thread",
  );
  expect(await page.text()).toMatch(/The last lines of what it wrote: packing packed/);
  await page.say(`check job ${jobId}`);
  await eventually(async () => (await page.text()).match(/Approve/g)?.length, undefined, "the second plan card");
  await page.press("Approve");
  await eventually(
    async () => (await page.text()).includes(`Job ${jobId} is completed: packing packed`),
    undefined,
    "the answer of a later run",
  );
  expect((await page.text()).match(/The job archive-photos/g)).toHaveLength(1);
  expect((await house.chiffon(["async", "logs", jobId, "--last", "1"])).out).toBe("packed\n");
  const shown = await house.chiffon(["async", "show", jobId]);
  expect(shown.out).toMatch(/completed\n.*archive photos on nas, started by run 1, step 1[^]*packing\npacked\n$/);
  expect((await house.chiffon(["async", "show", "../../etc/passwd"])).code).toBe(2);
  const trail = await house.audit("--text", jobId);
  expect(trail.map((entry) => entry.action)).toEqual(expect.arrayContaining(["async.started", "async.ended"]));
});

test("cancelling a run ends its own processes and not its job; a job that is killed is told of as lost, one on another machine as what it is", async () => {
  await page.say("archive mails");
  await eventually(async () => (await page.text()).includes("Approve"), undefined, "the plan card of the far host");
  await page.press("Approve");
  await eventually(async () => (await page.text()).includes("(archive mails) was started on far"), undefined, "the job on another machine");
  const [, farId = ""] = /Job (archive-mails_\d+_[0-9a-f]{8})/.exec(await page.text()) ?? [];

  writeFileSync(join(house.dataDir, "linger"), "");
  rmSync(join(house.dataDir, "go"));
  await page.say("archive photos");
  await eventually(async () => (await page.text()).includes("Approve"), undefined, "the third plan card");
  await page.press("Approve");
  const asyncFolder = join(house.dataDir, "agent", "async");
  const jobId = await eventually(
    () =>
      readdirSync(asyncFolder)
        .filter((name) => name.endsWith(".json"))
        .map((name) => JSON.parse(readFileSync(join(asyncFolder, name), "utf8")) as { job_id: string; status: string })
        .find((state) => state.status === "running" && state.job_id.startsWith("archive-photos"))?.job_id,
    undefined,
    "the second job",
  );
  const rest = (): readonly unknown[] => processesWith(house.dataDir).filter(({ commandLine }) => commandLine.startsWith("sleep 300"));
  await eventually(() => rest().length > 0, undefined, "the rest of the playbook");
  await page.press("Cancel");
  await eventually(async () => (await page.text()).includes("Cancelled by"), undefined, "the cancelled run");
  expect(rest()).toEqual([]);
  expect(ofJob(jobId).length).toBeGreaterThan(0);
  for (const signal of ["SIGSTOP", "SIGKILL"] as const) for (const pid of ofJob(jobId)) process.kill(pid, signal);
  await eventually(
    async () => (await page.text()).includes(`The job ${jobId} (archive photos) on nas is gone and left no result`),
    undefined,
    "the lost job",
  );
  // Asked for by ansible, from the sealed copy.
  const ofFar = `The job ${farId} (archive mails) on far failed with exit code 4: no room left.`;
  await eventually(async () => (await page.text()).includes(ofFar), undefined, "the word about the job on another machine");
  expect(JSON.parse((await house.chiffon(["async", "logs", farId, "--json"])).out)).toEqual({
    stdout: "sorting\n",
    stderr: "no room left\n",
  });
  expect((await jobs())[0]).toMatchObject({ jobId, status: "failed", reason: "host_crash_suspected" });
  expect((await house.chiffon(["async", "cleanup", "--days", "0"])).out).toContain(jobId);
  expect(await jobs()).toEqual([]);
  // What is on another machine stays there; here that is this account's own.
  rmSync(join(homedir(), ".ansible_async", `chiffon-${farId}`), { recursive: true });
});
