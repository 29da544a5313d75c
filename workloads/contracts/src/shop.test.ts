import { describe, expect, it } from "vitest";
import { parsePageviewLine, parseRecord, purchaseSchema, userSchema } from "./shop.ts";

const purchase = {
  id: 1,
  user_id: 2,
  item_id: 3,
  quantity: 1,
  purchase_price: "12.50",
  channel: "email",
  purchased_at: "2026-01-01T00:00:00.000001Z",
  updated_at: "2026-01-01T00:00:00Z",
};

const pageview = {
  pageview_id: "8c1f0e3a-5d1b-4c6e-9f3a-0d2b4c6e8f10",
  user_id: 1,
  item_id: null,
  page: "/",
  channel: "direct",
  viewed_at: "2026-01-01T00:00:00Z",
  user_agent: "agent",
};

describe("purchase", () => {
  it("accepts a purchase", () => {
    expect(parseRecord(purchaseSchema, purchase).ok).toBe(true);
  });

  it.each([
    ["money as a number", { purchase_price: 12.5 }, "purchase_price"],
    ["money with one decimal", { purchase_price: "12.5" }, "purchase_price"],
    ["money beyond numeric(10,2)", { purchase_price: "123456789.00" }, "purchase_price"],
    ["nothing bought", { quantity: 0 }, "quantity"],
    ["an unknown channel", { channel: "carrier_pigeon" }, "channel"],
    ["a local time", { purchased_at: "2026-01-01T00:00:00" }, "purchased_at"],
    ["an id that a number cannot hold", { id: 2 ** 53 }, "id"],
    ["a column too many", { note: "?" }, "note"],
  ])("refuses %s and names the field", (_, change, field) => {
    const parsed = parseRecord(purchaseSchema, { ...purchase, ...change });
    expect(parsed.ok ? "" : parsed.faults.join("\n")).toContain(field);
  });
});

it("tells every fault of a record at once", () => {
  const parsed = parseRecord(userSchema, { id: 0, email: "?", full_name: "", country: "Germany" });
  expect(parsed.ok ? [] : parsed.faults.map((fault) => fault.split(":")[0])).toEqual([
    "id",
    "email",
    "full_name",
    "country",
    "signup_at",
    "updated_at",
  ]);
});

describe("a pageview line", () => {
  it("is parsed", () => {
    expect(parsePageviewLine(JSON.stringify(pageview))).toEqual({ ok: true, value: pageview });
  });

  it("may not leave item_id out, only set it to null", () => {
    expect(parsePageviewLine(JSON.stringify({ ...pageview, item_id: undefined })).ok).toBe(false);
  });

  it.each(["", "{", "null", "[]", "<html>"])("refuses %j", (line) => {
    expect(parsePageviewLine(line).ok).toBe(false);
  });
});
