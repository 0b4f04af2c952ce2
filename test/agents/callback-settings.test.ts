import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCallbackSettings } from "../../src/agents/infra/callback-settings.ts";
import { cleanEnvironment } from "../../src/agents/infra/environment.ts";

const environment = cleanEnvironment(process.env);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chiffon-callback-settings-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("several runs that ask ansible for its settings at once all get them, and nothing unfinished is left", async () => {
  const cache = join(folder, "at-once");
  const settings = await Promise.all(Array.from({ length: 6 }, () => createCallbackSettings(cache).merged(folder, environment)));
  for (const one of settings) expect(one["ANSIBLE_CALLBACKS_ENABLED"]).toMatch(/(^|,)chiffon_events$/);
  expect(new Set(settings.map((one) => JSON.stringify(one))).size).toBe(1);
  expect(await readdir(cache)).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.json$/)]);
}, 60_000);

test("a damaged file of settings is read anew", async () => {
  const cache = join(folder, "damaged");
  const whole = await createCallbackSettings(cache).merged(folder, environment);
  const [file = ""] = await readdir(cache);
  for (const text of ["", '{"paths": [', "[]"]) {
    await writeFile(join(cache, file), text);
    expect(await createCallbackSettings(cache).merged(folder, environment)).toEqual(whole);
  }
}, 60_000);
