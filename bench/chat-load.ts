import { execFileSync, fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { benchEnvironment, home, pause, temporaryFolder } from "./bench-app.ts";
import { keepInGit } from "./bench-repo.ts";
import type { ChatFigures, FromBot, ToBot } from "./chat-messages.ts";
import { acknowledgeMs, type Asked, type Crowd } from "./chat-crowd.ts";
import { aimFor, type Comparison, type Row } from "./comparison.ts";
import { discordCrowd } from "./discord-crowd.ts";
import { slackCrowd } from "./slack-crowd.ts";
import { percentile, rounded, summaryOf } from "./statistics.ts";

const channels = 5;
/** Without a new answer for so long, the rest is taken for lost. */
const silenceMs = 60_000;
const services = [
  "gitea",
  "jellyfin",
  "caddy",
  "pihole",
  "grafana",
  "nextcloud",
  "vaultwarden",
  "prometheus",
  "uptime kuma",
  "home assistant",
];

export const chatLoad: Comparison = {
  name: "chat-load",
  title: "200 requests in 20 threads at once: all acknowledged, none lost; beside a bare bot of the same SDK",
  runs: 1,
  async measure({ runs, quick, say }) {
    const rows: Row[] = [];
    const notes: string[] = [];
    for (const open of [slackCrowd, discordCrowd])
      for (const limits of quick ? [false] : [false, true]) {
        const size = quick ? { threads: 4, each: 2 } : { threads: 20, each: 10 };
        const ours = newFigures();
        const bare = newFigures();
        let name = "";
        for (let round = 0; round < runs; round += 1) {
          for (const side of round % 2 === 0 ? [bare, ours] : [ours, bare]) {
            const crowd = await open({ threads: size.threads, channels, limits });
            name = `${crowd.name}${limits ? ", its limits on" : ""}`;
            say(`${name}: ${side === ours ? "Chiffon" : "a bare bot"}`);
            await measureBot(crowd, size, { bare: side === bare, limits }, side);
          }
        }
        const row = (what: string, key: "acknowledged" | "answered"): Row => {
          const [mine, theirs] = [summaryOf(ours[key]), summaryOf(bare[key])];
          const ratio = rounded(mine.median / theirs.median, 3);
          const other = { name: `a bare ${crowdSdk(name)} bot`, summary: theirs };
          return {
            case: `${name}: ${what}`,
            unit: "ms",
            ours: mine,
            other,
            ratio,
            bestRatio: rounded(mine.min / theirs.min, 3),
            aim: null,
          };
        };
        const acknowledged = row("acknowledged", "acknowledged");
        rows.push({ ...acknowledged, aim: aimFor("max", acknowledgeMs, acknowledged) }, row("message to card", "answered"));
        const form = {
          case: `${name}: Edit to its form`,
          unit: "ms" as const,
          ours: summaryOf(ours.forms),
          other: null,
          ratio: null,
          bestRatio: null,
        };
        rows.push({ ...form, aim: aimFor("max", acknowledgeMs, form) });
        const note = noteOf(name, ours);
        notes.push(note);
        say(note);
      }
    return { rows, notes };
  },
};

interface Figures {
  readonly acknowledged: number[];
  readonly answered: number[];
  readonly forms: number[];
  readonly last: ChatFigures[];
  asked: number;
  /** Requests without an answer in their thread, forms that did not come, and whatever the platform complains of. */
  readonly missed: string[];
}

function newFigures(): Figures {
  return { acknowledged: [], answered: [], forms: [], last: [], asked: 0, missed: [] };
}

async function measureBot(
  crowd: Crowd,
  size: { readonly threads: number; readonly each: number },
  { bare, limits }: { readonly bare: boolean; readonly limits: boolean },
  into: Figures,
): Promise<void> {
  const folder = temporaryFolder();
  const bot = startBot(crowd, folder.path, bare, limits);
  try {
    await bot.ready;
    await crowd.connected();
    const threads = Array.from({ length: size.threads }, (_, index) => index);
    const asked = threads.map((thread): Asked[] => [crowd.ask(thread, textOf(thread, 0))]);
    await Promise.all(threads.map((thread) => crowd.opened(thread)));
    for (let number = 1; number < size.each; number += 1)
      for (const thread of threads) asked[thread]?.push(crowd.ask(thread, textOf(thread, number)));
    into.asked += size.threads * size.each;
    const forms = bare ? Promise.resolve() : pressWhereItCanBe(crowd, threads, into);
    await untilAnswered(crowd, threads, size.each);
    await forms;
    into.last.push(await bot.figures());
    for (const thread of threads) {
      const answers = crowd.answers(thread);
      for (const [index, one] of (asked[thread] ?? []).entries()) {
        const answer = answers[index];
        if (answer === undefined) into.missed.push(`no answer to "${one.text}"`);
        else into.answered.push(answer.at - one.at);
      }
    }
    into.acknowledged.push(...crowd.acknowledged());
    into.missed.push(...crowd.problems());
  } finally {
    await bot.stop();
    await crowd.stop();
    folder.remove();
  }
}

async function untilAnswered(crowd: Crowd, threads: readonly number[], each: number): Promise<void> {
  let [seen, last] = [0, Date.now()];
  while (Date.now() - last < silenceMs) {
    const counts = threads.map((thread) => crowd.answers(thread).length);
    if (counts.every((count) => count >= each)) return;
    const all = counts.reduce((sum, count) => sum + count, 0);
    if (all > seen) [seen, last] = [all, Date.now()];
    await pause(50);
  }
}

/** One press of Edit in each thread, while the rest is still worked on: the form has to come in time as well. */
async function pressWhereItCanBe(crowd: Crowd, threads: readonly number[], into: Figures): Promise<void> {
  await Promise.all(
    threads.map(async (thread) => {
      const until = Date.now() + silenceMs;
      while (crowd.answers(thread).length === 0 && Date.now() < until) await pause(20);
      const waited = await crowd.pressEdit(thread);
      if (waited === null) into.missed.push(`thread ${thread}: the form did not come within ${acknowledgeMs} ms`);
      else into.forms.push(waited);
    }),
  );
}

function startBot(crowd: Crowd, folder: string, bare: boolean, limits: boolean) {
  const repo = join(folder, "homelab");
  const dataDir = join(folder, "data");
  const env = { ...benchEnvironment(), CHIFFON_REPO: repo, CHIFFON_DATA_DIR: dataDir, CHIFFON_WEB_PORT: "0", ...crowd.environment };
  if (!bare) {
    cpSync(join(home, "examples", "homelab"), repo, { recursive: true, preserveTimestamps: true });
    keepInGit(repo);
    mkdirSync(dataDir, { mode: 0o700 });
    execFileSync(join(home, "bin", "chiffon"), ["runs"], { cwd: repo, env, stdio: "ignore" });
  }
  const program = join(import.meta.dirname, bare ? "bare-bot.ts" : "chat-bot.ts");
  const child = fork(program, limits ? [] : ["no-pace"], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", bare ? "ignore" : "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  return {
    ready: heard(child, "ready"),
    async figures(): Promise<ChatFigures> {
      const answer = heard(child, "figures");
      child.send("figures" satisfies ToBot);
      const message = await answer;
      if (message.kind !== "figures") throw new Error("the bot said something else");
      return message.figures;
    },
    async stop(): Promise<void> {
      if (child.exitCode === null && child.connected) child.send("stop" satisfies ToBot);
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

function heard(child: ChildProcess, kind: FromBot["kind"]): Promise<FromBot> {
  return new Promise((resolve, reject) => {
    const listen = (message: FromBot): void => {
      if (message.kind !== kind) return;
      child.off("message", listen);
      resolve(message);
    };
    child.on("message", listen);
    child.once("exit", (code) => reject(new Error(`the bot ended with ${code}`)));
  });
}

/** No two requests of a thread name the same work. */
function textOf(thread: number, number: number): string {
  const service = services[(thread + number) % services.length] ?? "";
  return `deploy ${service}`;
}

function crowdSdk(name: string): string {
  return name.startsWith("Slack") ? "Bolt" : "discord.js";
}

function noteOf(name: string, { last, missed, acknowledged, asked, answered, forms }: Figures): string {
  const loop = last.map((one) => `p99 ${rounded(one.loopDelay.p99)} ms, longest ${rounded(one.loopDelay.max)} ms`).join("; ");
  const [requests, plans, runs] = (["requests", "plans", "runs"] as const).map((key) => last.reduce((sum, one) => sum + one[key], 0));
  const lost = missed.length === 0 ? "nothing missed" : `${missed.length} MISSED: ${[...new Set(missed)].slice(0, 3).join("; ")}`;
  return [
    `${name}: ${asked} requests, ${requests} stored, ${answered.length} answered (${plans} plan versions, ${runs} runs), ${forms.length} forms; ${lost}`,
    `${acknowledged.length} acknowledgements, p99 ${rounded(percentile(acknowledged, 99))} ms; event loop: ${loop}`,
  ].join("; ");
}
