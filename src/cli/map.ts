import { AppError, exitCodes } from "../errors.ts";
import type { Command } from "./command.ts";
import { parseArguments } from "./parse-arguments.ts";
import { oneLine, table } from "./table.ts";

export const map: Command = {
  name: "map",
  summary: "which playbook each part of a sentence means, and why; nothing is stored or run",
  needs: "app",
  help: `chiffon map TEXT [--json]`,
  async run(args, io, app) {
    const { values, words } = parseArguments(args, { json: { type: "boolean" } });
    const text = words.join(" ");
    // Loaded here: every other command would pay for it too.
    const { textProblem } = await import("../orchestrator/submit-request.ts");
    const problem = textProblem(text);
    if (problem !== null) {
      throw new AppError(problem.code, problem.message, {
        exitCode: exitCodes.usage,
        ...(problem.help === null ? {} : { help: problem.help }),
      });
    }
    const { decomposition, steps } = await app.map(text);
    const accepted =
      steps.length > 0 && steps.every((one) => one.mapping.playbook !== null) && steps.every((one) => one.step.unknownHosts.length === 0);
    if (values["json"] === true) {
      const document = steps.map(({ step, mapping, variables, missing }) => ({
        order: step.order,
        name: step.name,
        ...mapping,
        hosts: step.hosts,
        unknownHosts: step.unknownHosts,
        variables,
        missing,
        dependsOn: step.dependsOn,
      }));
      io.out(`${JSON.stringify({ kind: decomposition.kind, steps: document, ambiguities: decomposition.ambiguities })}\n`);
    } else if (steps.length === 0) io.out(`Nothing to map: this reads as ${decomposition.kind.replaceAll("_", " ")}.\n`);
    else {
      const rows = steps.map(({ step, mapping }) => [
        String(step.order),
        oneLine(step.name, 40),
        mapping.playbook ?? `none (nearest: ${mapping.candidates.map((one) => one.playbook).join(", ") || "-"})`,
        mapping.confidence.toFixed(2),
        step.hosts.join(", ") || "-",
        oneLine(mapping.why, 90),
      ]);
      io.out(table(["step", "request", "playbook", "confidence", "hosts", "why"], rows));
    }
    return accepted ? exitCodes.ok : exitCodes.notMapped;
  },
};
