import type { PlaybookProfile } from "./playbook-profile.ts";

export interface Scored {
  readonly profile: PlaybookProfile;
  readonly confidence: number;
}

export interface NamedResult {
  /** Nothing that the semantic path finds can change it. */
  readonly decided: boolean;
  readonly ranked: readonly Scored[];
  readonly why: string;
}

export type Detailed = readonly { readonly entry: PlaybookProfile; readonly explained: number }[];

export const clamp = (value: number): number => Math.max(0, Math.min(0.99, value));
