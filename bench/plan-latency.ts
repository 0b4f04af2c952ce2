import { cpSync } from "node:fs";
import { join } from "node:path";
import { home, openBenchApp, temporaryFolder } from "./bench-app.ts";
import { keepInGit, makeLargeRepo } from "./bench-repo.ts";
import { aimFor, type Comparison, type Row } from "./comparison.ts";
import { summaryOf } from "./statistics.ts";

const services = [
  "uptime kuma",
  "gitea",
  "jellyfin",
  "caddy",
  "pihole",
  "grafana",
  "nextcloud",
  "vaultwarden",
  "prometheus",
  "home assistant",
];
const sentences = [
  "deploy {service}",
  "please deploy {service}",
  "could you install {service} for me?",
  "restart {service}",
  "back up {service} and then update it",
  "update {service} to the newest version",
  "remove {service}",
  "set up {service}, then show me a disk report of all hosts",
  "deploy {service} and renew the certificates",
  "hey, please configure {service} and restart caddy afterwards",
  "rotate the logs, and deploy {service}",
];

export const planLatency: Comparison = {
  name: "plan-latency",
  title: "request to plan card, in a running app",
  runs: 1,
  async measure({ runs, quick, say }) {
    const folder = temporaryFolder();
    try {
      const homelab = join(folder.path, "homelab");
      cpSync(join(home, "examples", "homelab"), homelab, { recursive: true, preserveTimestamps: true });
      keepInGit(homelab);
      const texts = sentences.flatMap((sentence) => services.map((service) => sentence.replace("{service}", service)));
      const rows: Row[] = [];
      const notes: string[] = [];
      const small = await measureRepo("examples/homelab", homelab, join(folder.path, "data-1"), quick ? texts.slice(0, 10) : texts, runs);
      rows.push(small.row);
      notes.push(small.note);
      if (!quick) {
        say("a catalog of 100 playbooks");
        const large = join(folder.path, "large");
        const measured = await measureRepo("a catalog of 100 playbooks", large, join(folder.path, "data-2"), makeLargeRepo(large), runs);
        rows.push(measured.row);
        notes.push(measured.note);
      }
      return { rows, notes };
    } finally {
      folder.remove();
    }
  },
};

async function measureRepo(
  name: string,
  repo: string,
  dataDir: string,
  texts: readonly string[],
  rounds: number,
): Promise<{ row: Row; note: string }> {
  const bench = await openBenchApp(repo, dataDir);
  try {
    await bench.plan(texts[0] ?? "");
    const times: number[] = [];
    const kinds = new Map<string, number>();
    for (let round = 0; round < rounds; round += 1) {
      for (const text of texts) {
        const { card, milliseconds } = await bench.plan(text);
        times.push(milliseconds);
        kinds.set(card.kind, (kinds.get(card.kind) ?? 0) + 1);
      }
    }
    const row = { case: name, unit: "ms" as const, ours: summaryOf(times), other: null, ratio: null, bestRatio: null };
    const cards = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(", ");
    return { row: { ...row, aim: aimFor("p95", 150, row) }, note: `${name}: ${texts.length} different sentences; cards: ${cards}` };
  } finally {
    await bench.stop();
  }
}
