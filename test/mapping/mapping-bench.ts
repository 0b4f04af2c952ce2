import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Database } from "../../src/db/database.ts";
import { openEmptyDatabase } from "../helpers/empty-database.ts";
import { createBuiltInEmbedder } from "../../src/mapping/built-in-embedder.ts";
import { inventoryNames, type InventoryNames } from "../../src/mapping/inventory-names.ts";
import { createLearnedMappings } from "../../src/mapping/learned-mappings.ts";
import type { Mapping } from "../../src/mapping/mapping.ts";
import { createPlaybookIndex } from "../../src/mapping/playbook-index.ts";
import type { Playbook, PlaybookCatalog, PlaybookVariable } from "../../src/mapping/playbook.ts";
import { catalogOf } from "../../src/mapping/catalog.ts";
import { createTaskMapper } from "../../src/mapping/task-mapper.ts";
import { createRulePlanner } from "../../src/planner/rule-planner.ts";
import { separateSteps } from "../../src/orchestrator/separate-steps.ts";
import type { RequestedStep } from "../../src/planner/decomposition.ts";
import { createVocabulary, type Vocabulary } from "../../src/planner/vocabulary.ts";

export async function openTestDatabase(): Promise<Database> {
  const database = await openEmptyDatabase();
  return database;
}

/** A catalog that people say things about: what the product reads and maps of it, with the built-in embedder. Close its database at the end. */
export async function openMapper(
  catalog: PlaybookCatalog,
  inventory: InventoryNames,
): Promise<{
  readonly database: Database;
  readonly vocabulary: Vocabulary;
  read(text: string): Promise<readonly { readonly step: RequestedStep; readonly mapping: Mapping }[]>;
}> {
  const database = await openTestDatabase();
  const embedder = createBuiltInEmbedder();
  const mapper = createTaskMapper({ index: createPlaybookIndex({ database, embedder, repo: "tests" }), embedder });
  const vocabulary = createVocabulary(catalog);
  const planner = createRulePlanner({ inventory, vocabulary });
  return {
    database,
    vocabulary,
    async read(text) {
      const { steps } = await planner.decompose(text);
      const separate = await separateSteps(steps, { catalog, inventory, vocabulary }, mapper);
      return Promise.all(separate.map(async (step) => ({ step, mapping: await mapper.map(step, catalog) })));
    },
  };
}

/** A repo of the given files in a temp folder. */
export function makeRepo(files: Readonly<Record<string, string>>): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "chiffon-repo-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function git(path: string, ...args: string[]): void {
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd: path, stdio: "ignore" });
}

export function playbook(facts: Partial<Playbook> & Pick<Playbook, "id" | "verb">): Playbook {
  return {
    path: `${facts.id}.yml`, kind: "playbook", name: facts.id, service: null, description: "", variables: [], tags: [], hosts: ["all"],
    playNames: [], taskNames: [], contentHash: `hash of ${facts.id}`, repeatSafe: false, ...facts,
  }; // prettier-ignore
}

export function variable(name: string, facts: Partial<PlaybookVariable> = {}): PlaybookVariable {
  return { name, required: false, type: "str", secret: false, source: "argument_spec", ...facts };
}

export const inventory: InventoryNames = inventoryNames({
  homelab: ["lab01"], docker: ["docker01", "docker02"], nas: ["nas01"], monitoring: ["mon01"], web: ["web1", "web2"], db: ["db01"], edge: ["edge01"], staging: ["stage01"],
}); // prettier-ignore

const service = (name: string, title: string, description: string): Playbook =>
  playbook({
    id: `deploy-${name}`, verb: "deploy", name: `Deploy ${title}`, service: name, description, tags: [name],
    variables: [variable(`${name.replaceAll("-", "_")}_port`, { type: "int" }), variable(`${name.replaceAll("-", "_")}_version`), variable(`${name.replaceAll("-", "_")}_hostname`)],
  }); // prettier-ignore

/** A small homelab as a catalog. */
export const catalog: PlaybookCatalog = catalogOf({
  rejected: [],
  playbooks: [
    service("uptime-kuma", "Uptime Kuma", "Status page that watches the other services."),
    playbook({ id: "configure-uptime-kuma", verb: "configure", name: "Configure the monitors of Uptime Kuma", service: "uptime-kuma", description: "Add the existing portals to the configuration of Uptime Kuma as monitors.", tags: ["portals"] }),
    playbook({ id: "remove-uptime-kuma", verb: "remove", name: "Remove Uptime Kuma", service: "uptime-kuma", description: "Remove Uptime Kuma with its history." }),
    service("gitea", "Gitea", "Git server with a web page."),
    service("grafana", "Grafana", "Dashboards for measurements."),
    service("nextcloud", "Nextcloud", "Private cloud for files, calendars and contacts."),
    service("pihole", "Pi-hole", "DNS server that blocks advertisements."),
    service("jellyfin", "Jellyfin", "Media server for films and series."),
    service("emby", "Emby", "Media server for films and series."),
    playbook({ id: "backup-service", verb: "backup", name: "Back up one service", description: "Back up one service into an archive.", variables: [variable("backup_service", { required: true })] }),
    playbook({ id: "restart-service", verb: "restart", name: "Restart one service", description: "Restart one service.", variables: [variable("restart_service", { required: true })] }),
    playbook({ id: "update-service", verb: "update", name: "Update one service", description: "Update one service to the newest image.", variables: [variable("update_service", { required: true }), variable("update_version")] }),
    playbook({ id: "reboot", verb: "reboot", name: "Reboot hosts", description: "Restart whole machines." }),
    playbook({ id: "disk-report", verb: "show", name: "Report disk usage", description: "Report how full the disks are, without changing anything." }),
    playbook({ id: "manage-users", verb: "configure", name: "Manage users", description: "Add or remove one person with an account.", variables: [variable("user_name", { required: true }), variable("user_state"), variable("user_sudo", { type: "bool" })] }),
  ],
}); // prettier-ignore

/** Planner and mapper on a real database, with the built-in embedder. */
export function createBench(database: Database, of: PlaybookCatalog = catalog) {
  const embedder = createBuiltInEmbedder();
  const repo = of.contentHash;
  const index = createPlaybookIndex({ database, embedder, repo });
  const learned = createLearnedMappings({ database, repo });
  const mapper = createTaskMapper({ index, embedder, learned });
  const vocabulary = createVocabulary(of);
  const planner = createRulePlanner({ inventory, vocabulary });
  return {
    index, learned, mapper, planner, vocabulary,
    async map(text: string) {
      const { steps } = await planner.decompose(text);
      return Promise.all(steps.map((step) => mapper.map(step, of)));
    },
  }; // prettier-ignore
}
