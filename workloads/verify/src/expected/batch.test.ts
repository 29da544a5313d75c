import { malformedKinds } from "@lakehouse/contracts";
import { describe, expect, it } from "vitest";
import { microsOfText } from "../compare/canonical.ts";
import { salesPerformance, enrich } from "./aggregates.ts";
import { VerificationBatch, deliveredViews, placedLines } from "./batch.ts";

const size = { changes: 2000, latencyChanges: 600, objects: 8, perObject: 200, malformed: 0.1 };
const batch = new VerificationBatch(3, size);

describe("a run's batch", () => {
  it("is the same from its run id alone", () => {
    const again = new VerificationBatch(3, size);
    expect(again.changes(0, 500)).toEqual(batch.changes(0, 500));
    expect(again.asOf).toBe(batch.asOf);
  });

  it("shares no id and no moment with the next run's", () => {
    const next = new VerificationBatch(4, size);
    expect(next.range.first).toBeGreaterThan(batch.range.last);
    expect(next.clock(0)).toBeGreaterThan(batch.clock(size.changes + size.latencyChanges));
  });

  it("stays in the past, so that the newest purchase is never its own", () => {
    for (const run of [0, 5999, 6000, 999_999]) {
      const other = new VerificationBatch(run, size);
      expect(other.clock(size.changes + size.latencyChanges)).toBeLessThan(Date.UTC(2021, 0, 1) * 1000);
    }
  });

  it("changes every table's count while latency is measured, so that time travel can tell", () => {
    const before = batch.state(size.changes);
    const after = batch.state(size.changes + size.latencyChanges);
    for (const table of ["users", "items", "purchases"] as const) {
      expect(after[table].size).not.toBe(before[table].size);
    }
  });

  it("has a sales window that holds purchases and leaves purchases out on both sides", () => {
    const purchases = enrich(batch.state(size.changes + size.latencyChanges));
    const moments = purchases.map((p) => microsOfText(p.purchased_at));
    const end = microsOfText(batch.asOf);
    expect(moments.some((at) => at > end)).toBe(true);
    expect(moments.some((at) => at <= end - 86_400_000_000)).toBe(true);
    expect(salesPerformance(purchases, batch.asOf)).toHaveLength(24);
  });

  it("refuses to run out of ids", () => {
    expect(() => new VerificationBatch(1_000_000, size)).toThrow(/no ids/);
  });
});

describe("its pageviews", () => {
  const objects = batch.objects();

  it("show every malformed kind", () => {
    const kinds = placedLines(objects).flatMap((line) => ("good" in line ? [] : [line.malformed]));
    expect(new Set(kinds)).toEqual(new Set(malformedKinds));
  });

  it("are partly delivered twice, and count once", () => {
    const good = placedLines(objects).filter((line) => "good" in line).length;
    const views = deliveredViews(objects);
    expect(new Set(views.map((view) => view.pageview_id)).size).toBe(views.length);
    expect(views.length).toBeLessThan(good);
    expect(new Set(objects.map((object) => object.key)).size).toBe(objects.length);
  });

  it("refuse to be too few to show every kind", () => {
    expect(() => new VerificationBatch(3, { ...size, objects: 2 }).objects()).toThrow(/too few/);
  });
});
