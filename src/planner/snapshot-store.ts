import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { sha256 } from "../canonical-json.ts";
import { AppError, exitCodes, messageOf } from "../errors.ts";
import { readOrMakeSecret } from "../secret-file.ts";
import type { SealedFile } from "./plan.ts";

/** Sealed files by content hash, encrypted at rest (AES-256-GCM: 12 bytes nonce, 16 bytes tag, text). A changed byte is noticed. */
export interface SnapshotStore {
  /** Keeps every file that is not kept yet. Throws `repo-changing` when a file is no longer what was hashed. */
  keep(root: string, files: readonly SealedFile[]): Promise<void>;
  /** Throws `snapshot-differs`. */
  read(contentHash: string): Promise<Uint8Array>;
}

const writesAtOnce = 16;

export function createSnapshotStore(options: { readonly folder: string; readonly key: Uint8Array }): SnapshotStore {
  const { folder, key } = options;
  const kept = new Set<string>();
  const place = (hash: string): string => join(folder, hash.slice(0, 2), hash);

  async function keepOne(root: string, file: SealedFile): Promise<void> {
    if (kept.has(file.hash)) return;
    if (!existsSync(place(file.hash))) {
      const content = await readFile(join(root, file.path));
      if (sha256(content) !== file.hash) {
        throw new AppError("repo-changing", `${file.path} was changed while the plan was made`, {
          exitCode: exitCodes.notApproved,
          help: "Ask again.",
        });
      }
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
      await mkdir(join(folder, file.hash.slice(0, 2)), { recursive: true, mode: 0o700 });
      await writeFileAtomic(place(file.hash), Buffer.concat([nonce, cipher.getAuthTag(), sealed]), { mode: 0o600, fsync: false });
    }
    kept.add(file.hash);
  }

  /** Else the next plan would find it there, not keep it anew, and be refused like this one. */
  async function putAside(hash: string): Promise<void> {
    kept.delete(hash);
    await rename(place(hash), `${place(hash)}.damaged-${randomBytes(4).toString("hex")}`).catch(() => undefined); // not there at all
  }

  return {
    async keep(root, files) {
      for (let start = 0; start < files.length; start += writesAtOnce) {
        await Promise.all(files.slice(start, start + writesAtOnce).map((file) => keepOne(root, file)));
      }
    },
    async read(hash) {
      try {
        const stored = await readFile(place(hash));
        const decipher = createDecipheriv("aes-256-gcm", key, stored.subarray(0, 12), { authTagLength: 16 });
        decipher.setAuthTag(stored.subarray(12, 28));
        const content = Buffer.concat([decipher.update(stored.subarray(28)), decipher.final()]);
        if (sha256(content) !== hash) throw new Error("it holds the content of another file");
        return content;
      } catch (error) {
        await putAside(hash);
        throw new AppError(
          "snapshot-differs",
          `the sealed file ${hash.slice(0, 12)} cannot be read as it was sealed: ${messageOf(error)}`,
          {
            cause: error,
            exitCode: exitCodes.notApproved,
            help: "Ask again, so that a new plan is sealed.",
          },
        );
      }
    },
  };
}

/** 32 bytes: from the setting (64 hexadecimal digits), else a 0600 file that is made once. */
export function openSnapshotKey(file: string, setting: string | undefined): Uint8Array {
  if (setting !== undefined) return Buffer.from(setting, "hex");
  const key = Buffer.from(readOrMakeSecret(file, () => randomBytes(32).toString("hex")).trim(), "hex");
  if (key.length === 32) return key;
  throw new AppError("snapshot-key-broken", `${file} does not hold 64 hexadecimal digits`, {
    help: "Restore it from a backup. Without it, remove it: a new one is made, and plans that have not started need to be made again.",
  });
}
