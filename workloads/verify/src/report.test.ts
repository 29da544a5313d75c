import { expect, it } from "vitest";
import { renderReport } from "./report.ts";

it("shows a table, and the details of what failed below it", () => {
  const report = renderReport([
    { name: "a", expected: "1 rows", got: "1 rows", passed: true, seconds: 1.234, details: ["not shown"] },
    { name: "long name", expected: "2", got: "3", passed: false, details: ["unexpected: 7"] },
  ]);
  expect(report.split("\n")).toEqual([
    "|      | check     | expected | got    | latency |",
    "|------|-----------|----------|--------|---------|",
    "| ok   | a         | 1 rows   | 1 rows | 1.23 s  |",
    "| FAIL | long name | 2        | 3      |         |",
    "",
    "FAIL long name",
    "  unexpected: 7",
  ]);
});
