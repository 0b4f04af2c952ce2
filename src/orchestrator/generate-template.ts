import { digestOf } from "../canonical-json.ts";
import type { FixWorktrees } from "../agents/infra/analyzer/fix-worktree.ts";
import type { AnsibleFacts } from "../agents/infra/ansible-facts.ts";
import type { Environment } from "../agents/infra/environment.ts";
import { scaffoldPlaces } from "../agents/infra/template-generator/places.ts";
import { proveScaffolds, type ScaffoldProof } from "../agents/infra/template-generator/prove-scaffolds.ts";
import type { ScaffoldFile } from "../agents/infra/template-generator/scaffold-facts.ts";
import { makeScaffold, type Scaffold } from "../agents/infra/template-generator/scaffold.ts";
import { existingFiles, writeFiles } from "../agents/infra/template-generator/write-scaffold.ts";
import { appendAudit, writeAudit } from "../audit/audit-log.ts";
import type { Database } from "../db/database.ts";
import { AppError } from "../errors.ts";
import type { Catalog } from "../mapping/catalog.ts";
import type { InventoryNames } from "../mapping/inventory-names.ts";
import { matterOf, type Policy } from "../policy/policy.ts";
import { visibleLine } from "../visible-text.ts";
import { findProposal, noteWritten, storeProposal, templateWishSchema, type TemplateWish } from "./template-store.ts";

export interface GenerateTemplateDeps {
  readonly database: Database;
  readonly policy: Policy;
  readonly catalog: Catalog;
  readonly inventory: () => Promise<InventoryNames>;
  readonly worktrees: FixWorktrees;
  readonly repo: string;
  readonly facts: Pick<AnsibleFacts, "places">;
  readonly environment: Environment;
}

export interface ProposedTemplate {
  readonly kind: "proposed";
  /** By which it is written. */
  readonly id: string;
  readonly scaffold: Scaffold;
  /** Paths of it that are in the repo already. */
  readonly existing: readonly string[];
  readonly proofs: readonly ScaffoldProof[];
}

export type TemplateRefused = {
  readonly kind: "refused";
  readonly code: string;
  readonly message: string;
  readonly help: string | null;
  /** Where it is about the files: what was made, and what was said of it. */
  readonly unproven?: Omit<ProposedTemplate, "kind" | "id">;
};

export interface WrittenTemplate {
  readonly kind: "written";
  readonly service: string;
  readonly written: readonly string[];
  /** They were there already. */
  readonly skipped: readonly string[];
  /** Null: in the user's own files. */
  readonly branch: string | null;
  readonly commit: string | null;
  /** By which the catalog knows it from now on; null while it is on a branch only. */
  readonly playbook: string | null;
}

export type WriteWhere = { readonly to: "branch" } | { readonly to: "files"; readonly overwrite: boolean };

export interface GenerateTemplate {
  /** A new playbook with its role, proven; nothing of the repo is touched. */
  proposeTemplate(wish: TemplateWish, person: string): Promise<ProposedTemplate | TemplateRefused>;
  /** The files of a proposal, into a branch of their own or (only the local owner, at the command line) into the repo. */
  writeTemplate(id: string, person: string, where: WriteWhere): Promise<WrittenTemplate | TemplateRefused>;
}

/** The work type `generate_template`. */
export function createGenerateTemplate(deps: GenerateTemplateDeps): GenerateTemplate {
  const { database, policy, catalog, worktrees, repo } = deps;
  let turn: Promise<unknown> = Promise.resolve();
  /** One after the other: each starts three programs, and writing must not meet itself. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };

  async function scaffoldOf(wish: TemplateWish): Promise<Scaffold> {
    const { playbooks } = await catalog.current();
    return makeScaffold(wish, await scaffoldPlaces(repo, playbooks.map((one) => one.driver?.path ?? one.path), deps.facts)); // prettier-ignore
  }

  async function propose(given: TemplateWish, person: string): Promise<ProposedTemplate | TemplateRefused> {
    const parsed = templateWishSchema.safeParse(given);
    if (!parsed.success)
      return refused("template-wish", parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
    const wish = parsed.data;
    const unknown = await unknownHost(wish.hosts);
    if (unknown !== undefined)
      return refused(
        "host-unknown",
        `"${visibleLine(unknown)}" is no host or group of the inventory`,
        "A list of names, with commas between them; `all` when nothing is said.",
      );
    const scaffold = await scaffoldOf(wish);
    const proofs = await proveScaffolds(deps.environment, [scaffold]);
    const existing = await existingFiles([repo], scaffold.files);
    const failed = proofs.filter(({ passed }) => !passed);
    if (failed.length > 0)
      return {
        ...refused("template-unproven", `what was made does not pass: ${failed.map(({ name }) => name).join(", ")}`),
        unproven: { scaffold, existing, proofs },
      };
    const digest = digestOf(scaffold.files);
    const id = await database.transaction(async (sql) => {
      const stored = await storeProposal(sql, { person, wish, digest });
      const facts = { work: "generate_template", service: scaffold.service, playbook: scaffold.playbookPath, digest };
      await appendAudit(sql, { actor: person, action: "template.proposed", resource: `template:${stored}`, result: "done", facts });
      return stored;
    });
    return { kind: "proposed", id, scaffold, existing, proofs };
  }

  async function unknownHost(hosts: string | undefined): Promise<string | undefined> {
    if (hosts === undefined || hosts === "all") return undefined;
    const { hosts: known, groups } = await deps.inventory();
    // No patterns: what a name means is to be seen by reading it.
    return hosts.split(/[,:]/).find((name) => name !== "localhost" && !known.includes(name) && !Object.hasOwn(groups, name));
  }

  async function write(id: string, person: string, where: WriteWhere): Promise<WrittenTemplate | TemplateRefused> {
    const proposal = await findProposal(database, id);
    if (proposal === undefined) return refused("template-unknown", "there is no such proposal", "Make it anew: chiffon generate SERVICE");
    if (proposal.branch !== null)
      return refused("template-written", `it is on the branch ${proposal.branch} already`, `git merge ${proposal.branch}`);
    const scaffold = await scaffoldOf(proposal.wish);
    // Where the repo keeps things may have changed since, and with it what was proven.
    if (digestOf(scaffold.files) !== proposal.digest)
      return refused("template-changed", "what would be written is not what was shown", "Make it anew.");
    return where.to === "branch" ? onBranch(id, scaffold, person) : intoFiles(id, scaffold, person, where.overwrite);
  }

  async function intoFiles(id: string, scaffold: Scaffold, person: string, overwrite: boolean): Promise<WrittenTemplate> {
    const there = overwrite ? [] : await existingFiles([repo], scaffold.files);
    const files = without(scaffold.files, there);
    await writeFiles(repo, files);
    await noted(id, scaffold, files, { person, branch: null, commit: null });
    const { playbooks } = await catalog.refresh();
    const known = playbooks.find((one) => one.path === scaffold.playbookPath || one.driver?.path === scaffold.playbookPath);
    return {
      kind: "written",
      service: scaffold.service,
      written: files.map(pathOf),
      skipped: there,
      branch: null,
      commit: null,
      playbook: known?.id ?? null,
    };
  }

  async function onBranch(id: string, scaffold: Scaffold, person: string): Promise<WrittenTemplate | TemplateRefused> {
    const branch = `chiffon/${id.slice(0, 8)}`;
    if ((await worktrees.branch(repo, branch)) !== undefined)
      return refused("branch-there", `the branch ${branch} is there already`, `Merge it or delete it: git branch -D ${branch}`);
    const worktree = await worktrees.open(repo, id, []);
    try {
      // What is only in the user's files would stand in the way of a merge.
      const there = await existingFiles([worktree.repo, repo], scaffold.files);
      const files = without(scaffold.files, there);
      if (files.length === 0) return refused("template-there", "all of its files are in the repo already");
      await worktree.add(files);
      const trailers = [`Chiffon-Template: ${id}`, `Chiffon-Asked-By: ${visibleLine(policy.nameOf(person))}`];
      const message = [`Add a playbook that deploys ${scaffold.service}`, "", scaffold.description, "", ...trailers].join("\n");
      const commit = await worktree.commit(branch, message);
      await noted(id, scaffold, files, { person, branch, commit });
      return { kind: "written", service: scaffold.service, written: files.map(pathOf), skipped: there, branch, commit, playbook: null };
    } finally {
      await worktree.close();
    }
  }

  async function noted(
    id: string,
    scaffold: Scaffold,
    files: readonly ScaffoldFile[],
    written: { readonly person: string; readonly branch: string | null; readonly commit: string | null },
  ): Promise<void> {
    await database.transaction(async (sql) => {
      await noteWritten(sql, id, written);
      const { branch, commit } = written;
      const facts = { work: "generate_template", service: scaffold.service, files: files.map(pathOf), branch, commit };
      await appendAudit(sql, { actor: written.person, action: "template.written", resource: `template:${id}`, result: "done", facts });
    });
  }

  /** Only who may; what is refused is in the audit log, too. */
  async function allowed<T>(
    {
      person,
      action,
      resource,
    }: { readonly person: string; readonly action: "template.proposed" | "template.written"; readonly resource: string },
    work: () => Promise<T>,
  ): Promise<T | TemplateRefused> {
    const answer = await policy.may(person, matterOf(action === "template.proposed" ? "request" : "admin"));
    const outcome = answer.allowed ? await refusals(() => inTurn(work)) : refused("not-allowed", answer.reason);
    if (isRefused(outcome))
      await writeAudit(database, { actor: person, action, resource, result: "refused", facts: { work: "generate_template", reason: outcome.message.slice(0, 500) } }); // prettier-ignore
    return outcome;
  }

  return {
    proposeTemplate: (wish, person) =>
      allowed({ person, action: "template.proposed", resource: `service:${visibleLine(wish.service.slice(0, 100))}` }, () =>
        propose(wish, person),
      ),
    writeTemplate: (id, person, where) =>
      allowed({ person, action: "template.written", resource: `template:${visibleLine(id.slice(0, 100))}` }, () =>
        write(id, person, where),
      ),
  };
}

const pathOf = ({ path }: ScaffoldFile): string => path;
const without = (files: readonly ScaffoldFile[], paths: readonly string[]): ScaffoldFile[] =>
  files.filter(({ path }) => !paths.includes(path));

function refused(code: string, message: string, help: string | null = null): TemplateRefused {
  return { kind: "refused", code, message, help };
}

function isRefused(outcome: unknown): outcome is TemplateRefused {
  return typeof outcome === "object" && outcome !== null && "kind" in outcome && outcome.kind === "refused";
}

/** What a person can act on becomes a refusal; what is broken is thrown on. */
async function refusals<T>(work: () => Promise<T>): Promise<T | TemplateRefused> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) return refused(error.code, error.message, error.help ?? null);
    throw error;
  }
}
