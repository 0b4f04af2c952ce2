import { visibleLine } from "../visible-text.ts";
import type { CommandApp, CommandIo } from "./command.ts";
import { oneLine, table } from "./table.ts";

export async function listPlaybooks(
  io: CommandIo,
  app: CommandApp,
  options: { readonly json: boolean; readonly refresh: boolean },
): Promise<void> {
  const catalog = await app.catalog({ refresh: options.refresh });
  if (options.json) return io.out(`${JSON.stringify({ playbooks: catalog.playbooks, rejected: catalog.rejected })}\n`);
  io.out(
    table(
      ["playbook", "service", "does", "hosts", "description"],
      catalog.playbooks.map((one) => [
        one.path,
        one.service ?? "-",
        one.verb,
        oneLine(one.hosts.join(", "), 30),
        oneLine(one.description, 70),
      ]),
    ),
  );
  for (const one of catalog.rejected) io.out(`not used: ${visibleLine(one.path)}: ${oneLine(one.reason, 200)}\n`);
  if (catalog.playbooks.length === 0) io.out(`There is no playbook in ${app.config.repo}. Point CHIFFON_REPO at your Ansible repo.\n`);
}
