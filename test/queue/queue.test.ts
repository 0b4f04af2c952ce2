import { expect, onTestFinished, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { silentLogger } from "../../src/logger.ts";
import { startQueue, type Queue } from "../../src/queue/queue.ts";
import { describeOnBothDatabases } from "../helpers/databases.ts";
import { eventually } from "../helpers/test-app.ts";

describeOnBothDatabases("the queue", (open) => {
  const start = async (): Promise<{ database: Database; queue: Queue }> => {
    const database = await open();
    const queue = await startQueue({ database, logger: silentLogger() });
    onTestFinished(() => queue.stop());
    return { database, queue };
  };

  test("delivers a wake-up after its transaction is committed and never before", async () => {
    const { database, queue } = await start();
    const got: string[] = [];
    await queue.work("step-attempt", async (data) => void got.push(data["id"] ?? ""));
    await database.transaction(async (sql) => {
      await queue.wake(sql, "step-attempt", { id: "committed" });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(got).toEqual([]);
    });
    await eventually("it is delivered", () => got.length === 1);
    expect(got).toEqual(["committed"]);
  });

  test("delivers nothing of a transaction that is rolled back", async () => {
    const { database, queue } = await start();
    const got: string[] = [];
    await queue.work("step-attempt", async (data) => void got.push(data["id"] ?? ""));
    const rolledBack = database.transaction(async (sql) => {
      await queue.wake(sql, "step-attempt", { id: "rolled back" });
      throw new Error("no");
    });
    await expect(rolledBack).rejects.toThrow("no");
    await database.transaction((sql) => queue.wake(sql, "step-attempt", { id: "after" }));
    await eventually("the next one is delivered", () => got.length > 0);
    expect(got).toEqual(["after"]);
  });

  test("can wake inside the very first transaction, before any worker has started, and after a second start", async () => {
    const { database, queue } = await start();
    await database.transaction((sql) => queue.wake(sql, "finish-run", { id: "1" }));
    await queue.stop();
    const second = await startQueue({ database, logger: silentLogger() });
    onTestFinished(() => second.stop());
    await database.transaction(async (sql) => {
      await second.wake(sql, "finish-run", { id: "2" });
      await second.wake(sql, "step-attempt", { id: "3" });
    });
    const got: string[] = [];
    await second.work("finish-run", async (data) => void got.push(data["id"] ?? ""));
    await eventually("both are delivered", () => got.length === 2);
    expect(got).toEqual(["1", "2"]);
  });

  test("serves priority 1 before 3 before 5, and first come first served within one", async () => {
    const { database, queue } = await start();
    for (const [id, priority] of [
      ["a5", 5],
      ["b3", 3],
      ["c1", 1],
      ["d5", 5],
      ["e1", 1],
    ] as const) {
      await database.transaction((sql) => queue.wake(sql, "step-attempt", { id }, { priority })); // prettier-ignore
    }
    const got: string[] = [];
    await queue.work("step-attempt", async (data) => void got.push(data["id"] ?? ""));
    await eventually("all are delivered", () => got.length === 5, 20_000);
    expect(got).toEqual(["c1", "e1", "b3", "a5", "d5"]);
  });

  test("never repeats a job by itself: no retry, and an expiry far beyond its handling, on every queue", async () => {
    const { database } = await start();
    const rows = await database.query(
      "select name, retry_limit, expire_seconds, dead_letter from pgboss.queue where name not like '\\_\\_%' order by name",
    );
    expect(rows).toEqual([
      { name: "dead-letter", retry_limit: 0, expire_seconds: 3_600, dead_letter: null },
      { name: "finish-run", retry_limit: 0, expire_seconds: 3_600, dead_letter: "dead-letter" },
      { name: "step-attempt", retry_limit: 0, expire_seconds: 3_600, dead_letter: "dead-letter" },
    ]);
  });

  test("a job whose handler throws is tried once and lies in the dead-letter queue; the next one is handled", async () => {
    const { database, queue } = await start();
    let tries = 0;
    const got: string[] = [];
    await queue.work("finish-run", async (data) => {
      if (data["id"] === "bad") {
        tries += 1;
        throw new Error("cannot");
      }
      got.push(data["id"] ?? "");
    });
    for (const id of ["bad", "good"]) await database.transaction((sql) => queue.wake(sql, "finish-run", { id }));
    await eventually("it lies there", async () => (await queue.deadLetters()) === 1);
    await eventually("the next one is handled", () => got.length === 1);
    expect(tries).toBe(1);
  });

  test("delivers what was put off when its time has come, and what was left when it stopped", async () => {
    const { database, queue } = await start();
    await database.transaction(async (sql) => {
      await queue.wake(sql, "step-attempt", { id: "later" }, { startAfterSeconds: 900 });
      await queue.wake(sql, "step-attempt", { id: "now" }, { startAfterSeconds: 0 });
    });
    await queue.stop();
    const second = await startQueue({ database, logger: silentLogger() });
    onTestFinished(() => second.stop());
    const got: string[] = [];
    await second.work("step-attempt", async (data) => void got.push(data["id"] ?? ""));
    await eventually("the first is delivered", () => got.length === 1);
    expect(got).toEqual(["now"]);
  });
});
