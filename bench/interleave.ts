import { median, rounded, summaryOf } from "./statistics.ts";
import { aimFor, type Row } from "./comparison.ts";

export interface Side {
  readonly name: string;
  /** One measured run, in milliseconds. What must be prepared or cleaned is not part of the answer. */
  run(): Promise<number>;
}

/**
 * A B, B A, A B …: each round measures both within moments of each other, and the one that comes first changes, so that a machine that grows
 * busy or warm favours neither. One round before the first warms both up and is not counted.
 */
export async function interleaved(
  names: { readonly case: string; readonly ratioAim?: number },
  ours: Side,
  other: Side,
  rounds: number,
): Promise<Row> {
  const times = new Map<Side, number[]>([
    [ours, []],
    [other, []],
  ]);
  const ratios: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const order = round % 2 === 0 ? [ours, other] : [other, ours];
    const measured = new Map<Side, number>();
    for (const side of order) measured.set(side, await side.run());
    if (round === 0) continue;
    for (const [side, time] of measured) times.get(side)?.push(time);
    ratios.push((measured.get(ours) ?? 0) / (measured.get(other) ?? 1));
  }
  const [mine, theirs] = [summaryOf(times.get(ours) ?? []), summaryOf(times.get(other) ?? [])];
  const row = {
    case: names.case,
    unit: "ms" as const,
    ours: mine,
    other: { name: other.name, summary: theirs },
    ratio: rounded(median(ratios), 3),
    bestRatio: rounded(mine.min / theirs.min, 3),
  };
  return { ...row, aim: names.ratioAim === undefined ? null : aimFor("ratio", names.ratioAim, row) };
}
