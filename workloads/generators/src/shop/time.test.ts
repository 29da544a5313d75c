import fc from "fast-check";
import { expect, it } from "vitest";
import { day, isoDate, isoInstant, plannedClock, wallClock } from "./time.ts";

const micros = fc.integer({ min: -day * 365 * 300, max: Number.MAX_SAFE_INTEGER });

it("prints what Date prints, with microseconds", () => {
  fc.assert(
    fc.property(micros, (at) => {
      const millis = Math.floor(at / 1000);
      const expected = new Date(millis).toISOString();
      expect(isoInstant(at)).toBe(`${expected.slice(0, -1)}${String(at - millis * 1000).padStart(3, "0")}Z`);
      expect(isoDate(at)).toBe(expected.slice(0, 10));
    }),
  );
});

it("plans moments that depend on nothing but the number", () => {
  const clock = plannedClock(1000, 50);
  expect([clock(0), clock(3), clock(0)]).toEqual([1000, 1150, 1000]);
});

it("never repeats a moment of the wall clock", () => {
  const clock = wallClock();
  const moments = Array.from({ length: 10_000 }, (_, n) => clock(n));
  expect(new Set(moments).size).toBe(moments.length);
});
