import { describe, expect, it } from "vitest";
import { firstToLand, landedNumbers } from "./pageviews.ts";

it("finds the seed's objects, whatever their day, and ignores others", () => {
  const keys = [
    "shop/pageviews/date=2026-01-02/seed-7-00000003.json",
    "shop/pageviews/date=2026-01-01/seed-7-00000010.json",
    "shop/pageviews/date=2026-01-01/seed-70-00000099.json",
    "shop/pageviews/date=2026-01-01/seed-7-00000050-again.json",
    "shop/pageviews/date=2026-01-01/other.json",
  ];
  expect(landedNumbers(keys, "seed-7-")).toEqual(new Set([3, 10]));
});

describe("firstToLand", () => {
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, j) => j);

  it.each([
    ["an empty bucket", [], 0],
    ["all landed", upTo(20), 20],
    ["a gap among the last", [...upTo(15), 16, 17], 15],
    ["a first batch cut off", [3], 0],
  ])("%s", (_, landed, expected) => {
    expect(firstToLand(new Set(landed))).toBe(expected);
  });
});
