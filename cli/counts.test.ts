import { describe, expect, it } from "vitest";

import { summary } from "./commands/test.ts";
import { add, NOTHING, vitestCounts } from "./counts.ts";

const RESULT = {
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [{ status: "passed", assertionResults: [{}] }],
};

describe("counting", () => {
  it("takes vitest's numbers, a test to be written as skipped", () => {
    expect(vitestCounts(0, RESULT)).toEqual({ passed: 5, failed: 0, skipped: 2 });
  });

  it("counts a file that cannot be loaded as failed", () => {
    const testResults = [{ status: "failed", assertionResults: [] }];
    expect(vitestCounts(1, { ...RESULT, testResults }).failed).toBe(1);
  });

  it("counts an error outside any test as failed", () => {
    expect(vitestCounts(1, RESULT).failed).toBe(1);
  });

  it("counts a run without result as failed", () => {
    expect(vitestCounts(0, undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it("adds runs up", () => {
    const one = { passed: 1, failed: 2, skipped: 3 };
    expect(add(add(NOTHING, one), one)).toEqual({ passed: 2, failed: 4, skipped: 6 });
  });

  it("mentions what was skipped, if anything was", () => {
    expect(summary({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
    expect(summary({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
  });
});
