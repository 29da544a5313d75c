import { type SourceTable, sourceSchemas, sourceTables } from "@lakehouse/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lastVerifySeed } from "./ids.ts";
import { defaultStart, plannedClock, second } from "./time.ts";
import { type Change, type ShopState, Trickle, applyChange, changesPerCycle, emptyState } from "./trickle.ts";

const clock = plannedClock(defaultStart, second);
const seeds = fc.integer({ min: 0, max: lastVerifySeed });

function changes(seed: number, from: number, to: number): Change[] {
  const plan = new Trickle(seed);
  return Array.from({ length: to - from }, (_, n) => plan.change(from + n, clock(from + n)));
}

function stateAfter(seed: number, count: number): ShopState {
  const state = emptyState();
  for (const change of changes(seed, 0, count)) applyChange(state, change);
  return state;
}

describe("the plan", () => {
  it("never contradicts itself and keeps every reference", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const state = emptyState();
        for (const change of changes(seed, 0, 30 * changesPerCycle)) {
          if (change.op === "insert" && change.table === "purchases") {
            expect(state.users.has(change.row.user_id)).toBe(true);
            expect(state.items.has(change.row.item_id)).toBe(true);
          }
          if (change.op === "delete") {
            const column = { users: "user_id", items: "item_id", purchases: undefined }[change.table] as
              "user_id" | "item_id" | undefined;
            const referred = [...state.purchases.values()].some(
              (p) => column !== undefined && p[column] === change.id,
            );
            expect(referred).toBe(false);
          }
          applyChange(state, change);
        }
      }),
      { numRuns: 10 },
    );
  });

  it("makes rows that satisfy their schemas, before and after updates", () => {
    const state = stateAfter(5, 40 * changesPerCycle);
    for (const table of sourceTables) {
      for (const row of state[table].values()) sourceSchemas[table].parse(row);
    }
  });

  it("is mostly inserts, with updates and deletes of every table", () => {
    const counts: Record<string, number> = {};
    for (const { op, table } of changes(1, 2 * changesPerCycle, 3 * changesPerCycle)) {
      counts[`${op} ${table}`] = (counts[`${op} ${table}`] ?? 0) + 1;
    }
    expect(counts).toEqual({
      "insert users": 3,
      "insert items": 2,
      "insert purchases": 20,
      "update users": 3,
      "update items": 4,
      "update purchases": 5,
      "delete users": 1,
      "delete items": 1,
      "delete purchases": 1,
    });
  });

  it("updates rows that it later deletes", () => {
    const all = changes(1, 0, 100 * changesPerCycle);
    for (const table of sourceTables) {
      const deleted = new Set(all.filter((c) => c.op === "delete" && c.table === table).map((c) => c.id));
      expect(all.some((c) => c.op === "update" && c.table === table && deleted.has(c.id))).toBe(true);
    }
  });

  it("makes a change without the ones before it", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 100_000 }), (seed, k) => {
        const busy = new Trickle(seed);
        busy.change(k + 1, clock(k + 1));
        expect(busy.change(k, clock(k))).toEqual(new Trickle(seed).change(k, clock(k)));
      }),
    );
  });
});

function highest(state: ShopState): Partial<Record<SourceTable, number>> {
  return Object.fromEntries(
    sourceTables
      .filter((table) => state[table].size > 0)
      .map((table) => [table, Math.max(...state[table].keys())]),
  );
}

/** What the database does with a change that it may have seen before. */
function applyAgain(state: ShopState, change: Change): void {
  const row = state[change.table].get(change.id);
  if (change.op === "insert" && row !== undefined) return;
  if (change.op !== "insert" && row === undefined) return;
  if (change.op === "update" && row !== undefined && row.updated_at >= change.set.updated_at) return;
  applyChange(state, change);
}

describe("after an interruption", () => {
  it("the highest ids tell where to go on, with no insert made again and the same end", () => {
    const end = 12 * changesPerCycle;
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: end }), (seed, stopped) => {
        const state = stateAfter(seed, stopped);
        const resumed = new Trickle(seed).resumeAt(highest(state));
        expect(resumed).toBeLessThanOrEqual(stopped);
        expect(changes(seed, resumed, stopped).filter((c) => c.op === "insert")).toEqual([]);
        for (const change of changes(seed, resumed, end)) applyAgain(state, change);
        expect(state).toEqual(stateAfter(seed, end));
      }),
      { numRuns: 50 },
    );
  });

  it("starts at the beginning in an empty database", () => {
    expect(new Trickle(1).resumeAt({})).toBe(0);
  });
});

it("refuses a change that contradicts the state", () => {
  const state = emptyState();
  const [first] = changes(1, 0, 1);
  if (first === undefined) throw new Error("the plan is empty");
  applyChange(state, first);
  expect(() => {
    applyChange(state, first);
  }).toThrow(/insert users \d+, which is there/);
  expect(() => {
    applyChange(state, { op: "delete", table: "items", id: 1 });
  }).toThrow(/delete items 1, which is not there/);
});
