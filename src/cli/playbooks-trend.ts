import { exitCodes, type ExitCode } from "../errors.ts";
import { trendOf } from "../runs/analysis-store.ts";
import type { CommandApp, CommandIo } from "./command.ts";
import { usageError } from "./parse-arguments.ts";
import { playbookNamed } from "./playbooks-lint.ts";
import { oneLine, table } from "./table.ts";

const most = 50;

export async function showTrend(io: CommandIo, app: CommandApp, names: readonly string[], json: boolean): Promise<ExitCode> {
  const [name, ...more] = names;
  if (name === undefined || more.length > 0) throw usageError("playbooks trend needs the path of one playbook");
  const playbook = playbookNamed((await app.catalog()).playbooks, name);
  const path = playbook.driver?.path ?? playbook.path;
  const trend = await trendOf(app.database, path, most);
  if (json) io.out(`${JSON.stringify({ playbook: path, trend })}\n`);
  else if (trend.length === 0) io.out("It was not linted yet: `chiffon playbooks lint` does.\n");
  else
    io.out(
      table(
        ["linted", "content", "findings", "dismissed", "applied", "by"],
        trend.map((one) => [
          one.analyzedAt,
          one.contentHash.slice(0, 10),
          String(one.total),
          String(one.dismissed),
          String(one.applied),
          oneLine(one.toolVersion, 60),
        ]),
      ),
    );
  return exitCodes.ok;
}
