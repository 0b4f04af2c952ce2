import { join } from "node:path";
import { expect, test } from "vitest";
import { copyEmptyDatabase } from "../helpers/empty-database.ts";
import { measurePreviews, quickPlaybooks } from "../../bench/preview-accuracy.ts";

test(
  "previews tell what the real runs then change, and name what depends on what check mode leaves out",
  { timeout: 300_000 },
  async () => {
    const measured = await measurePreviews(
      join(import.meta.dirname, "../../bench/preview-repo"),
      quickPlaybooks,
      1,
      () => undefined,
      copyEmptyDatabase,
    );
    // Two hosts each. The condition on a command, and all that comes after the key that no preview makes, are flagged; nothing else is.
    expect(measured).toEqual([
      { playbook: "template", tasks: 4, right: 4, wrong: 0, missed: 0, flagged: 0, flaggedChanged: 0 },
      { playbook: "when-changed", tasks: 8, right: 4, wrong: 0, missed: 0, flagged: 4, flaggedChanged: 4 },
      { playbook: "fails-in-check-mode", tasks: 8, right: 4, wrong: 0, missed: 0, flagged: 4, flaggedChanged: 2 },
    ]);
  },
);
