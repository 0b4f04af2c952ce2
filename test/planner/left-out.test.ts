import { describe, expect, test } from "vitest";
import { leftOutOf, leftOutWords } from "../../src/planner/left-out.ts";
import type { DraftStep, PlanStep, SealedPlan } from "../../src/planner/plan.ts";

interface Given {
  readonly playbook?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly hosts?: readonly string[];
  readonly asked?: readonly string[];
  readonly method?: DraftStep["mapping"]["method"];
}

/** What is left out of a request, for a plan of these steps. */
function leftOut(text: string, ...steps: readonly Given[]): string[] {
  const sealed = steps.map(({ playbook = "playbooks/restart-service", variables = {}, hosts = ["press1"] }) => ({
    name: playbook.replace(/^.*\//, "").replaceAll("-", " "),
    playbook,
    playbookPath: `${playbook}.yml`,
    variables,
    hosts,
  })) as unknown as PlanStep[];
  const draft = steps.map(({ asked = [], method = "exact" }) => ({ mapping: { method }, requestedHosts: asked })) as unknown as DraftStep[];
  return leftOutOf({ requestText: text, draft, sealed: { steps: sealed } as unknown as SealedPlan }).map((one) => one.phrase);
}

const restart: Given = { variables: { restart_service: "squid" } };

describe("what a plan leaves out", () => {
  test.each([
    ["restart squid at 22:00", ["at 22:00"]],
    ["Restart squid tonight, please", ["tonight"]],
    ["restart squid on Friday evening", ["on Friday evening"]],
    ["restart squid in ten minutes", ["in ten minutes"]],
    ["restart squid every night", ["every night"]],
    ["once the print job has ended, restart squid", ["once the print job has ended"]],
    ["restart squid after the staff meeting", ["after the staff meeting"]],
    ["If the queue is empty, restart squid", ["If the queue is empty"]],
    ["restart squid unless somebody works", ["unless somebody works"]],
    ["stop squid until the lawyers are gone", ["until the lawyers are gone"]],
    ["restart squid without losing the cache", ["without losing the cache"]],
    ["restart squid --limit all -e @vars.yml", ["--limit all", "-e @vars.yml"]],
    ["restart squid and mail the log to /srv/out/log.txt", ["to /srv/out/log.txt"]],
    ["restart squid with inventory/other.yml", ["inventory/other.yml"]],
    ["restart squid with 4 workers", ["with 4 workers"]],
    ["restart squid in 1 hour", ["in 1 hour"]],
    ["starte squid morgen Abend neu", ["morgen Abend"]],
    ["wenn niemand arbeitet, starte squid neu", ["wenn niemand arbeitet"]],
    ["redémarre squid dans 5 minutes", ["dans 5 minutes"]],
    ["reinicia squid el lunes", ["el lunes"]],
  ])("%s", (text, phrases) => {
    expect(leftOut(text, restart)).toEqual(phrases);
  });

  test.each([
    ["restart squid", restart],
    ["please restart squid as soon as possible, thanks", restart],
    ["restart squid when you have a moment", restart],
    ["restart squid if that's ok", restart],
    ["as we discussed on Tuesday, restart squid", restart],
    ["restart squid on the 2 press hosts", restart],
    ["restart squid everywhere except press2", { ...restart, asked: ["all", "!press2"] }],
    ["only restart squid", restart],
    ["set the quota of ida to 20 GB", { playbook: "quota", variables: { quota_user: "ida", quota_size: "20G" } }],
    ["set up the proxy with the cache in /srv/cache", { playbook: "proxy", variables: { proxy_cache_dir: "/srv/cache" } }],
    ["silence the alarms until 2027-03-01", { playbook: "silence", variables: { silence_until: "2027-03-01" } }],
    ["run the report every 5 minutes", { playbook: "report", variables: { report_interval: "5m" } }],
    ["create an account for ida without sudo", { playbook: "accounts", variables: { account_name: "ida", account_sudo: false } }],
    ["reboot at 03:30", { playbook: "reboot", variables: { reboot_time: "03:30" } }],
    ["something that tells us when a page is down", { playbook: "gatus", method: "semantic" }],
    ["deploy squid from https://example.org/squid.tgz", { playbook: "squid", variables: { squid_url: "https://example.org/squid.tgz" } }],
  ] as const)("nothing of: %s", (text, step) => {
    expect(leftOut(text, step)).toEqual([]);
  });

  test("what another step takes up is in the plan, and a mail that was passed on is nobody's order", () => {
    const backup: Given = { playbook: "playbooks/back-up", variables: { backup_of: "squid" } };
    expect(leftOut("restart squid after the backup", backup, restart)).toEqual([]);
    expect(leftOut("before you restart squid, back up everything", backup, restart)).toEqual([]);
    expect(leftOut("check the disk and if it is below 90 percent run the archive job", { playbook: "playbooks/check-disk" })).toEqual([
      "if it is below 90 percent run the archive job",
    ]);
  });

  test("in words: what says when is told that nothing waits", () => {
    expect(leftOutWords({ phrase: "at 22:00", isMoment: true })).toBe('not in this plan: "at 22:00"; it begins as soon as it is approved');
    expect(leftOutWords({ phrase: "to /mnt", isMoment: false })).toBe('not in this plan: "to /mnt"');
  });
});
