import type { Summary } from "./statistics.ts";

/** One command of the bench: it measures something of ours, mostly beside something that is not ours. */
export interface Comparison {
  readonly name: string;
  readonly title: string;
  /** Measured rounds when none are asked for. */
  readonly runs: number;
  readonly measure: (options: MeasureOptions) => Promise<Measured>;
}

export interface MeasureOptions {
  readonly runs: number;
  /** Few rounds and the cheap cases only: shows that it works, tells little. */
  readonly quick: boolean;
  /** Says how far it is, for the person who waits. */
  readonly say: (text: string) => void;
}

export interface Measured {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

export interface Row {
  readonly case: string;
  readonly unit: "ms" | "µs" | "s";
  readonly ours: Summary;
  /** What it stands beside. */
  readonly other: { readonly name: string; readonly summary: Summary } | null;
  /** Median over the rounds of ours / other, both from the same round. */
  readonly ratio: number | null;
  /** The quickest of ours / the quickest of the other: what a busy machine disturbs least. */
  readonly bestRatio: number | null;
  readonly aim: Aim | null;
}

export interface Aim {
  readonly of: "ratio" | "median" | "p95" | "max";
  readonly limit: number;
  readonly met: boolean;
}

/** At most `limit`. */
export function aimFor(of: Aim["of"], limit: number, row: { readonly ours: Summary; readonly ratio: number | null }): Aim {
  const value = of === "ratio" ? (row.ratio ?? Number.NaN) : row.ours[of];
  return { of, limit, met: value <= limit };
}

/** A comparison that cannot be made on this machine; the others go on. */
export class NotPossible extends Error {}
