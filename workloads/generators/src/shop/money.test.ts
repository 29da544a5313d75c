import fc from "fast-check";
import { expect, it } from "vitest";
import { formatCents, parseCents } from "./money.ts";

it("prints cents with two decimals", () => {
  expect([0, 5, 99, 100, 1250, 9_999_999_999].map(formatCents)).toEqual([
    "0.00",
    "0.05",
    "0.99",
    "1.00",
    "12.50",
    "99999999.99",
  ]);
});

it("reads what it prints", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), (cents) => {
      expect(parseCents(formatCents(cents))).toBe(cents);
    }),
  );
});
