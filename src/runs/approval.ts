import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify, type KeyObject } from "node:crypto";
import { z } from "zod";
import { canonicalJson } from "../canonical-json.ts";
import { AppError, exitCodes } from "../errors.ts";
import { readOrMakeSecret } from "../secret-file.ts";

/** What is signed: it binds one decision to one plan version's digest. Times are ISO 8601 in UTC. */
export const approvalSchema = z.object({
  planVersionId: z.string(),
  digest: z.string(),
  person: z.string(),
  decidedAt: z.string(),
  expiresAt: z.string(),
  nonce: z.string(),
});
export type Approval = z.infer<typeof approvalSchema>;

export interface SignedApproval {
  readonly approval: Approval;
  /** Ed25519 over the canonical JSON of the approval, base64. */
  readonly signature: string;
}

export interface ApprovalSigner {
  sign(approval: Omit<Approval, "nonce">): SignedApproval;
  /** PEM (SPKI). Agents hold only this. */
  readonly publicKey: string;
}

/** Reads the orchestrator's key, or makes it (0600). It never enters the database. */
export function openApprovalSigner(keyFile: string): ApprovalSigner {
  const privateKey = readOrMakeKey(keyFile);
  return {
    publicKey: createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString(),
    sign(fields) {
      const approval: Approval = { ...fields, nonce: randomBytes(16).toString("hex") };
      return { approval, signature: sign(null, Buffer.from(canonicalJson(approval)), privateKey).toString("base64") };
    },
  };
}

/** Throws `approval-signature-wrong`, `approval-digest-differs` or `approval-expired`. `now` is the database's time. */
export function checkApproval(signed: SignedApproval, digest: string, publicKey: string, now: Date): void {
  const right = verify(null, Buffer.from(canonicalJson(signed.approval)), publicKey, Buffer.from(signed.signature, "base64"));
  if (!right) throw refusal("approval-signature-wrong", "the approval's signature does not fit the orchestrator's key");
  if (signed.approval.digest !== digest) {
    throw refusal("approval-digest-differs", "what was received is not what was approved (the digest differs)");
  }
  if (Date.parse(signed.approval.expiresAt) <= now.getTime()) {
    throw refusal("approval-expired", `the approval was valid until ${signed.approval.expiresAt}`);
  }
}

function refusal(code: string, message: string): AppError {
  return new AppError(code, message, { exitCode: exitCodes.notApproved, help: "Ask again, so that a new plan can be approved." });
}

function readOrMakeKey(keyFile: string): KeyObject {
  const text = readOrMakeSecret(keyFile, () =>
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  );
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw new AppError("approval-key-broken", `${keyFile} is no private key`, {
      cause: error,
      help: "Restore it from a backup. Without it, remove it: a new one is made, and what was approved but has not started needs a new approval.",
    });
  }
}
