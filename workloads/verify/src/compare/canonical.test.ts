import { isoInstant } from "@lakehouse/generators";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical, microsOfText, nullSpelling } from "./canonical.ts";

describe("an instant is the same in every spelling", () => {
  it.each([
    ["JSON", "2026-01-02T03:04:05.000006Z"],
    ["Debezium", "2026-01-02T03:04:05.000006Z"],
    ["PostgreSQL", "2026-01-02 03:04:05.000006+00"],
    ["PostgreSQL elsewhere", "2026-01-02 05:04:05.000006+02"],
    ["PostgreSQL in India", "2026-01-02 08:34:05.000006+05:30"],
    ["Trino with time zone", "2026-01-02 03:04:05.000006 UTC"],
    ["Trino without", "2026-01-02 03:04:05.000006"],
  ])("%s", (_, text) => {
    expect(canonical("instant", text)).toBe("2026-01-02T03:04:05.000006Z");
  });

  it("reads what the generators print, before 1970 too", () => {
    fc.assert(
      fc.property(fc.integer({ min: -3e15, max: Number.MAX_SAFE_INTEGER }), (micros) => {
        expect(microsOfText(isoInstant(micros))).toBe(micros);
      }),
    );
  });

  it.each(["", "yesterday", "2026-01-02", "2026-01-02 03:04:05.0000061", "2026-01-02 03:04:05 CET"])(
    "refuses %j rather than guess",
    (text) => {
      expect(() => microsOfText(text)).toThrow();
    },
  );
});

describe("values that differ are spelt differently", () => {
  it.each([
    ["decimal", "1.5", "1.50"],
    ["decimal", "12.50", 12.5],
    ["text", "null", null],
    ["text", nullSpelling, null],
    ["text", "", null],
    ["integer", 0, null],
    ["double", 0.1 + 0.2, 0.3],
  ] as const)("%s %j and %j", (kind, one, other) => {
    expect(canonical(kind, one)).not.toBe(canonical(kind, other));
  });
});

it("spells integers alike whether they come as numbers or text", () => {
  expect(canonical("integer", 8_999_999_000_000_001)).toBe(canonical("integer", "8999999000000001"));
});
