import { expect, it } from "vitest";
import { nextNumber } from "./pageviews.ts";

it("continues after the seed's highest object, whatever its day, and ignores others", () => {
  const keys = [
    "shop/pageviews/date=2026-01-02/seed-7-00000003.json",
    "shop/pageviews/date=2026-01-01/seed-7-00000010.json",
    "shop/pageviews/date=2026-01-01/seed-70-00000099.json",
    "shop/pageviews/date=2026-01-01/seed-7-00000050-again.json",
    "shop/pageviews/date=2026-01-01/other.json",
  ];
  expect(nextNumber(keys, "seed-7-")).toBe(11);
  expect(nextNumber([], "seed-7-")).toBe(0);
});
