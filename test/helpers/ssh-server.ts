import { execFileSync, spawn } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { freePort } from "./e2e-house.ts";

export interface SshServer {
  readonly port: number;
  /** Private keys: one that it knows, one that it does not. */
  readonly key: string;
  readonly strangeKey: string;
  stop(): void;
}

const program = "/usr/sbin/sshd";
const privileges = "/run/sshd";

/** An sshd of this account's own on a port of this machine; null where none is installed. */
export async function startSshServer(): Promise<SshServer | null> {
  if (!existsSync(program)) return null;
  const folder = mkdtempSync(join(tmpdir(), "chiffon-sshd-"));
  for (const name of ["host", "known", "strange"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  copyFileSync(join(folder, "known.pub"), join(folder, "authorized"));
  chmodSync(join(folder, "authorized"), 0o600);
  const port = await freePort();
  const settings = {
    ListenAddress: "127.0.0.1", Port: port, HostKey: join(folder, "host"), AuthorizedKeysFile: join(folder, "authorized"), PidFile: "none",
    UsePAM: "no", StrictModes: "no", PasswordAuthentication: "no", KbdInteractiveAuthentication: "no", AllowUsers: userInfo().username,
    Subsystem: "sftp internal-sftp",
  }; // prettier-ignore
  writeFileSync(join(folder, "config"), Object.entries(settings).map(([name, value]) => `${name} ${value}\n`).join("")); // prettier-ignore
  // Only as root it wants this folder, which a service manager would make.
  const makes = userInfo().uid === 0 && !existsSync(privileges);
  if (makes) mkdirSync(privileges, { mode: 0o755 });
  const server = spawn(program, ["-D", "-e", "-f", join(folder, "config")], { stdio: "ignore" });
  await listening(port);
  return {
    port,
    key: join(folder, "known"),
    strangeKey: join(folder, "strange"),
    stop() {
      server.kill();
      rmSync(folder, { recursive: true, force: true });
      if (makes) rmSync(privileges, { recursive: true, force: true });
    },
  };
}

async function listening(port: number): Promise<void> {
  const end = Date.now() + 20_000;
  for (;;) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ host: "127.0.0.1", port });
      socket.once("connect", () => (socket.destroy(), resolve(true))).once("error", () => resolve(false));
    });
    if (answered) return;
    if (Date.now() > end) throw new Error("the ssh server of the test does not answer");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
