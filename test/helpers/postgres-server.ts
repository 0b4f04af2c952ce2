import { spawn, type ChildProcess } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import pg from "pg";

export interface PostgresServer {
  readonly url: string;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A server in a temporary folder, on a socket only. It runs under a shell that ends it and removes the folder as soon as this process is gone,
 * however that happened: nothing is left behind.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = postgresFolder();
  const account = serverAccount();
  const folder = mkdtempSync(join(tmpdir(), "chiffon-pg-"));
  if (account !== null) chownSync(folder, account.uid, account.gid);
  const url = `postgres:///postgres?host=${encodeURIComponent(folder)}&user=postgres`;
  const start = async (first: boolean): Promise<ChildProcess> => {
    const child = spawn("sh", ["-c", serverScript, "sh", bin, folder, first ? "init" : "again"], {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8", TZ: "UTC" },
      stdio: ["pipe", "ignore", "pipe"],
      ...account,
    });
    await answered(child, url);
    return child;
  };
  let child = await start(true);
  const end = async (remove: boolean): Promise<void> => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.stdin?.end(remove ? "" : "keep\n");
    if (child.exitCode === null) await ended;
    if (remove) rmSync(folder, { recursive: true, force: true });
  };
  return {
    url,
    async restart() {
      await end(false);
      child = await start(false);
    },
    stop: () => end(true),
  };
}

/** Arguments: folder of the programs, data folder, `init` or `again`. Ends the server when its standard input ends. */
const serverScript = `
"$1/initdb" -D "$2/data" -U postgres --auth=trust --no-sync --no-locale --encoding=UTF8 >"$2/log" 2>&1 || [ "$3" = again ] || { cat "$2/log" >&2; exit 1; }
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off \\
  -c max_connections=60 -c shared_buffers=32MB -c timezone=UTC -c deadlock_timeout=200ms >>"$2/log" 2>&1 </dev/null &
server=$!
trap '' INT TERM HUP
read -r word
kill -INT $server
wait $server
[ "$word" = keep ] || rm -rf "$2/data" "$2/log"
`;

async function answered(child: ChildProcess, url: string): Promise<void> {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const end = Date.now() + 60_000;
  while (!(await connects(url))) {
    if (child.exitCode !== null) throw new Error(`the PostgreSQL server of the tests did not start: ${said}`);
    if (Date.now() > end) throw new Error("the PostgreSQL server of the tests did not start within a minute");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function connects(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function postgresFolder(): string {
  const versions = "/usr/lib/postgresql";
  const installed = existsSync(versions) ? readdirSync(versions).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [...installed.map((version) => join(versions, version, "bin")), ...(process.env["PATH"] ?? "").split(delimiter)];
  const found = folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
  if (found === undefined) {
    throw new Error(
      "the tests need a PostgreSQL server: `npm test` installs it as root; else `sudo apt-get install postgresql` (no service is used)",
    );
  }
  return found;
}

/** PostgreSQL refuses to run as root: the account of the package, else nobody. Null: we are an ordinary user already. */
function serverAccount(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const lines = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":")); // prettier-ignore
  const entry = lines.find(([name]) => name === "postgres") ?? lines.find(([name]) => name === "nobody");
  if (entry === undefined) throw new Error("the tests run PostgreSQL as the account postgres or nobody; there is neither");
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}
