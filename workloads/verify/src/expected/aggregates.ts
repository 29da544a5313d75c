/**
 * The medallion's derived tables, computed without SQL. Money is in whole cents as bigint: sums are exact.
 * Inputs are rows from the seed, or rows read through Trino; the computation is the same.
 */
import { type ShopState, formatCents, parseCents } from "@lakehouse/generators";
import { microsOfText } from "../compare/canonical.ts";
import { type Row, recordToRow } from "../compare/rows.ts";
import * as columns from "./columns.ts";

/** A row of silver.purchases_enriched. */
export interface Enriched {
  readonly id: number;
  readonly user_id: number;
  readonly user_country: string | null;
  readonly item_id: number;
  readonly item_name: string | null;
  readonly item_category: string | null;
  readonly quantity: number;
  readonly purchase_price: string;
  readonly revenue: string;
  readonly channel: string;
  readonly purchased_at: string;
  readonly updated_at: string;
}

/** Cents as decimal text, of any size. */
export function centsText(cents: bigint): string {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, "0");
  return `${cents < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Decimal text with two places as cents. */
export function textCents(text: string): bigint {
  const match = /^(-?\d+)\.(\d{2})$/.exec(text);
  if (match === null) throw new Error(`not an amount with two decimals: ${JSON.stringify(text)}`);
  return BigInt(`${match[1] ?? ""}${match[2] ?? ""}`);
}

/** Purchases with their user's country and their item's name and category. */
export function enrich(state: ShopState): Enriched[] {
  return [...state.purchases.values()].map((purchase) => {
    const item = state.items.get(purchase.item_id);
    return {
      id: purchase.id,
      user_id: purchase.user_id,
      user_country: state.users.get(purchase.user_id)?.country ?? null,
      item_id: purchase.item_id,
      item_name: item?.name ?? null,
      item_category: item?.category ?? null,
      quantity: purchase.quantity,
      purchase_price: purchase.purchase_price,
      revenue: formatCents(purchase.quantity * parseCents(purchase.purchase_price)),
      channel: purchase.channel,
      purchased_at: purchase.purchased_at,
      updated_at: purchase.updated_at,
    };
  });
}

export function enrichedRows(purchases: readonly Enriched[]): Row[] {
  return purchases.map((p) => recordToRow(columns.enrichedColumns, String(p.id), { ...p }));
}

type SoldInput = Pick<Enriched, "item_id" | "item_name" | "item_category" | "quantity" | "revenue">;

/** Sales by item. */
export function topSelling(purchases: Iterable<SoldInput>): Row[] {
  const items = new Map<
    number,
    { name: string | null; category: string | null; units: bigint; cents: bigint; purchases: number }
  >();
  for (const p of purchases) {
    let item = items.get(p.item_id);
    if (item === undefined) {
      item = { name: p.item_name, category: p.item_category, units: 0n, cents: 0n, purchases: 0 };
      items.set(p.item_id, item);
    }
    item.units += BigInt(p.quantity);
    item.cents += textCents(p.revenue);
    item.purchases += 1;
  }
  return [...items].map(([id, item]) =>
    recordToRow(columns.topSellingColumns, String(id), {
      item_id: id,
      item_name: item.name,
      category: item.category,
      units_sold: item.units,
      total_revenue: centsText(item.cents),
      purchases: item.purchases,
    }),
  );
}

type SaleInput = Pick<Enriched, "purchased_at" | "quantity" | "revenue" | "user_id">;

const hourMicros = 3_600_000_000;

/** Sales by hour in (asOf − 24 h, asOf]; without `asOf` the window ends at the newest purchase. */
export function salesPerformance(purchases: readonly SaleInput[], asOf?: string): Row[] {
  const moments = purchases.map((p) => microsOfText(p.purchased_at));
  const end = asOf === undefined ? moments.reduce((a, b) => Math.max(a, b), -Infinity) : microsOfText(asOf);
  const hours = new Map<number, { purchases: number; units: bigint; cents: bigint; buyers: Set<number> }>();
  purchases.forEach((p, index) => {
    const at = moments[index] ?? 0;
    if (at <= end - 24 * hourMicros || at > end) return;
    const start = Math.floor(at / hourMicros) * hourMicros;
    let row = hours.get(start);
    if (row === undefined) {
      row = { purchases: 0, units: 0n, cents: 0n, buyers: new Set() };
      hours.set(start, row);
    }
    row.purchases += 1;
    row.units += BigInt(p.quantity);
    row.cents += textCents(p.revenue);
    row.buyers.add(p.user_id);
  });
  return [...hours].map(([start, row]) => {
    const text = new Date(start / 1000).toISOString();
    return recordToRow(columns.salesPerformanceColumns, text, {
      hour: text,
      purchases: row.purchases,
      units_sold: row.units,
      revenue: centsText(row.cents),
      unique_buyers: row.buyers.size,
    });
  });
}

/** What is known of an item's views. */
export interface ItemViews {
  readonly item_id: number;
  readonly item_name: string | null;
  readonly category: string | null;
  readonly views: number;
  readonly unique_users: number;
}

type View = { readonly user_id: number; readonly item_id: number | null };
type Named = { readonly name: string; readonly category: string };

/** Views by item. `views` are delivered once each. */
export function viewsByItem(views: readonly View[], items: ReadonlyMap<number, Named>): ItemViews[] {
  const byItem = new Map<number, { views: number; users: Set<number> }>();
  for (const view of views) {
    if (view.item_id === null) continue;
    let item = byItem.get(view.item_id);
    if (item === undefined) {
      item = { views: 0, users: new Set() };
      byItem.set(view.item_id, item);
    }
    item.views += 1;
    item.users.add(view.user_id);
  }
  return [...byItem].map(([id, item]) => ({
    item_id: id,
    item_name: items.get(id)?.name ?? null,
    category: items.get(id)?.category ?? null,
    views: item.views,
    unique_users: item.users.size,
  }));
}

export function viewsByItemRows(items: readonly ItemViews[]): Row[] {
  return items.map((item) => recordToRow(columns.pageviewsByItemsColumns, String(item.item_id), { ...item }));
}

/** Purchases per view of every item that was viewed. */
export function topConverting(
  items: readonly ItemViews[],
  purchases: Iterable<{ readonly item_id: number }>,
): Row[] {
  const bought = new Map<number, number>();
  for (const p of purchases) bought.set(p.item_id, (bought.get(p.item_id) ?? 0) + 1);
  return items.map((item) => {
    const count = bought.get(item.item_id) ?? 0;
    return recordToRow(columns.topConvertingColumns, String(item.item_id), {
      item_id: item.item_id,
      item_name: item.item_name,
      category: item.category,
      views: item.views,
      purchases: count,
      conversion_rate: count / item.views,
    });
  });
}

/** A page view as bronze holds it, with its place. */
export interface LandedView {
  readonly pageview_id: string;
  readonly channel: string;
  readonly user_id: number;
  readonly object: string;
  readonly line: number;
}

/** Views and users by channel; a view delivered more than once counts by its first delivery (object, line). */
export function viewsByChannel(landed: Iterable<LandedView>): Row[] {
  const first = new Map<string, LandedView>();
  for (const view of landed) {
    const other = first.get(view.pageview_id);
    if (
      other === undefined ||
      view.object < other.object ||
      (view.object === other.object && view.line < other.line)
    ) {
      first.set(view.pageview_id, view);
    }
  }
  const channels = new Map<string, { views: number; users: Set<number> }>();
  for (const view of first.values()) {
    let channel = channels.get(view.channel);
    if (channel === undefined) {
      channel = { views: 0, users: new Set() };
      channels.set(view.channel, channel);
    }
    channel.views += 1;
    channel.users.add(view.user_id);
  }
  return [...channels].map(([channel, { views, users }]) =>
    recordToRow(columns.pageviewsByChannelColumns, channel, { channel, views, unique_users: users.size }),
  );
}
