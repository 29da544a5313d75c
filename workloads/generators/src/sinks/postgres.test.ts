import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTransientPostgresError, withoutRepeatedIds } from "./postgres.ts";

describe("withoutRepeatedIds", () => {
  it("keeps every update, each row's own in order, and no row twice in a group", () => {
    const updates = fc
      .array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 })
      .map((ids) => ids.map((id, n) => ({ id, n })));
    fc.assert(
      fc.property(updates, (list) => {
        const groups = withoutRepeatedIds(list);
        for (const group of groups) expect(new Set(group.map((u) => u.id)).size).toBe(group.length);
        const byRow = (all: readonly { id: number; n: number }[], id: number): number[] =>
          all.filter((u) => u.id === id).map((u) => u.n);
        for (const { id } of list) expect(byRow(groups.flat(), id)).toEqual(byRow(list, id));
        expect(groups.flat()).toHaveLength(list.length);
      }),
    );
  });
});

describe("isTransientPostgresError", () => {
  const coded = (code: string): Error => Object.assign(new Error("?"), { code });
  it.each(["57P01", "57P03", "08006", "53300", "ECONNREFUSED"])("waits on %s", (code) => {
    expect(isTransientPostgresError(coded(code))).toBe(true);
  });
  it.each(["42P01", "28P01", "23503", "22P02"])("gives up on %s", (code) => {
    expect(isTransientPostgresError(coded(code))).toBe(false);
  });
  it("waits when the connection ended under a query", () => {
    expect(isTransientPostgresError(new Error("Connection terminated unexpectedly"))).toBe(true);
  });
});
