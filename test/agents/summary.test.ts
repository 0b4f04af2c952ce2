import { expect, test } from "vitest";
import type { AnsibleEvent } from "../../src/agents/infra/ansible-events.ts";
import { createEventCollector } from "../../src/agents/infra/summary.ts";

const exit = { exitCode: 2, signal: null, endedBy: "exit", wallMs: 10 } as unknown as Parameters<
  ReturnType<typeof createEventCollector>["summary"]
>[0];

test("what a failed command wrote last is the key error, not that it failed", () => {
  const collector = createEventCollector();
  const add = (task: string, message: string): void =>
    collector.add({ kind: "result", status: "failed", host: "web1", taskId: task, task, path: null, rescued: false, ignored: false, message } as AnsibleEvent); // prettier-ignore
  add("Look", "non-zero return code\nwarning: old\nls: cannot access '/cert.pem'\n");
  add("Silent", "non-zero return code");
  add("Copy", "Destination not writable\nmore of it");
  expect(collector.summary(exit).keyErrors).toEqual([
    "Look: non-zero return code: ls: cannot access '/cert.pem'",
    "Silent: non-zero return code",
    "Copy: Destination not writable",
  ]);
});
