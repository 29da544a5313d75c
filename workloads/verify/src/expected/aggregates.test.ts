import { describe, expect, it } from "vitest";
import * as aggregates from "./aggregates.ts";

/** Worked out by hand. */
const state = {
  users: new Map([
    [1, { id: 1, email: "a@example.com", full_name: "A", country: "DE", signup_at: "", updated_at: "" }],
    [2, { id: 2, email: "b@example.com", full_name: "B", country: "FR", signup_at: "", updated_at: "" }],
  ]),
  items: new Map([
    [
      10,
      { id: 10, name: "Ball", category: "Toys", price: "9.99", inventory: 1, created_at: "", updated_at: "" },
    ],
    [
      11,
      { id: 11, name: "Car", category: "Toys", price: "1.00", inventory: 1, created_at: "", updated_at: "" },
    ],
  ]),
  purchases: new Map(
    [
      {
        id: 100,
        user_id: 1,
        item_id: 10,
        quantity: 3,
        purchase_price: "9.99",
        at: "2026-01-02T10:00:00.000000Z",
      },
      {
        id: 101,
        user_id: 1,
        item_id: 10,
        quantity: 1,
        purchase_price: "0.10",
        at: "2026-01-02T10:59:59.999999Z",
      },
      {
        id: 102,
        user_id: 2,
        item_id: 11,
        quantity: 2,
        purchase_price: "0.20",
        at: "2026-01-01T11:00:00.000000Z",
      },
    ].map(({ at, ...p }) => [p.id, { ...p, channel: "email" as const, purchased_at: at, updated_at: at }]),
  ),
};
const purchases = aggregates.enrich(state);
const view = (id: string, user: number, item: number | null) => ({
  pageview_id: id,
  user_id: user,
  item_id: item,
});

describe("derived tables", () => {
  it("enriches purchases", () => {
    expect(purchases[0]).toMatchObject({
      user_country: "DE",
      item_name: "Ball",
      item_category: "Toys",
      revenue: "29.97",
    });
  });

  it("keeps a purchase whose item is gone, with nulls", () => {
    const [orphan] = aggregates.enrich({ ...state, items: new Map() });
    expect(orphan).toMatchObject({ id: 100, item_name: null, item_category: null });
  });

  it("sums sales by item in exact cents", () => {
    expect(aggregates.topSelling(purchases)).toEqual([
      { key: "10", values: ["10", '"Ball"', '"Toys"', "4", "30.07", "2"] },
      { key: "11", values: ["11", '"Car"', '"Toys"', "2", "0.40", "1"] },
    ]);
  });

  it("sums sales by hour; the window holds its end but not its start", () => {
    const hours = (asOf?: string): string[] =>
      aggregates.salesPerformance(purchases, asOf).map(({ values }) => values.join(" "));
    expect(hours()).toEqual([
      "2026-01-02T10:00:00.000000Z 2 4 30.07 1",
      "2026-01-01T11:00:00.000000Z 1 2 0.40 1",
    ]);
    expect(hours("2026-01-02T11:00:00Z")).toEqual(["2026-01-02T10:00:00.000000Z 2 4 30.07 1"]);
    expect(hours("2026-01-02T10:00:00Z")).toEqual([
      "2026-01-02T10:00:00.000000Z 1 3 29.97 1",
      "2026-01-01T11:00:00.000000Z 1 2 0.40 1",
    ]);
    expect(hours("2020-01-01T00:00:00Z")).toEqual([]);
  });

  it("counts views and users by item", () => {
    const views = aggregates.viewsByItem(
      [view("a", 1, 10), view("b", 1, 10), view("c", 2, 12), view("d", 2, null)],
      state.items,
    );
    expect(views).toEqual([
      { item_id: 10, item_name: "Ball", category: "Toys", views: 2, unique_users: 1 },
      { item_id: 12, item_name: null, category: null, views: 1, unique_users: 1 },
    ]);
    expect(aggregates.topConverting(views, purchases)).toEqual([
      { key: "10", values: ["10", '"Ball"', '"Toys"', "2", "2", "1"] },
      { key: "12", values: ["12", "∅", "∅", "1", "0", "0"] },
    ]);
  });

  it("counts a view that was delivered twice once, by its first delivery", () => {
    const landed = (id: string, channel: string, object: string, line: number): aggregates.LandedView => ({
      pageview_id: id,
      channel,
      user_id: 1,
      object,
      line,
    });
    expect(
      aggregates.viewsByChannel([
        landed("a", "email", "o2", 1),
        landed("a", "social", "o1", 9),
        landed("a", "direct", "o1", 10),
        landed("b", "social", "o1", 2),
      ]),
    ).toEqual([{ key: "social", values: ['"social"', "2", "1"] }]);
  });
});

describe("cents", () => {
  it.each([
    [0n, "0.00"],
    [5n, "0.05"],
    [-5n, "-0.05"],
    [123456789012345678901n, "1234567890123456789.01"],
  ])("%s is %s", (cents, text) => {
    expect(aggregates.centsText(cents)).toBe(text);
    if (cents >= 0n) expect(aggregates.textCents(text)).toBe(cents);
  });

  it.each(["1", "1.5", "1.500", "x"])("refuses %j", (text) => {
    expect(() => aggregates.textCents(text)).toThrow();
  });
});
