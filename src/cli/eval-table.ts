import type { ScoreReport, Scores, Share } from "./eval-score.ts";

const headlines: readonly (readonly [string, keyof Scores])[] = [
  ["precision of accepted mappings", "precision"],
  ["recall over mappable steps", "recall"],
  ["false accepts on no-match", "falseAccepts"],
  ["requests with a wrong accepted step", "wrongRequests"],
  ["auto-run on ambiguous steps", "acceptedAmbiguous"],
  ["adversarial violations", "violations"],
  ["top-1", "top1"],
  ["top-3", "top3"],
  ["MRR", "meanReciprocalRank"],
  ["gold in top-3 when declined", "suggested"],
  ["step count exact", "stepCount"],
  ["step order exact (multi-step)", "stepOrder"],
  ["parameter F1", "parameterF1"],
  ["parameter F1, values alone", "parameterValueF1"],
  ["host accuracy", "hosts"],
];

const shareColumns: readonly (readonly [string, keyof Scores])[] = [
  ["prec", "precision"],
  ["recall", "recall"],
  ["FAR", "falseAccepts"],
  ["top1", "top1"],
  ["top3", "top3"],
  ["count", "stepCount"],
  ["param", "parameterF1"],
  ["host", "hosts"],
];

/** The report as text: the headlines, a line for each kind of request, and how far confidence can be trusted. */
export function scoreTable({ overall, kinds, bins, threshold, withoutPrediction, calibrationError }: ScoreReport): string {
  const kindRows = [...kinds].map(([kind, scores]) => [
    kind,
    String(scores.requests),
    String(scores.accepted),
    ...shareColumns.map(([, key]) => shareText(scores[key])),
  ]);
  const binRows = bins.map((bin) => [
    `${bin.from.toFixed(1)}-${bin.to.toFixed(1)}`,
    String(bin.guesses),
    shareText(bin.confidence),
    shareText(bin.accuracy),
  ]);
  const sections = [
    `${overall.requests} requests, ${overall.steps} gold steps, ${withoutPrediction} without prediction, threshold ${threshold}, ${overall.accepted} accepted`,
    columns(headlines.map(([label, key]) => [label, shareText(overall[key])])),
    "Per kind",
    columns([["kind", "n", "acc", ...shareColumns.map(([label]) => label)], ...kindRows]),
    `Calibration, ECE ${shareText(calibrationError)}`,
    columns([["confidence", "n", "mean", "accuracy"], ...binRows]),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Headlines of several reports side by side. */
export function comparisonTable(reports: ReadonlyMap<string, ScoreReport>): string {
  const rows = headlines.map(([label, key]) => [label, ...[...reports.values()].map(({ overall }) => shareText(overall[key]))]);
  const errors = ["calibration error", ...[...reports.values()].map(({ calibrationError }) => shareText(calibrationError))];
  return `${columns([["", ...reports.keys()], ...rows, errors])}\n`;
}

const shareText = (value: Share): string => (value === null ? "-" : value.toFixed(3));

function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, text.length);
  const line = (row: readonly string[]): string =>
    row.map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0))).join("  ");
  return rows.map(line).join("\n");
}
