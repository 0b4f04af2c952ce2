import { expect, test } from "vitest";
import { measureBigOutput } from "../../bench/big-output.ts";

test(
  "very many lines, a line of 5 MB, bytes that are no UTF-8 and many results come to the right end in bounded memory",
  { timeout: 300_000 },
  async () => {
    const [loud, many] = await measureBigOutput({ hosts: 5, lines: 20_000 }, () => undefined);
    expect(loud).toMatchObject({ state: "succeeded", ok: 3, results: 3 });
    expect(many).toMatchObject({ state: "succeeded", ok: 100, results: 100 });
    // All that ansible printed is some 8 MB, twice in its own JSON.
    expect(loud?.memoryMegabytes).toBeLessThan(150);
    expect(many?.memoryMegabytes).toBeLessThan(150);
  },
);
