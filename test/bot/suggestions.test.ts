import { expect, test } from "vitest";
import type { Action, NoticeCard } from "../../src/bot/cards.ts";
import { renderCard as discordCard } from "../../src/bot/discord/render-card.ts";
import { pressButton, type PressButtonDeps } from "../../src/bot/press-button.ts";
import { renderCard as slackCard } from "../../src/bot/slack/render-card.ts";
import { renderCard as terminalCard } from "../../src/bot/terminal/render-card.ts";
import { saveAnalysis } from "../../src/runs/analysis-store.ts";
import { noticeView } from "../../src/web/pages/notice-view.ts";
import { createTestApp, eventually, type TestApp } from "../helpers/test-app.ts";

const actionsOf = (app: TestApp): readonly Action[] => app.platform.cardsOf("result").at(-1)?.actions ?? [];

test("a result has buttons for its first suggestions; what is dismissed goes from the card, and who may not is told so", async () => {
  const app = await createTestApp();
  await app.startBot();
  await app.app.startAgent();
  await app.platform.say("deploy gitea");
  const version = app.platform.cardsOf("plan").at(-1)?.planVersionId ?? "";
  const step = (await app.app.useCases.plan(version))?.sealed?.steps[0];
  const finding = (rule: string, line: number): object => ({ path: "deploy-gitea.yml", line, task: `task ${line}`, rule, category: "best_practices", severity: "error", message: "says", reasoning: "because" }); // prettier-ignore
  const suggestions = [finding("name[casing]", 1), finding("ignore-errors", 2), finding("fqcn[action-core]", 3), finding("no-handler", 4)];
  await saveAnalysis(app.database, { playbookPath: "deploy-gitea.yml", contentHash: "any", catalogHashes: [step?.contentHash ?? ""], toolVersion: "lint", total: 4, suggestions: suggestions as never }); // prettier-ignore
  await app.platform.press("approve", version);
  const labels = (): string[] => actionsOf(app).map(({ label }) => label);
  await eventually("a result", () => actionsOf(app).length > 0);
  expect(labels()).toEqual([
    "Full log",
    "Apply suggestion: name[casing], deploy-gitea.yml:1",
    "Dismiss: name[casing], deploy-gitea.yml:1",
    "Dismiss: ignore-errors, deploy-gitea.yml:2",
    "Apply suggestion: fqcn[action-core], deploy-gitea.yml:3",
    "Dismiss: fqcn[action-core], deploy-gitea.yml:3",
  ]);
  const [apply] = actionsOf(app).filter(({ id }) => id === "apply");
  const [dismiss] = actionsOf(app).filter(({ id }) => id === "dismiss");
  expect(apply?.target).toBe(dismiss?.target);
  await app.platform.press("dismiss", dismiss?.target ?? "", { person: "memory:T:U1" });
  expect(labels()).toHaveLength(6);
  await app.platform.press("dismiss", dismiss?.target ?? "");
  await eventually("the card without it", () => labels()[1] === "Dismiss: ignore-errors, deploy-gitea.yml:2");
  expect(labels()).toContain("Dismiss: no-handler, deploy-gitea.yml:4");
  await app.platform.press("apply", apply?.target ?? "");
  expect(app.platform.private.map(({ person, card }) => [person, card.kind === "notice" ? card.text : ""])).toEqual([
    ["memory:T:U1", expect.stringContaining("may")],
    ["local", expect.stringContaining("some ten seconds")],
    ["local", "this suggestion is dismissed"],
  ]);
});

test("an applied fix is shown to all, with its diff as it is, on every platform", async () => {
  const diff = "--- a/site.yml\n+++ b/site.yml\n@@ -1 +1 @@\n-- name: <b>*old*</b> @everyone\n+- name: New\n";
  const outcome = { kind: "applied", playbookPath: "site.yml", branch: "chiffon/0123abcd", commit: "c".repeat(40), diff, proof: ["Proven."], notes: ["Needs bash."] } as const; // prettier-ignore
  const deps = { useCases: { applySuggestions: async () => outcome } } as unknown as PressButtonDeps;
  const pressed = await pressButton(deps, { conversation: "c", person: "local", id: "apply", target: "id" });
  if (pressed.kind !== "shown" || pressed.card.kind !== "notice") throw new Error("not shown");
  const card: NoticeCard = pressed.card;
  expect(card).toMatchObject({
    tone: "info",
    text: expect.stringMatching(/chiffon\/0123abcd .*Proven\. Needs bash\./),
    help: expect.stringContaining("git merge"),
  });
  expect(terminalCard(card, { colour: false, columns: 80 })).toContain("-- name: <b>*old*</b> @everyone\n  +- name: New");
  const slack = slackCard(card, () => ({ name: "x", url: null }));
  expect(JSON.stringify(slack.blocks)).toContain("-- name: <b>*old*</b> @everyone\\n+- name: New");
  const discord = discordCard(card, { mayPreview: true } as never);
  expect(discord.message.embeds[0]?.description).toContain("+- name: New");
  expect(discord.message.allowed_mentions).toMatchObject({ parse: [], users: [] });
  expect(String(await noticeView({ shown: card, original: card, entryId: "e", now: new Date() }))).toContain(
    "-- name: &lt;b&gt;*old*&lt;/b&gt; @everyone\n+- name: New",
  );
  const long = slackCard({ ...card, output: Array.from({ length: 5_000 }, (_, index) => `+line ${index}`).join("\n") }, () => ({
    name: "x",
    url: null,
  }));
  expect(long.shortened).toBe(true);
});
