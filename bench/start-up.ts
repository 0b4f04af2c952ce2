import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { home, benchEnvironment, pause, temporaryFolder } from "./bench-app.ts";
import { aimFor, type Aim, type Comparison, type Row } from "./comparison.ts";
import { timeProgram } from "./run-program.ts";
import { summaryOf } from "./statistics.ts";

const command = join(home, "bin", "chiffon");
const longestStartMs = 120_000;

export const startUp: Comparison = {
  name: "start-up",
  title: "start to ready (/health answers), first and second time; short commands",
  runs: 5,
  async measure({ runs, quick, say }) {
    const times = {
      version: [] as number[],
      first: [] as number[],
      second: [] as number[],
      runsAlone: [] as number[],
      runsThroughOwner: [] as number[],
    };
    for (let round = 0; round <= runs; round += 1) {
      const folder = temporaryFolder();
      try {
        const port = await freePort();
        const env = {
          ...benchEnvironment(),
          CHIFFON_DATA_DIR: join(folder.path, "data"),
          CHIFFON_WEB_PORT: String(port),
          CHIFFON_LOG_LEVEL: "error",
        };
        const time = async (args: readonly string[]): Promise<number> => {
          const { milliseconds, exitCode } = await timeProgram(command, args, { cwd: folder.path, env });
          if (exitCode !== 0) throw new Error(`chiffon ${args.join(" ")} ended with ${exitCode}`);
          return milliseconds;
        };
        const round1 = { version: await time(["--version"]), first: 0, second: 0, runsAlone: 0, runsThroughOwner: 0 };
        if (!quick) {
          say(`round ${round} of ${runs}`);
          const first = await startAndWait(env, port, folder.path);
          round1.first = first.milliseconds;
          await end(first.child);
          const second = await startAndWait(env, port, folder.path);
          round1.second = second.milliseconds;
          round1.runsThroughOwner = await time(["runs"]);
          await end(second.child);
          round1.runsAlone = await time(["runs"]);
        }
        // The first round fills the file cache and Node's compile cache.
        if (round > 0) for (const key of Object.keys(times) as (keyof typeof times)[]) times[key].push(round1[key]);
      } finally {
        folder.remove();
      }
    }
    const row = (name: string, values: readonly number[], limit?: number): Row => {
      const measured = { case: name, unit: "ms" as const, ours: summaryOf(values), other: null, ratio: null, bestRatio: null };
      const aim: Aim | null = limit === undefined ? null : aimFor("median", limit, measured);
      return { ...measured, aim };
    };
    const version = row("chiffon --version", times.version);
    if (quick) return { rows: [version], notes: ["quick: no start was measured"] };
    return {
      rows: [
        row("first start (new data folder) to ready", times.first),
        row("second start to ready", times.second, 3_000),
        version,
        row("chiffon runs, no other process", times.runsAlone),
        row("chiffon runs, through the running one", times.runsThroughOwner),
      ],
      notes: [],
    };
  },
};

async function startAndWait(
  env: Readonly<Record<string, string>>,
  port: number,
  cwd: string,
): Promise<{ readonly milliseconds: number; readonly child: ChildProcess }> {
  const begun = performance.now();
  const child = spawn(command, ["start"], { cwd, env: { ...env }, stdio: "ignore" });
  try {
    while (performance.now() - begun < longestStartMs) {
      if (child.exitCode !== null) throw new Error(`chiffon start ended with ${child.exitCode}`);
      const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
      await answer?.arrayBuffer();
      if (answer?.status === 200) return { milliseconds: performance.now() - begun, child };
      await pause(10);
    }
    throw new Error("chiffon start was not ready in time");
  } catch (error) {
    await end(child);
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGINT");
  const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await exited;
  clearTimeout(late);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
