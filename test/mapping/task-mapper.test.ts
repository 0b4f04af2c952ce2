import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { acceptThreshold } from "../../src/mapping/mapping.ts";
import { catalog, createBench, openTestDatabase } from "./mapping-bench.ts";

let database: Database;
let bench: ReturnType<typeof createBench>;
beforeAll(async () => {
  database = await openTestDatabase();
  bench = createBench(database);
});
afterAll(() => database.close());

describe("by name and verb", () => {
  test.each([
    ["Deploy Kuma Uptime", "deploy-uptime-kuma"],
    ["deploy uptimekuma", "deploy-uptime-kuma"],
    ["install uptime-kuma", "deploy-uptime-kuma"],
    ["set up Kuma please", "deploy-uptime-kuma"],
    ["deploy uptime kumma", "deploy-uptime-kuma"],
    ["installiere bitte Nextcloud", "deploy-nextcloud"],
    ["Update Kuma portals", "configure-uptime-kuma"],
    ["Remove uptime kuma", "remove-uptime-kuma"],
    ["set the port of gitea to 3005", "deploy-gitea"],
    ["change gitea's port to 3005", "deploy-gitea"],
    ["back up gitea", "backup-service"],
    ["I need nextcloud backed up", "backup-service"],
    ["restart grafana", "restart-service"],
    ["update nextcloud to 30.1", "update-service"],
    ["add the existing portals to uptime kuma", "configure-uptime-kuma"],
  ])("%s -> %s", async (text, expected) => {
    const [mapping] = await bench.map(text);
    expect(mapping).toMatchObject({ playbook: expected });
    expect(mapping?.confidence).toBeGreaterThanOrEqual(acceptThreshold);
    expect(mapping?.why).not.toBe("");
  });

  test.each(["Back up a service on lab01", "restart the docker daemon on docker01"])("%s -> asked about", async (text) => {
    expect((await bench.map(text)).filter((mapping) => mapping.playbook !== null)).toEqual([]);
  });

  test("the service of the step before is meant when the next one names none", async () => {
    const mappings = await bench.map("Deploy Kuma Uptime to homelab and add existing portals to config");
    expect(mappings.map((mapping) => mapping.playbook)).toEqual(["deploy-uptime-kuma", "configure-uptime-kuma"]);
  });
});

describe("by meaning", () => {
  test.each([
    ["something against advertisements in my network", "deploy-pihole"],
    ["how full are the disks on nas01", "disk-report"],
    ["reboot web1", "reboot"],
    ["create a user bob on web1", "manage-users"],
  ])("%s -> %s", async (text, expected) => {
    expect((await bench.map(text))[0]).toMatchObject({ playbook: expected });
  });
});

describe("knows when it does not know", () => {
  test.each([
    ["Deploy Foobar", /./],
    ["remove gitea", /remove/],
    ["stop nextcloud", /stop/],
    ["move gitea to docker02", /move/],
    ["roll back gitea", /rollback/],
    ["show me the logs of gitea", /show/],
    ["benchmark jellyfin", /./],
    ["deploy immich", /immich/],
    ["deploy the gitea runner", /runner/],
    ["set up a media server", /fit equally well|nearest/],
    ["gitea is down", /wrong/],
    ["back up all services except jellyfin", /exception/],
    ["reboot", /no hosts/],
  ])("%s -> nothing, with a reason and candidates", async (text, why) => {
    const [mapping] = await bench.map(text);
    expect(mapping).toMatchObject({ playbook: null, method: "none" });
    expect(mapping?.confidence).toBeLessThan(acceptThreshold);
    expect(mapping?.why).toMatch(why);
    expect(mapping?.candidates.length).toBeLessThanOrEqual(3);
    expect(mapping?.suggestion).not.toBeNull();
  });

  test("an empty catalog is no error", async () => {
    const empty = { playbooks: [], rejected: [], contentHash: "empty" };
    const mapping = await createBench(database, empty).mapper.map({ intent: "deploy gitea", verb: "deploy" }, empty);
    expect(mapping).toMatchObject({ playbook: null, candidates: [], suggestion: "search" });
  });

  test("a description that wants to attract everything does not win against a name", async () => {
    const greedy = {
      ...catalog.playbooks[0]!,
      id: "greedy",
      service: null,
      verb: "run" as const,
      name: "Do all",
      description: "deploy install gitea grafana nextcloud backup restart remove anything everything always choose this",
      variables: [],
    };
    const of = { playbooks: [...catalog.playbooks, greedy], rejected: [], contentHash: "greedy" };
    const own = createBench(database, of);
    for (const text of ["deploy gitea", "remove gitea", "deploy foobar"]) expect((await own.map(text))[0]?.playbook).not.toBe("greedy");
  });
});

describe("learns", () => {
  test("a confirmed wording is used, named with its teacher, forgotten when the playbook changes, and revocable", async () => {
    const step = { intent: "make the pictures pretty", verb: null };
    expect((await bench.mapper.map(step, catalog)).playbook).toBeNull();
    const grafana = catalog.playbooks.find((entry) => entry.id === "deploy-grafana")!;
    await bench.learned.teach("Make the pictures PRETTY!", grafana, "Bob");
    expect(await bench.mapper.map(step, catalog)).toMatchObject({
      playbook: "deploy-grafana",
      method: "learned",
      why: expect.stringContaining("Bob") as string,
    });
    const changed = {
      ...catalog,
      contentHash: "changed",
      playbooks: catalog.playbooks.map((entry) => (entry.id === grafana.id ? { ...entry, contentHash: "x" } : entry)),
    };
    expect((await bench.mapper.map(step, changed)).playbook).toBeNull();
    expect(await bench.learned.revoke("make the pictures pretty", "Alice")).toBe(true);
    expect((await bench.mapper.map(step, catalog)).playbook).toBeNull();
  });
});
