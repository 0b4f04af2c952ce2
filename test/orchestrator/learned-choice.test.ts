import { expect, test } from "vitest";
import { createTestApp, eventually, type TestApp } from "../helpers/test-app.ts";

const wish = "make the pictures pretty";

async function mappingOf(app: TestApp): Promise<string> {
  const outcome = await app.ask(wish);
  if (!("planVersionId" in outcome)) throw new Error(outcome.kind);
  const mapping = (await app.app.useCases.plan(outcome.planVersionId))?.draft[0]?.mapping;
  return `${outcome.kind}: ${mapping?.method} ${mapping?.playbook}`;
}

test("a choice that was approved is known the next time, and forgotten when its playbook changes", async () => {
  const app = await createTestApp();
  const asked = await app.ask(wish);
  if (asked.kind !== "question") throw new Error(asked.kind);
  // Whichever is nearest: that it is a strange choice is the person's affair.
  const nearest = (await app.app.useCases.plan(asked.planVersionId))?.question?.unmapped[0]?.candidates[0]?.playbook ?? "none";
  const given = await app.app.useCases.answerQuestion({
    planVersionId: asked.planVersionId,
    person: "local",
    values: {},
    choices: { 1: nearest },
  });
  if (given.kind !== "plan") throw new Error(given.kind);
  expect(await mappingOf(app)).toBe("question: none null"); // picked, and not yet approved by anybody
  await app.approve(given.planVersionId);
  expect(await mappingOf(app)).toBe(`plan: learned ${nearest}`);
  app.write(`${nearest}.yml`, "- name: Another\n  hosts: all\n  gather_facts: false\n  tasks: []\n");
  expect(await eventually("the file is read again", async () => (await mappingOf(app)) === "question: none null")).toBe(true);
});
