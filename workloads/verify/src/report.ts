/** Results of checks, as a table. */

/** What a check found. */
export interface CheckResult {
  readonly name: string;
  readonly expected: string;
  readonly got: string;
  readonly passed: boolean;
  /** Seconds, where the check waited for or measured something; otherwise how long it took to answer. */
  readonly seconds?: number;
  /** What exactly differs. */
  readonly details?: readonly string[];
}

/** The table check | expected | got | latency, with the details of failures below it. */
export function renderReport(results: readonly CheckResult[]): string {
  const header = ["", "check", "expected", "got", "latency"];
  const rows = results.map((result) => [
    result.passed ? "ok" : "FAIL",
    result.name,
    result.expected,
    result.got,
    result.seconds === undefined ? "" : `${result.seconds.toFixed(2)} s`,
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  const failures = results
    .filter((result) => !result.passed)
    .flatMap((result) => [
      "",
      `FAIL ${result.name}`,
      ...(result.details ?? []).map((detail) => `  ${detail}`),
    ]);
  return [line(header), rule, ...rows.map(line), ...failures].join("\n");
}
