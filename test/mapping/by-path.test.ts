import { expect, test } from "vitest";
import { byPath } from "../../src/mapping/by-path.ts";
import { profileCatalog } from "../../src/mapping/playbook-profile.ts";
import { catalog } from "./mapping-bench.ts";

const profile = profileCatalog(catalog);
const wanted = profile.byId.get("manage-users")!.playbook;
const found = (text: string): string | undefined => byPath(text, profile)?.playbook.id;

test("a playbook's path, alone or after run, is that playbook and no other", () => {
  const { path } = wanted;
  for (const text of [path, `run ${path}`, `Please run the playbook ${path}`, `execute "${path}"`])
    expect(found(text)).toBe("manage-users");
});

test("what is no playbook's path, says more or says another thing is not read as one", () => {
  const { path } = wanted;
  const texts = [
    "run manage-users",
    "run users",
    `run ${path}x`,
    `run x${path}`,
    `delete ${path}`,
    `do not run ${path}`,
    `run ${path} and reboot`,
    "",
  ];
  for (const text of texts) expect(found(text)).toBeUndefined();
});
