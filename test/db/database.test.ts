import { expect, test } from "vitest";
import { describeOnBothDatabases } from "../helpers/databases.ts";

describeOnBothDatabases("database", (open) => {
  test("x", async () => { const d = await open(); expect((await d.query("select 1 as one"))[0]).toEqual({one:1}); });
  test("y", async () => { const d = await open(); const e = await open(); expect((await e.query("select count(*) as one from run"))[0]).toEqual({one:0}); });
});
