import { existsSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { verifyAudit } from "../audit/verify.ts";
import type { Config } from "../config.ts";
import { messageOf } from "../errors.ts";
import { carefulCalibration } from "../mapping/careful-calibration.ts";
import { embedderSources } from "../mapping/embedder-sources.ts";
import { restText } from "../planner/model/find-model.ts";
import { deadNames } from "../policy/dead-names.ts";
import { backEndCheck } from "./back-end-check.ts";
import type { CommandApp } from "./command.ts";
import { externalModelStatus, externalModelText } from "./external-model-status.ts";

export interface Check {
  readonly part: string;
  readonly ok: boolean;
  readonly text: string;
  /** How to mend it, or what to know. */
  readonly help: string | null;
}

/** What `doctor` says of each part. */
export async function lookAtEverything(app: CommandApp): Promise<readonly Check[]> {
  const { config } = app;
  return Promise.all([
    program("ansible", "ansible-playbook", "Install it: apt install ansible-core"),
    check(
      "back end",
      async () => backEndCheck(config.settings, join(config.dataDir, "agent")),
      "Install it, or change `ansible:` in chiffon.yml. Until then every run is refused.",
    ),
    program("ansible-lint", "ansible-lint", "Install it: apt install ansible-lint. Without it there are no suggestions."),
    program("git", "git", "Install it: apt install git"),
    check(
      "repo",
      async () => {
        const catalog = await app.catalog({ refresh: true });
        const text = `${config.repo}: ${catalog.playbooks.length} playbooks, ${catalog.rejected.length} ${catalog.rejected.length === 1 ? "file" : "files"} not usable`;
        if (catalog.playbooks.length === 0) throw new Error(text);
        return { text, help: catalog.rejected[0] === undefined ? null : `${catalog.rejected[0].path}: ${catalog.rejected[0].reason}` };
      },
      "Set CHIFFON_REPO to the folder of your Ansible repo.",
    ),
    check(
      "inventory",
      async () => {
        const { hosts, groups } = await app.inventoryNames();
        return { text: `${hosts.length} hosts in ${Object.keys(groups).length} groups`, help: null };
      },
      "Run `ansible-inventory --list` in the repo and mend what it says.",
    ),
    check(
      "policy",
      async () => {
        const { policy } = config.settings;
        if (policy === undefined)
          return { text: "none: only the local owner decides", help: "Who else may is said in chiffon.yml: docs/policy.md" };
        const dead = deadNames(policy, ...(await Promise.all([app.catalog(), app.inventoryNames()])));
        if (dead.length > 0) throw new Error(dead.slice(0, 5).join("; "));
        return { text: `${policy.rules.length} rules, ${policy.people.length} people, ${policy.groups.length} groups`, help: null };
      },
      "A rule with a wrong name matches nothing, and a later one decides. Correct it in chiffon.yml.",
    ),
    check(
      "database",
      async () => {
        await app.database.query("select 1");
        if (app.database.kind === "pglite")
          return {
            text: `embedded, in ${join(config.dataDir, "db")}`,
            help: "It survives a killed process, not a power cut; PostgreSQL (DATABASE_URL) survives both.",
          };
        return {
          text: "PostgreSQL",
          help: app.database.hasVectors
            ? null
            : "It has no pgvector: playbooks are searched in process. Install the extension for large repos.",
        };
      },
      "Look at DATABASE_URL, or remove it to use the embedded database.",
    ),
    check(
      "audit",
      async () => {
        const result = await verifyAudit(app.database, app.trail);
        if (!result.ok) throw new Error(`broken at entry ${result.badEntry}: ${result.reason}`);
        return { text: `${result.entries} entries, ${result.commits} commits`, help: null };
      },
      "`chiffon audit verify` names the entry. Compare with a backup.",
    ),
    check(
      "data folder",
      async () => {
        const disk = statfsSync(config.dataDir);
        const freeMb = Math.floor((disk.bavail * disk.bsize) / 1024 / 1024);
        if (freeMb < 500) throw new Error(`${config.dataDir}: only ${freeMb} MB are free`);
        return {
          text: `${config.dataDir}, ${freeMb} MB free`,
          help: existsSync(join(config.dataDir, "approval.key")) ? null : "The approval key is missing.",
        };
      },
      "Free some space, or name another folder in CHIFFON_DATA_DIR.",
    ),
    check(
      "chat",
      async () => {
        const platforms = [config.slack === undefined ? [] : ["Slack"], config.discord === undefined ? [] : ["Discord"]].flat();
        const lost = await app.database.query<{ platform: string; error: string | null; count: number }>(
          `select conversation.platform, outbox_message.last_error as error, count(*) as count
           from outbox_message join conversation on conversation.id = outbox_message.conversation_id
           where outbox_message.created_at > chiffon.now() - interval '1 day' and (outbox_message.state = 'given_up'
             or outbox_message.state = 'waiting' and outbox_message.attempts > 0 and outbox_message.created_at < chiffon.now() - interval '1 minute')
           group by 1, 2 order by 3 desc limit 5`,
        );
        if (lost.length > 0)
          throw new Error(lost.map((one) => `${one.platform}: ${one.count} not delivered (${one.error ?? "no answer"})`).join("; "));
        return {
          text: platforms.length === 0 ? "terminal and web page" : `terminal, web page, ${platforms.join(", ")}`,
          help: platforms.length === 0 ? "`chiffon setup slack` and `chiffon setup discord` say how to add them." : null,
        };
      },
      "The log says more. `chiffon setup slack --check` and `chiffon setup discord --check` ask the platform.",
    ),
    check(
      "model",
      async () => modelCheck(app),
      "Start Ollama there, correct OLLAMA_HOST, give a slow one more time (planner.local_seconds), or set CHIFFON_MODEL=none. Meanwhile the rules plan.",
    ),
    check("embedder", async () => embedderCheck(config), "Mend it, or remove its setting. Meanwhile the built-in embedder searches."),
  ]);
}

async function modelCheck(app: CommandApp): Promise<{ text: string; help: string | null }> {
  const external = await externalModelStatus(app);
  const local = await localModelCheck(app);
  if (external === null) return local;
  if (external.resting !== null) throw new Error(externalModelText(external));
  return { ...local, text: `${local.text}; external: ${externalModelText(external)}` };
}

async function localModelCheck({ models }: CommandApp): Promise<{ text: string; help: string | null }> {
  const status = await models.status({ again: true });
  switch (status.kind) {
    case "off":
      return { text: "none: the rules plan", help: null };
    case "ready":
      if (status.resting !== null) throw new Error(`${status.model} on ${status.host}: ${restText(status.resting)}`);
      return { text: `${status.model} on ${status.host}`, help: null };
    case "missing":
      return { text: `Ollama at ${status.host} does not have ${status.model}: the rules plan`, help: "`chiffon models pull` gets it." };
    case "no_server":
      if (status.named) throw new Error(`no Ollama answers at ${status.host}`);
      return {
        text: "none found: the rules plan",
        help: "With Ollama on this machine, or OLLAMA_HOST, a local model plans: docs/models.md",
      };
  }
}

async function embedderCheck({ embedder }: Config): Promise<{ text: string; help: string | null }> {
  const [best] = embedder === undefined ? [] : embedderSources(embedder);
  if (best === undefined) return { text: "built-in", help: "`chiffon setup embedder` fetches a larger one (24 MB, once): docs/models.md" };
  const { name, version, dimensions, calibration } = await best.open();
  const careful = calibration === carefulCalibration;
  return {
    text: `${best.title} (${name}/${version}, ${dimensions} numbers a text)`,
    help: careful
      ? "It was not measured: Chiffon asks more often than with the built-in one. `npm run calibrate-embedder -- FOLDER` measures it."
      : null,
  };
}

function program(part: string, name: string, help: string): Promise<Check> {
  return check(
    part,
    async () => {
      const said = stripVTControlCharacters(
        (await execa(name, ["--version"], { timeout: 30_000, stdin: "ignore", env: { NO_COLOR: "1" } })).stdout,
      );
      return { text: said.split("\n")[0] ?? "", help: null };
    },
    help,
  );
}

async function check(part: string, work: () => Promise<{ text: string; help: string | null }>, help: string): Promise<Check> {
  try {
    return { part, ok: true, ...(await work()) };
  } catch (error) {
    return { part, ok: false, text: messageOf(error).split("\n")[0] ?? "", help };
  }
}
