import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type Lane,
  idOf,
  idText,
  idsPerLane,
  laneRange,
  lanes,
  lastVerifySeed,
  ordinalOf,
  seedRange,
} from "./ids.ts";

const seeds = fc.integer({ min: 0, max: lastVerifySeed });
const laneNames = fc.constantFrom(...(Object.keys(lanes) as Lane[]));
const ordinals = fc.integer({ min: 0, max: idsPerLane - 1 });

it("gives every row of every seed and lane an exact id within its ranges", () => {
  fc.assert(
    fc.property(seeds, laneNames, ordinals, (seed, lane, ordinal) => {
      const id = idOf(seed, lane, ordinal);
      const range = laneRange(seed, lane);
      const all = seedRange(seed);
      expect(Number.isSafeInteger(id)).toBe(true);
      expect(idText(id)).toBe(String(id));
      expect(ordinalOf(seed, lane, id)).toBe(ordinal);
      expect(id).toBeGreaterThanOrEqual(range.first);
      expect(id).toBeLessThanOrEqual(range.last);
      expect(range.first).toBeGreaterThanOrEqual(all.first);
      expect(range.last).toBeLessThanOrEqual(all.last);
    }),
  );
});

it("keeps lanes and seeds apart", () => {
  expect(laneRange(1, "seeded").last).toBeLessThan(laneRange(1, "flashSale").first);
  expect(laneRange(1, "flashSale").last).toBeLessThan(laneRange(1, "trickle").first);
  expect(seedRange(1).last).toBeLessThan(seedRange(2).first);
});
