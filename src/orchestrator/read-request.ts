import type { Database } from "../db/database.ts";
import type { FallbackPlanner } from "../planner/model/fallback-planner.ts";
import { offeredPlaybooks, type OfferedPlaybooksDeps } from "../planner/model/offered-playbooks.ts";
import type { ReadRequest, TextToRead } from "./draft-steps.ts";

export interface ReadRequestDeps extends OfferedPlaybooksDeps {
  readonly database: Database;
  readonly planner: FallbackPlanner;
}

/** Text -> steps, by a language model where there is one, by the rules always. */
export function createReadRequest(deps: ReadRequestDeps): ReadRequest {
  return async ({ text, person, request }, known) => {
    const byRules = await known.decomposer.decompose(text, { person });
    return deps.planner.read({
      requestId: request?.id ?? null,
      person,
      text,
      byRules,
      rules: known.decomposer,
      inventory: known.inventory,
      async gather() {
        const [playbooks, earlier] = await Promise.all([
          offeredPlaybooks(deps, text, byRules, known.catalog),
          request === undefined ? [] : earlierTexts(deps.database, request, person),
        ]);
        return { playbooks, earlier };
      },
    });
  };
}

/** Requests, answers and changes of this person in this conversation, oldest first. What others say is not theirs to be taken at their word. */
async function earlierTexts(database: Database, request: NonNullable<TextToRead["request"]>, person: string): Promise<readonly string[]> {
  const rows = await database.query<{ text: string }>(
    `select text from request where conversation_id = $1 and person = $2 and number < $3 and created_at > chiffon.now() - interval '1 day'
     order by number desc limit 6`,
    [request.conversationId, person, request.number],
  );
  return rows.map((row) => row.text).toReversed();
}
