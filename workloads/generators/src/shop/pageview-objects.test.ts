import { isUtf8 } from "node:buffer";
import { malformedKinds, oversizedBytes, parsePageviewLine } from "@lakehouse/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PageviewObjects, type PageviewPlan, malform } from "./pageview-objects.ts";
import { ShopRecords } from "./records.ts";
import { defaultStart, plannedClock, second } from "./time.ts";

const plan: PageviewPlan = {
  seed: 9,
  users: { first: 1, last: 50 },
  items: { first: 1, last: 20 },
  clock: plannedClock(defaultStart, second),
  perObject: 100,
  malformed: 0.2,
};

/** The lines of a body, as a reader splits them. */
function linesOf(body: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < body.length;) {
    const end = body.indexOf(10, from);
    lines.push(body.subarray(from, end));
    from = end + 1;
  }
  return lines;
}

describe("an object", () => {
  it("is exactly what its truth says, line by line", () => {
    const objects = new PageviewObjects(plan);
    for (let j = 2; j < 12; j += 1) {
      const object = objects.object(j);
      const lines = linesOf(object.body);
      expect(lines).toHaveLength(plan.perObject);
      expect(object.lines.map((line) => line.line)).toEqual(lines.map((_, index) => index + 1));
      for (const [index, truth] of object.lines.entries()) {
        const line = lines[index] ?? Buffer.alloc(0);
        if ("good" in truth)
          expect(parsePageviewLine(line.toString())).toEqual({ ok: true, value: truth.good });
        else expect(line.equals(truth.raw)).toBe(true);
      }
    }
  });

  it("is the same whenever it is made", () => {
    const objects = new PageviewObjects(plan);
    const before = objects.object(7);
    objects.object(3);
    expect(objects.object(7)).toEqual(before);
  });

  it("lands under its day and a name that carries seed and number", () => {
    expect(new PageviewObjects(plan).object(1000).key).toBe(
      "shop/pageviews/date=2026-01-02/seed-9-00001000.json",
    );
  });

  it("has no malformed line unless asked", () => {
    const objects = new PageviewObjects({ ...plan, malformed: 0 });
    const lines = Array.from({ length: 5 }, (_, j) => objects.object(j).lines).flat();
    expect(lines).toHaveLength(5 * plan.perObject);
    expect(lines.every((line) => "good" in line)).toBe(true);
  });
});

it("shows every malformed kind, the whole-object ones among the first of fifty", () => {
  const objects = new PageviewObjects(plan);
  const kinds = Array.from({ length: 8 }, (_, j) => objects.object(j))
    .flatMap((object) => object.lines)
    .flatMap((line) => ("good" in line ? [] : [line.malformed]));
  expect(new Set(kinds)).toEqual(new Set(malformedKinds));
  expect(objects.object(0).body).toHaveLength(0);
  expect(objects.object(51).lines).toMatchObject([{ line: 1, malformed: "oversized" }]);
});

it("shows only the kinds asked for", () => {
  const objects = new PageviewObjects({ ...plan, kinds: ["truncated"] });
  const kinds = Array.from({ length: 4 }, (_, j) => objects.object(j).lines)
    .flat()
    .flatMap((line) => ("good" in line ? [] : [line.malformed]));
  expect(new Set(kinds)).toEqual(new Set(["truncated"]));
});

describe("malform", () => {
  const records = new ShopRecords(4);
  const views = fc
    .integer({ min: 0, max: 100_000 })
    .map((n) => records.pageview(n, defaultStart + n, plan.users, plan.items));
  const variants = fc.integer({ min: 0, max: 0xffff_ffff });

  it.each(["not_json", "truncated", "wrong_types", "missing_keys", "empty"] as const)(
    "%s: text that is no pageview, on one line",
    (kind) => {
      fc.assert(
        fc.property(views, variants, (view, variant) => {
          const raw = malform(view, kind, variant);
          expect(isUtf8(raw)).toBe(true);
          expect(raw.includes(10)).toBe(false);
          expect(parsePageviewLine(raw.toString()).ok).toBe(false);
        }),
      );
    },
  );

  it("wrong_encoding: bytes that are not UTF-8", () => {
    fc.assert(
      fc.property(views, variants, (view, variant) => {
        expect(isUtf8(malform(view, "wrong_encoding", variant))).toBe(false);
      }),
    );
  });

  it("oversized: 10 MB on one line", () => {
    const raw = malform(records.pageview(1, defaultStart, plan.users, plan.items), "oversized", 0);
    expect(raw).toHaveLength(oversizedBytes);
    expect(raw.includes(10)).toBe(false);
  });
});
