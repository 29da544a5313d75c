/** What a benchmark module exports, and how its figures are printed. */

/** One figure. */
export interface Row {
  readonly measure: string;
  readonly value: string;
  /** What it is compared with: an aim, or another figure of the same run. */
  readonly compared?: string;
  /** Whether the aim is met, where there is one. */
  readonly met?: boolean;
}

/** A module under bench/ exports a value of this shape as `benchmark`. */
export interface Benchmark {
  readonly name: string;
  readonly run: () => Promise<readonly Row[]>;
}

/** A Markdown table of a benchmark's figures. */
export function markdown(name: string, rows: readonly Row[]): string {
  const verdict = (row: Row): string => (row.met === undefined ? "" : row.met ? "met" : "missed");
  const cells = [
    ["measure", "value", "compared with", "aim"],
    ...rows.map((row) => [row.measure, row.value, row.compared ?? "", verdict(row)]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [`## ${name}`, "", ...lines.toSpliced(1, 0, rule), ""].join("\n");
}
