import { itemSchema, pageviewSchema, purchaseSchema, userSchema } from "@lakehouse/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idOf, lastVerifySeed } from "./ids.ts";
import { ShopRecords } from "./records.ts";
import { defaultStart, second } from "./time.ts";

const users = { first: 1, last: 1000 };
const items = { first: 1, last: 200 };
const seeds = fc.integer({ min: 0, max: lastVerifySeed });
const ordinals = fc.integer({ min: 0, max: 299_999_999 });

describe("every record satisfies its schema", () => {
  it.each(["user", "item", "purchase", "flash", "pageview"] as const)("%s", (kind) => {
    fc.assert(
      fc.property(seeds, ordinals, (seed, ordinal) => {
        const records = new ShopRecords(seed);
        const id = idOf(seed, "seeded", ordinal);
        const at = defaultStart + ordinal;
        switch (kind) {
          case "user":
            return void userSchema.parse(records.user(id, at));
          case "item":
            return void itemSchema.parse(records.item(id, at));
          case "purchase":
            return void purchaseSchema.parse(records.purchase(id, at, users, items));
          case "flash":
            return void purchaseSchema.parse(
              records.flashPurchase(id, at, { buyers: users, items, discount: 95 }),
            );
          case "pageview":
            return void pageviewSchema.parse(records.pageview(ordinal, at, users, items));
        }
      }),
    );
  });
});

describe("determinism", () => {
  it("makes these records on every machine", () => {
    const records = new ShopRecords(42);
    const id = idOf(42, "seeded", 6);
    const at = defaultStart + 6 * second;
    expect([
      records.user(id, at),
      records.item(id, at),
      records.purchase(id, at, users, items),
      records.pageview(6, at, users, items),
    ]).toMatchInlineSnapshot(`
      [
        {
          "country": "MX",
          "email": "ari.tillman.42000000007@example.net",
          "full_name": "Ari Tillman",
          "id": 42000000007,
          "signup_at": "2025-01-10T00:00:06.000000Z",
          "updated_at": "2026-01-01T00:00:06.000000Z",
        },
        {
          "category": "Computers",
          "created_at": "2025-10-02T00:00:06.000000Z",
          "id": 42000000007,
          "inventory": 188,
          "name": "Luxurious Plastic Pants",
          "price": "2.31",
          "updated_at": "2026-01-01T00:00:06.000000Z",
        },
        {
          "channel": "organic_search",
          "id": 42000000007,
          "item_id": 52,
          "purchase_price": "6.03",
          "purchased_at": "2026-01-01T00:00:06.000000Z",
          "quantity": 3,
          "updated_at": "2026-01-01T00:00:06.000000Z",
          "user_id": 675,
        },
        {
          "channel": "direct",
          "item_id": 18,
          "page": "/items/18",
          "pageview_id": "508bb833-2dc8-461a-b6b7-83140374099a",
          "user_agent": "Mozilla/5.0 (Linux; Android 5; SM-G998B) AppleWebKit/602.58 (KHTML, like Gecko) Chrome/104.6.16.18 Mobile Safari/555.84",
          "user_id": 505,
          "viewed_at": "2026-01-01T00:00:06.000000Z",
        },
      ]
    `);
  });

  it("does not depend on the records made before", () => {
    fc.assert(
      fc.property(ordinals, fc.array(ordinals, { maxLength: 5 }), (ordinal, others) => {
        const busy = new ShopRecords(1);
        for (const other of others) {
          busy.user(idOf(1, "seeded", other), defaultStart);
          busy.pageview(other, defaultStart, users, items);
        }
        const id = idOf(1, "seeded", ordinal);
        const fresh = new ShopRecords(1);
        expect(busy.purchase(id, defaultStart, users, items)).toEqual(
          fresh.purchase(id, defaultStart, users, items),
        );
      }),
    );
  });

  it("differs from seed to seed", () => {
    const one = new ShopRecords(1).purchase(7, defaultStart, users, items);
    const two = new ShopRecords(2).purchase(7, defaultStart, users, items);
    expect(one).not.toEqual(two);
  });
});

it("refers to users and items within the given ranges", () => {
  const records = new ShopRecords(3);
  for (let id = 1; id <= 2000; id += 1) {
    const purchase = records.purchase(id, defaultStart, { first: 10, last: 12 }, { first: 5, last: 5 });
    expect(purchase.user_id).toBeGreaterThanOrEqual(10);
    expect(purchase.user_id).toBeLessThanOrEqual(12);
    expect(purchase.item_id).toBe(5);
  }
});

it("sells at the item's list price, and below it in a flash sale", () => {
  const records = new ShopRecords(3);
  const item = records.item(5, defaultStart);
  const one = { first: 5, last: 5 };
  expect(records.purchase(1, defaultStart, users, one).purchase_price).toBe(item.price);
  const sale = { buyers: users, items: one, discount: 50 };
  expect(Number(records.flashPurchase(1, defaultStart, sale).purchase_price)).toBe(
    Math.floor(Number(item.price) * 50) / 100,
  );
});

it("repeats no email and no pageview id", () => {
  const records = new ShopRecords(0);
  const count = 20_000;
  const emails = new Set<string>();
  const views = new Set<string>();
  for (let n = 0; n < count; n += 1) {
    emails.add(records.user(n + 1, defaultStart).email);
    views.add(records.pageview(n, defaultStart, users, items).pageview_id);
  }
  expect([emails.size, views.size]).toEqual([count, count]);
});
