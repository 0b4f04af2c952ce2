import { lstat, stat } from "node:fs/promises";
import { isAbsolute, join, normalize, resolve } from "node:path";
import { AppError } from "../../errors.ts";
import type { Environment } from "./environment.ts";
import { readRegularFile } from "./regular-file.ts";

/** The configuration that ansible would use in a repo: the repo's own, else what the environment names, else the account's, else the machine's. */
export interface EffectiveConfig {
  /** Absolute; null: ansible's defaults. */
  readonly file: string | null;
  readonly text: string;
  readonly inRepo: boolean;
}

const byteLimit = 256 * 1024;

/** Throws `file-refused` for what is no file, and `config-refused` for one that would mean something else in the sealed copy. */
export async function effectiveConfig(root: string, environment: Environment): Promise<EffectiveConfig> {
  for (const [name, value] of Object.entries(environment))
    if (/^ANSIBLE_\w+$/.test(name)) refuseWaysOut(`${name.toLowerCase()}=${value}`, name);
  const own = join(root, "ansible.cfg");
  // A run names it too, so that a folder that all may write into is no exception.
  if ((await lstat(own).catch(() => null)) !== null) {
    const text = (await readRegularFile(own, byteLimit, "ansible.cfg"))?.toString("utf8") ?? "";
    refuseWaysOut(text, "ansible.cfg");
    return { file: own, text, inRepo: true };
  }
  const home = environment["HOME"] ?? "/root";
  for (const named of [environment["ANSIBLE_CONFIG"] ?? "", join(home, ".ansible.cfg"), "/etc/ansible/ansible.cfg"]) {
    if (named === "") continue;
    const place = resolve(root, named);
    // A folder means the file in it.
    const file = (await stat(place).catch(() => null))?.isDirectory() === true ? join(place, "ansible.cfg") : place;
    const content = await readRegularFile(file, byteLimit);
    if (content !== null) return { file, text: content.toString("utf8"), inRepo: false };
  }
  return { file: null, text: "", inRepo: false };
}

/** For ansible's programs: the same configuration from wherever they are started. */
export function configEnvironment(config: EffectiveConfig): Environment {
  return config.inRepo && config.file !== null ? { ANSIBLE_CONFIG: config.file } : {};
}

/** `../roles` is a place beside the repo; the sealed copy lies elsewhere, and beside it is something else. */
function refuseWaysOut(text: string, where: string): void {
  let name = "";
  for (const line of text.split("\n")) {
    const setting = /^\s{0,8}([a-z_]\w{0,80})[ \t]{0,80}[=:](.{0,4000})$/.exec(line);
    // A line that begins with a space goes on with the value before it.
    if (setting === null && (!/^[ \t]/.test(line) || /^\s*[#;]/.test(line))) continue;
    name = setting?.[1] ?? name;
    const out = (setting?.[2] ?? line)
      .split(/[\s:,@]+/)
      .find((part) => part.includes("..") && !isAbsolute(part) && !/^[~${]/.test(part) && /^\.\.(?:\/|$)/.test(normalize(part)));
    if (out === undefined) continue;
    throw new AppError("config-refused", `${where}: ${name} = ${out} leads out of the repo, and a plan runs from a sealed copy elsewhere`, {
      help: "Write an absolute path, or move it into the repo.",
    });
  }
}
