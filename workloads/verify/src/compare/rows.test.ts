import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Row, compareRows, describe as describeDifferences, fingerprint, same, toRow } from "./rows.ts";

const columns = { id: "integer", name: "text", price: "decimal" } as const;
const rows: Row[] = [
  toRow(columns, "1", [1, "ball", "1.00"]),
  toRow(columns, "2", [2, "car", "2.00"]),
  toRow(columns, "3", [3, null, "3.00"]),
];

describe("compareRows", () => {
  it("finds nothing between equal rows, in any order", () => {
    expect(same(compareRows(columns, rows, rows.toReversed()))).toBe(true);
  });

  it("names a missing row", () => {
    expect(compareRows(columns, rows, rows.slice(1))).toMatchObject({ missing: ["1"] });
  });

  it("names a doubled row", () => {
    expect(compareRows(columns, rows, [...rows, ...rows.slice(0, 1)])).toMatchObject({ doubled: ["1"] });
  });

  it("names a row that should not be there, even twice", () => {
    const stranger = toRow(columns, "9", [9, "?", "9.00"]);
    expect(compareRows(columns, rows, [...rows, stranger])).toMatchObject({ unexpected: ["9"], doubled: [] });
  });

  it("names key, column and both values of a wrong row", () => {
    const wrong = [...rows.slice(0, 2), toRow(columns, "3", [3, null, "3.01"])];
    expect(compareRows(columns, rows, wrong).different).toEqual(["3 price: expected 3.00, got 3.01"]);
  });

  it("refuses an expectation that repeats a key", () => {
    expect(() => compareRows(columns, [...rows, ...rows], rows)).toThrow(/repeat/);
  });
});

it("notices any single change to any rows", () => {
  const tables = fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 99 }), fc.string(), fc.integer({ min: 0, max: 999 })), {
      minLength: 1,
      selector: ([id]) => id,
    })
    .map((list) =>
      list.map(([id, name, cents]) => toRow(columns, String(id), [id, name, `${String(cents)}.00`])),
    );
  fc.assert(
    fc.property(
      tables,
      fc.nat(),
      fc.constantFrom("drop", "double", "change", "add"),
      (table, at, mutation) => {
        const index = at % table.length;
        const row = table[index];
        if (row === undefined) throw new Error("no such row");
        const changed: Row = {
          ...row,
          values: row.values.map((value, n) => (n === at % 3 ? `${value}0` : value)),
        };
        const got = {
          drop: table.toSpliced(index, 1),
          double: [...table, row],
          change: table.toSpliced(index, 1, changed),
          add: [...table, { ...row, key: "new" }],
        }[mutation];
        const differences = compareRows(columns, table, got);
        expect(same(differences)).toBe(false);
        expect(describeDifferences(differences)).not.toEqual([]);
        expect(fingerprint(got)).not.toBe(fingerprint(table));
      },
    ),
  );
});

it("has one fingerprint for equal rows in any order", () => {
  expect(fingerprint(rows)).toBe(fingerprint(rows.toReversed()));
});

it("shows the first differences and counts the rest", () => {
  const many = Array.from({ length: 7 }, (_, n) => toRow(columns, String(n), [n, "", "0.00"]));
  expect(describeDifferences(compareRows(columns, many, []), 2)).toEqual([
    "missing: 0",
    "missing: 1",
    "missing: 5 more",
  ]);
});
