/** What is left of many measured values. */
export interface Summary {
  readonly runs: number;
  readonly median: number;
  readonly p95: number;
  readonly min: number;
  readonly max: number;
}

export function summaryOf(values: readonly number[]): Summary {
  return {
    runs: values.length,
    median: rounded(percentile(values, 50)),
    p95: rounded(percentile(values, 95)),
    min: rounded(Math.min(...values)),
    max: rounded(Math.max(...values)),
  };
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Between two neighbours in proportion, so that a median of few values is no single one of them. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = ((sorted.length - 1) * percent) / 100;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? low;
  return low + (high - low) * (place - Math.floor(place));
}

export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
