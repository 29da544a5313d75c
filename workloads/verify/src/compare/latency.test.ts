import { describe, expect, it } from "vitest";
import { latencies } from "./latency.ts";
import { percentile } from "./percentiles.ts";

const window = { began: 1000, ended: 1010 };
const windows = new Map([
  ["a", window],
  ["b", window],
]);

describe("latencies", () => {
  it("takes each change at the first snapshot that shows it", () => {
    const found = latencies(
      [
        { key: "a", committed: 1005, snapshot: 5000 },
        { key: "a", committed: 1005, snapshot: 3000 },
        { key: "b", committed: 1005, snapshot: 4005 },
      ],
      windows,
    );
    expect(found.samples.toSorted((x, y) => x - y)).toEqual([1995, 3000]);
    expect(found).toMatchObject({ p50: 1995, p95: 3000, implausible: [] });
  });

  it("ignores changes that were not measured", () => {
    expect(latencies([{ key: "z", committed: 1, snapshot: 2 }], windows).samples).toEqual([]);
  });

  it.each([500, 2000])("reports a commit time of %d outside of the commit", (committed) => {
    expect(latencies([{ key: "a", committed, snapshot: 3000 }], windows).implausible).toHaveLength(1);
  });
});

it("takes percentiles by the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect([0.5, 0.95, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 95, 99, 100]);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});
