import { AppError, exitCodes, type ExitCode } from "../errors.ts";
import type { ProposedTemplate, TemplateRefused, WrittenTemplate } from "../orchestrator/generate-template.ts";
import { localOwner } from "../policy/policy.ts";
import { visibleLine } from "../visible-text.ts";
import type { Command, CommandIo } from "./command.ts";
import { numberOf, parseArguments, textOf, usageError } from "./parse-arguments.ts";

export const generate: Command = {
  name: "generate",
  summary: "a new playbook with its role, shown first",
  needs: "app",
  help: `chiffon generate SERVICE [OPTION …]

Makes a playbook that deploys SERVICE, with a role, and shows all files. They have passed a syntax check, ansible-lint's production profile
and a run in check mode (on this machine, without root). Nothing is written unless you say so.

  --description TEXT   what it does, in one sentence
  --port N             the port on the host (8080)
  --hosts NAMES        hosts or groups of the inventory (all)
  --no-become          without root on the host
  --write              write the files into the repo; what is there already is left alone
  --overwrite          with --write: replace what is there
  --json               one JSON document`,
  async run(args, io, app) {
    const { values, words } = parseArguments(args, {
      description: { type: "string" },
      port: { type: "string" },
      hosts: { type: "string" },
      "no-become": { type: "boolean" },
      write: { type: "boolean" },
      overwrite: { type: "boolean" },
      json: { type: "boolean" },
    });
    if (words.length === 0) throw usageError("generate needs the name of a service, for example: chiffon generate my-app");
    if (values["overwrite"] === true && values["write"] !== true) throw usageError("--overwrite goes with --write");
    const json = values["json"] === true;
    const port = values["port"] === undefined ? undefined : numberOf(values["port"], "port", 8080, 65_535);
    const wish = {
      service: words.join(" "),
      ...optional("description", textOf(values["description"])),
      ...optional("port", port),
      ...optional("hosts", textOf(values["hosts"])),
      ...(values["no-become"] === true ? { become: false } : {}),
    };
    io.err("Making it, then a syntax check, lint and a run in check mode …\n");
    const proposed = await app.useCases.proposeTemplate(wish, localOwner);
    if (proposed.kind === "refused") throw failed(proposed, io, json);
    if (!json) showProposal(proposed, io);
    const written =
      values["write"] === true
        ? await app.useCases.writeTemplate(proposed.id, localOwner, { to: "files", overwrite: values["overwrite"] === true })
        : null;
    if (written?.kind === "refused") throw failed(written, io, json);
    if (json) io.out(`${JSON.stringify(document(proposed, written))}\n`);
    else sayWritten(proposed, written, io);
    return exitCodes.ok;
  },
};

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [K in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [K in Name]: Value });
}

const codes: Readonly<Record<string, ExitCode>> = {
  "service-name-refused": exitCodes.usage,
  "template-wish": exitCodes.usage,
  "host-unknown": exitCodes.notMapped,
  "template-unproven": exitCodes.failed,
  "program-missing": exitCodes.environment,
  "lint-missing": exitCodes.environment,
};

function failed({ code, message, help, unproven }: TemplateRefused, io: CommandIo, json: boolean): AppError {
  if (unproven !== undefined && !json) {
    for (const proof of unproven.proofs) if (!proof.passed) io.err(`${proof.name}:\n${lines(proof.said)}\n`);
  }
  return new AppError(code, `${message}. Nothing was written`, {
    exitCode: codes[code] ?? exitCodes.notApproved,
    ...(help === null ? {} : { help }),
  });
}

function showProposal({ scaffold, existing, proofs }: ProposedTemplate, io: CommandIo): void {
  for (const { path } of scaffold.files) io.out(`  ${visibleLine(path)}${existing.includes(path) ? "   (there already)" : ""}\n`);
  for (const { path, text } of scaffold.files) {
    if (text === "") continue;
    io.out(`\n── ${visibleLine(path)}\n${lines(text.trimEnd())}\n`);
  }
  io.out("\n");
  for (const { name, said } of proofs) io.out(`passed: ${name}${said === "" ? "" : `. ${said}`}\n`);
}

function sayWritten({ scaffold }: ProposedTemplate, written: WrittenTemplate | null, io: CommandIo): void {
  if (written === null) {
    io.out("Nothing is written. The same command with --write writes these files into the repo.\n");
    return;
  }
  io.out(`Written: ${written.written.length === 0 ? "nothing" : written.written.map(visibleLine).join(", ")}\n`);
  if (written.skipped.length > 0) io.out(`Left as it is: ${written.skipped.map(visibleLine).join(", ")} (--overwrite replaces it)\n`);
  if (written.playbook === null) io.out("The catalog does not know it: `chiffon playbooks list` says why.\n");
  else io.out(`Fill in ${scaffold.role}_image, then: chiffon ask "deploy ${scaffold.service}"\n`);
}

function document({ id, scaffold, existing, proofs }: ProposedTemplate, written: WrittenTemplate | null): object {
  const { service, role, description, port, hosts, become, files } = scaffold;
  return {
    template: { id, service, role, description, port, hosts, become },
    files: files.map((file) => ({ ...file, exists: existing.includes(file.path) })),
    proofs,
    written: written === null ? null : { files: written.written, skipped: written.skipped, playbook: written.playbook },
    error: null,
  };
}

function lines(text: string): string {
  return text.split("\n").map(visibleLine).join("\n");
}
