import type { Measured, Row } from "./comparison.ts";
import type { Summary } from "./statistics.ts";

/** A table for people; the JSON file holds the same and more. */
export function tableOf(title: string, measured: Measured): string {
  if (measured.rows.length === 0) return [title, ...measured.notes.map((note) => `  ${note}`), ""].join("\n");
  const lines: string[][] = [["case", "runs", "median", "p95", "max", "beside", "median", "ratio", "of best", "aim", ""]];
  for (const row of measured.rows) lines.push(cells(row));
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const table = lines.map((line) =>
    line
      .map((cell, column) => (column === 0 || column === 5 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  return [title, ...table.map((line) => `  ${line}`), ...measured.notes.map((note) => `  ${note}`), ""].join("\n");
}

function cells(row: Row): string[] {
  const value = (summary: Summary, key: "median" | "p95" | "max"): string => `${summary[key]} ${row.unit}`;
  return [
    row.case,
    String(row.ours.runs),
    value(row.ours, "median"),
    value(row.ours, "p95"),
    value(row.ours, "max"),
    row.other?.name ?? "",
    row.other === null ? "" : value(row.other.summary, "median"),
    row.ratio === null ? "" : row.ratio.toFixed(3),
    row.bestRatio === null ? "" : row.bestRatio.toFixed(3),
    row.aim === null ? "" : `${row.aim.of} <= ${row.aim.limit}`,
    row.aim === null ? "" : row.aim.met ? "met" : "MISSED",
  ];
}
