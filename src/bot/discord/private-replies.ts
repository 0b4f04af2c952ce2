import { limits } from "./limits.ts";

/** By what a person can be answered alone: the interaction of their last click or command, for a quarter of an hour. */
export interface Answerable {
  readonly applicationId: string;
  readonly token: string;
}

export interface PrivateReplies {
  remember(conversation: string, person: string, by: Answerable): void;
  find(conversation: string, person: string): Answerable | undefined;
  forget(conversation: string, person: string): void;
  /** A conversation got another name: a command's became a thread. */
  move(from: string, to: string): void;
}

/** A little less than Discord's quarter of an hour: an answer takes a moment too. */
const usableMs = limits.webhookMs - 15_000;
const most = 2_000;

export function createPrivateReplies(now: () => number = Date.now): PrivateReplies {
  const known = new Map<string, { readonly at: number; readonly by: Answerable }>();
  const key = (conversation: string, person: string): string => JSON.stringify([conversation, person]);
  return {
    remember(conversation, person, by) {
      known.delete(key(conversation, person));
      known.set(key(conversation, person), { at: now(), by });
      const oldest = known.keys().next().value;
      if (known.size > most && oldest !== undefined) known.delete(oldest);
    },
    find(conversation, person) {
      const found = known.get(key(conversation, person));
      return found !== undefined && now() - found.at < usableMs ? found.by : undefined;
    },
    forget(conversation, person) {
      known.delete(key(conversation, person));
    },
    move(from, to) {
      for (const [name, found] of known) {
        const [conversation, person] = JSON.parse(name) as [string, string];
        if (conversation === from) known.set(key(to, person), found);
      }
    },
  };
}
