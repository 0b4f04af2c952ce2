/** Twenty people on a platform of ours, seen from outside: what they say, when it was acknowledged, when an answer stood in their thread. */
export interface Crowd {
  readonly name: string;
  /** What a bot needs to connect, as its environment. */
  readonly environment: Readonly<Record<string, string>>;
  connected(): Promise<void>;
  /** A message or command in this thread; the first one opens it. */
  ask(thread: number, text: string): Asked;
  /** Resolves when the thread can be written to. */
  opened(thread: number): Promise<void>;
  /** What the bot wrote there, oldest first, without the channel line. */
  answers(thread: number): readonly Answer[];
  /** Presses Edit on the newest plan of the thread, as its owner: what was waited for the form, or null when none came in time. */
  pressEdit(thread: number): Promise<number | null>;
  /** Milliseconds to each acknowledgement that the platform asks for. */
  acknowledged(): readonly number[];
  /** What the platform waited for in vain, and every rule of the platform that was broken. */
  problems(): readonly string[];
  stop(): Promise<void>;
}

export interface Asked {
  /** Of the wall clock, in milliseconds, as the platform's own times. */
  readonly at: number;
  readonly text: string;
}

export interface Answer {
  readonly at: number;
  readonly text: string;
}

export interface CrowdOptions {
  readonly threads: number;
  readonly channels: number;
  /** The platform's own limits on messages. */
  readonly limits: boolean;
}

/** What a platform waits for. */
export const acknowledgeMs = 3_000;
