import { expect, test } from "vitest";
import { diffFile } from "../../src/bot/preview-diff.ts";
import { resultCard } from "./discord/sample-cards.ts";

test("the differences of a preview are one file, in which nothing is hidden; without any there is none", () => {
  const card = resultCard({ purpose: "preview", runNumber: 7 });
  expect(diffFile({ ...card, changes: [{ step: 1, host: "web1", task: "Restart", diff: null }] })).toBeNull();
  expect(diffFile(card)).toBeNull();
  const changes = [
    { step: 1, host: "web1", task: "Write\nit", diff: "--- a\n+++ b\n-old\n+new\u202e\n" },
    { step: 1, host: "web2", task: "Restart", diff: null },
    { step: 2, host: "web2", task: "Again", diff: "+more" },
  ];
  const file = diffFile({ ...card, changes });
  expect(file?.name).toBe("preview-7.diff");
  expect(file?.text).toMatch(
    /^# step 1, .* · web1 · Write\\nit\n--- a\n\+\+\+ b\n-old\n\+new\\u202e\n\n# step 2, .* · web2 · Again\n\+more\n$/,
  );
});
