import { z } from "zod";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { Place } from "./conversation.ts";
import { mayHaveArrived } from "./slack-error.ts";
import type { WebClient } from "./web-client.ts";

const metadataType = "chiffon_card";
/** A process that has just started may be sending what its predecessor had sent already: it looks first. */
const lookBackMs = 120_000;
const daySeconds = 86_400;

/** Slack posts whatever it is told to, twice if it is told twice: so a message carries its key, and is looked for where there is a doubt. */
export interface EarlierPosts {
  /** What a message carries. */
  metadata(key: string): { readonly event_type: string; readonly event_payload: { readonly key: string } };
  /** The message of an earlier try, if there was one that arrived; `cutOff`: another process was at it. A failing search is no reason not to post. */
  find(place: Place, key: string, cutOff: boolean): Promise<string | undefined>;
  failed(key: string, error: unknown): void;
  succeeded(key: string): void;
}

export function createEarlierPosts({ client, logger }: { readonly client: WebClient; readonly logger: Logger }): EarlierPosts {
  const startedAt = Date.now();
  /** Keys of posts that may have arrived although the call failed. */
  const uncertain = new Set<string>();
  return {
    metadata: (key) => ({ event_type: metadataType, event_payload: { key } }),
    failed(key, error) {
      if (mayHaveArrived(error)) uncertain.add(key);
    },
    succeeded: (key) => void uncertain.delete(key),
    async find(place, key, cutOff) {
      const doubt = cutOff || uncertain.has(key);
      // Outside of threads only for a known doubt: a channel's history is long.
      if (!doubt && (place.thread === null || Date.now() - startedAt > lookBackMs)) return undefined;
      const oldest = String(Date.now() / 1000 - daySeconds);
      const search = { channel: place.channel, include_all_metadata: true, limit: 200, oldest };
      try {
        const { messages = [] } = await (place.thread === null
          ? client.conversations.history(search)
          : client.conversations.replies({ ...search, ts: place.thread }));
        return messages.find((message) => keySchema.safeParse(message.metadata).data?.event_payload.key === key)?.ts;
      } catch (error) {
        logger.info({ error: messageOf(error) }, "an earlier try of a message could not be looked for");
        return undefined;
      }
    },
  };
}

const keySchema = z.looseObject({ event_type: z.literal(metadataType), event_payload: z.looseObject({ key: z.string() }) });
