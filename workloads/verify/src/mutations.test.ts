/**
 * The verifier itself is on trial here: what a broken pipeline would answer must be reported. The answers are the
 * right ones, made from the seed, with one thing spoilt.
 */
import type { SourceTable } from "@lakehouse/contracts";
import { sourceTables } from "@lakehouse/contracts";
import { describe, expect, it } from "vitest";
import { sequences } from "./checks/bronze.ts";
import { stateRows } from "./checks/source.ts";
import { type Columns, type Row, compareRows, same } from "./compare/rows.ts";
import * as aggregates from "./expected/aggregates.ts";
import { VerificationBatch, deliveredViews } from "./expected/batch.ts";
import { countByOp, expectedEvents } from "./expected/changes.ts";
import * as columns from "./expected/columns.ts";

const size = { changes: 1200, latencyChanges: 0, objects: 6, perObject: 100, malformed: 0.1 };
const batch = new VerificationBatch(1, size);
const changes = batch.changes(0, size.changes);
const state = batch.state(size.changes);

function pick<T>(list: readonly T[]): T {
  const chosen = list[Math.floor(list.length / 2)];
  if (chosen === undefined) throw new Error("nothing to pick from");
  return chosen;
}

describe.each(sourceTables)("bronze.%s", (table: SourceTable) => {
  const events = expectedEvents(table, changes);
  const compare = (got: readonly Row[]) => compareRows(columns.sourceColumns[table], events, got);

  it("passes when every change is there once", () => {
    expect(same(compare(events))).toBe(true);
    expect(countByOp(events)).toMatch(/^c \d+ · d \d+ · u \d+$/);
  });

  it.each(["c", "u", "d"])("reports a dropped %s", (op) => {
    const dropped = pick(events.filter((event) => event.key.split(" ")[1] === op));
    expect(compare(events.filter((event) => event !== dropped)).missing).toEqual([dropped.key]);
  });

  it.each(["c", "u", "d"])("reports a doubled %s", (op) => {
    const doubled = pick(events.filter((event) => event.key.split(" ")[1] === op));
    expect(compare([...events, doubled]).doubled).toEqual([doubled.key]);
  });

  it("reports two changes of a row in the wrong order", () => {
    const keys = events.map((event) => event.key);
    const twice = pick([...sequences(keys)].filter(([, sequence]) => sequence.includes(",")))[0];
    const [first, second] = keys.flatMap((key, index) => (key.startsWith(`${twice} `) ? [index] : []));
    if (first === undefined || second === undefined) throw new Error("no row changed twice");
    const swapped = keys.with(first, keys[second] ?? "").with(second, keys[first] ?? "");
    expect(sequences(swapped).get(twice)).not.toBe(sequences(keys).get(twice));
  });
});

describe.each(sourceTables)("silver.%s", (table: SourceTable) => {
  const rows = stateRows(state, table);
  const shape: Columns = columns.sourceColumns[table];
  const compare = (got: readonly Row[]) => compareRows(shape, rows, got);

  it("reports a row whose last update was lost", () => {
    const updated = changes.findLast((c) => c.op === "update" && c.table === table && state[table].has(c.id));
    if (updated === undefined) throw new Error("nothing was updated");
    const before = batch.state(changes.indexOf(updated));
    const stale = stateRows(before, table).find((row) => row.key === String(updated.id));
    const got = rows.map((row) => (row.key === stale?.key ? stale : row));
    const { different } = compare(got);
    expect(different.some((text) => text.startsWith(`${String(updated.id)} updated_at`))).toBe(true);
  });

  it("reports a row that was deleted at the source", () => {
    const deleted = changes.find((c) => c.op === "delete" && c.table === table);
    if (deleted === undefined) throw new Error("nothing was deleted");
    const ghost = { key: String(deleted.id), values: pick(rows).values };
    expect(compare([...rows, ghost]).unexpected).toEqual([ghost.key]);
  });

  it("reports a doubled row", () => {
    expect(compare([...rows, pick(rows)]).doubled).toEqual([pick(rows).key]);
  });

  it.each(Object.keys(shape).slice(1))("reports a wrong %s", (name) => {
    const index = Object.keys(shape).indexOf(name);
    const row = pick(rows);
    const wrong = { ...row, values: row.values.with(index, "spoilt") };
    expect(compare(rows.map((r) => (r === row ? wrong : r))).different).toHaveLength(1);
  });
});

describe("gold", () => {
  const purchases = aggregates.enrich(state);
  const views = aggregates.viewsByItem(deliveredViews(batch.objects()), state.items);

  it.each([
    ["a purchase left out", purchases.slice(1)],
    ["a purchase counted twice", [...purchases, pick(purchases)]],
    [
      "revenue a cent off",
      purchases.map((p, n) =>
        n === 0 ? { ...p, revenue: aggregates.centsText(aggregates.textCents(p.revenue) + 1n) } : p,
      ),
    ],
    ["revenue without the quantity", purchases.map((p) => ({ ...p, revenue: p.purchase_price }))],
    ["an item under another's name", purchases.map((p) => ({ ...p, item_name: "Ball" }))],
  ])("top_selling_items with %s is reported", (_, broken) => {
    const due = aggregates.topSelling(purchases);
    expect(same(compareRows(columns.topSellingColumns, due, aggregates.topSelling(broken)))).toBe(false);
  });

  it.each([
    ["a window an hour too late", purchases, new Date(Date.parse(batch.asOf) + 3_600_000).toISOString()],
    ["a purchase left out of the window", purchases.filter((p) => p.purchased_at !== inWindow()), batch.asOf],
    ["buyers counted as purchases", purchases.map((p) => ({ ...p, user_id: p.id })), batch.asOf],
  ])("sales_performance_24h with %s is reported", (_, broken, asOf) => {
    const due = aggregates.salesPerformance(purchases, batch.asOf);
    const got = aggregates.salesPerformance(broken, asOf);
    expect(same(compareRows(columns.salesPerformanceColumns, due, got))).toBe(false);
  });

  function inWindow(): string {
    const end = Date.parse(batch.asOf);
    const moments = purchases.map((p) => p.purchased_at);
    return pick(moments.filter((at) => Date.parse(at) < end && Date.parse(at) > end - 86_400_000));
  }

  it.each([
    ["units for purchases", views, purchases.flatMap((p) => Array.from({ length: p.quantity }, () => p))],
    ["a viewed item left out", views.slice(1), purchases],
    ["users for views", views.map((item) => ({ ...item, views: item.unique_users })), purchases],
  ])("top_converting_items with %s is reported", (_, brokenViews, brokenPurchases) => {
    const due = aggregates.topConverting(views, purchases);
    const got = aggregates.topConverting(brokenViews, brokenPurchases);
    expect(same(compareRows(columns.topConvertingColumns, due, got))).toBe(false);
  });

  it("pageviews_by_channel that counts a second delivery is reported", () => {
    const landed = batch
      .objects()
      .flatMap((object) =>
        object.lines.flatMap((line) =>
          "good" in line ? [{ ...line.good, object: object.key, line: line.line }] : [],
        ),
      );
    const due = aggregates.viewsByChannel(landed);
    const naive = aggregates.viewsByChannel(landed.map((view, n) => ({ ...view, pageview_id: String(n) })));
    expect(same(compareRows(columns.pageviewsByChannelColumns, due, naive))).toBe(false);
  });
});
