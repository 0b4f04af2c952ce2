import { randomUUID } from "node:crypto";
import { AppError, exitCodes } from "../errors.ts";
import { openConversation } from "../planner/conversation-store.ts";
import { localOwner } from "../policy/policy.ts";
import type { Command } from "./command.ts";
import { emptyDocument, planDocument, requestDocument } from "./document.ts";
import { parseArguments } from "./parse-arguments.ts";

export const plan: Command = {
  name: "plan",
  summary: "the plan only, nothing runs",
  needs: "app",
  help: `chiffon plan TEXT [--json]

Makes and seals the plan that \`ask\` would show. Nothing runs; the plan is withdrawn at once, so nobody can approve it later.`,
  async run(args, io, app) {
    const { values, words } = parseArguments(args, { json: { type: "boolean" } });
    const text = words.join(" ");
    const conversationId = await openConversation(app.database, "command", randomUUID());
    const outcome = await app.useCases.submitRequest({ conversationId, person: localOwner, text, previewOnly: true });
    if (outcome.kind === "refused" || outcome.kind === "no_work") {
      const error = {
        code: outcome.kind === "refused" ? outcome.code : "nothing-to-run",
        message: outcome.kind === "refused" ? outcome.message : outcome.text,
        help: outcome.help,
      };
      const exitCode = outcome.kind === "refused" && outcome.code.startsWith("text-") ? exitCodes.usage : exitCodes.notMapped;
      if (values["json"] !== true)
        throw new AppError(error.code, error.message, { exitCode, ...(error.help === null ? {} : { help: error.help }) });
      io.out(`${JSON.stringify({ ...emptyDocument, request: { id: "", text }, error })}\n`);
      return exitCode;
    }
    if (outcome.kind === "duplicate") throw new AppError("duplicate", "this was asked already");
    const version = await app.useCases.plan(outcome.planVersionId);
    if (version === undefined) return exitCodes.environment;
    await app.useCases.withdraw(version.id, localOwner);
    const plan = planDocument(version, await app.catalog(), await app.plannerNotes(version.requestId));
    if (values["json"] === true) io.out(`${JSON.stringify({ ...emptyDocument, request: requestDocument(version), plan })}\n`);
    else {
      io.out(await app.renderPlan(version, io));
      const { workDigest } = plan;
      if (workDigest !== null) io.out(`  work digest ${workDigest} (for a standing approval: docs/policy.md)\n`);
    }
    return outcome.kind === "plan" ? exitCodes.ok : exitCodes.notMapped;
  },
};
