import { DeliveryError } from "../delivery-error.ts";

/**
 * A conversation's key: `slack:<team>:<channel>:<thread>` for a thread, `slack:<team>:<D…>` for a direct message, and
 * `slack:<team>:<channel>:command-<id>` for a slash command in a channel, which becomes a thread with its first message.
 */
export interface Place {
  readonly team: string;
  readonly channel: string;
  /** The thread's first message. */
  readonly thread: string | null;
  /** A slash command's: nothing is posted yet. */
  readonly command: boolean;
}

export function threadKey(team: string, channel: string, thread: string): string {
  return `slack:${team}:${channel}:${thread}`;
}

export function directKey(team: string, channel: string): string {
  return `slack:${team}:${channel}`;
}

export function commandKey(team: string, channel: string, id: string): string {
  return `slack:${team}:${channel}:command-${id}`;
}

/** Where a message stands: a direct message's top level is one conversation, in a channel every message begins its own thread. */
export function keyOf(team: string, channel: string, message: { readonly ts: string; readonly thread?: string | undefined }): string {
  if (message.thread === undefined && isDirect(channel)) return directKey(team, channel);
  return threadKey(team, channel, message.thread ?? message.ts);
}

export function placeOf(key: string): Place | undefined {
  const match = /^slack:([^:]+):([^:]+)(?::(.+))?$/.exec(key);
  const [, team, channel, rest] = match ?? [];
  if (team === undefined || channel === undefined) return undefined;
  const command = rest?.startsWith("command-") === true;
  return { team, channel, thread: command ? null : (rest ?? null), command };
}

export function knownPlace(key: string): Place {
  const place = placeOf(key);
  if (place === undefined) throw new DeliveryError("refused", `${key} is no conversation on Slack`);
  return place;
}

export function isDirect(channel: string): boolean {
  return channel.startsWith("D");
}

export interface SlackAccount {
  readonly team: string;
  readonly user: string;
}

/** Of any workspace: a shared channel has people of several. */
export function accountOf(key: string): SlackAccount | undefined {
  const [, team, user] = /^slack:([A-Z0-9]+):([UW][A-Z0-9]+)$/.exec(key) ?? [];
  return team === undefined || user === undefined ? undefined : { team, user };
}

export function accountKey(team: string, user: string): string {
  return `slack:${team}:${user}`;
}
