import { bronzeTables, goldTables, silverTables } from "@lakehouse/contracts";
import type { JobRun } from "../clients/spark.ts";
import { type Columns, type Row, compareRows, describe, fingerprint, same, toRow } from "../compare/rows.ts";
import * as aggregates from "../expected/aggregates.ts";
import * as columns from "../expected/columns.ts";
import type { CheckResult } from "../report.ts";
import { type Context, rowCheck, timed } from "./context.ts";
import { keyOf } from "./own-derived.ts";
import { type Snapshot, snapshotsDuring } from "./snapshots.ts";

/**
 * Gold as a whole, everybody's rows included, against an independent computation over all rows of its inputs read
 * through Trino. The inputs' own rows of this run were compared with the seed before.
 */
export async function checkGold(context: Context, goldRun: JobRun): Promise<CheckResult[]> {
  const purchases = await readEnriched(context);
  const views = await readViews(context);
  const check = (table: string, shape: Columns, expected: readonly Row[]): Promise<CheckResult> =>
    rowCheck(`${table} = recomputed`, shape, expected, () => readTable(context, table, shape));
  return [
    await check(goldTables.topSellingItems, columns.topSellingColumns, aggregates.topSelling(purchases)),
    await check(
      goldTables.topConvertingItems,
      columns.topConvertingColumns,
      aggregates.topConverting(views, purchases),
    ),
    await check(
      goldTables.salesPerformance24h,
      columns.salesPerformanceColumns,
      aggregates.salesPerformance(purchases),
    ),
    await checkChannels(context, goldRun),
  ];
}

/**
 * Page views keep landing while gold is made, so the job may have read any snapshot that was current meanwhile: gold
 * must be exactly the computation over one of them.
 */
async function checkChannels(context: Context, goldRun: JobRun): Promise<CheckResult> {
  const table = goldTables.pageviewsByChannel;
  return timed(`${table} = recomputed`, "a snapshot's views by channel", async () => {
    const shape = columns.pageviewsByChannelColumns;
    const got = await readTable(context, table, shape);
    const candidates = await snapshotsDuring(
      context.trino,
      bronzeTables.pageviews,
      goldRun.began,
      goldRun.ended,
    );
    if (candidates.length === 0) throw new Error(`${bronzeTables.pageviews} has no snapshot`);
    let details: string[] = [];
    for (const candidate of candidates) {
      const expected = aggregates.viewsByChannel(await readLanded(context, candidate));
      const differences = compareRows(shape, expected, got);
      if (same(differences)) return { got: fingerprint(got), passed: true };
      details = [
        `against snapshot ${candidate.id} (the closest of ${String(candidates.length)} differs too):`,
        ...describe(differences),
      ];
    }
    return { got: fingerprint(got), passed: false, details };
  });
}

async function readTable(context: Context, table: string, shape: Columns): Promise<Row[]> {
  const rows = await context.trino.rows(`SELECT ${Object.keys(shape).join(", ")} FROM ${table}`);
  return rows.map((values) => toRow(shape, keyOf(shape, values), values));
}

type Sale = Pick<
  aggregates.Enriched,
  "item_id" | "item_name" | "item_category" | "quantity" | "revenue" | "purchased_at" | "user_id"
>;

async function readEnriched(context: Context): Promise<Sale[]> {
  const rows = await context.trino.rows(
    `SELECT item_id, item_name, item_category, quantity, revenue, purchased_at, user_id FROM ${silverTables.purchasesEnriched}`,
  );
  return rows.map(([itemId, name, category, quantity, revenue, at, user]) => ({
    item_id: Number(itemId),
    item_name: textOrNull(name),
    item_category: textOrNull(category),
    quantity: Number(quantity),
    revenue: String(revenue),
    purchased_at: String(at),
    user_id: Number(user),
  }));
}

async function readViews(context: Context): Promise<aggregates.ItemViews[]> {
  const rows = await context.trino.rows(
    `SELECT item_id, item_name, category, views, unique_users FROM ${silverTables.pageviewsByItems}`,
  );
  return rows.map(([id, name, category, views, users]) => ({
    item_id: Number(id),
    item_name: textOrNull(name),
    category: textOrNull(category),
    views: Number(views),
    unique_users: Number(users),
  }));
}

async function readLanded(context: Context, snapshot: Snapshot): Promise<aggregates.LandedView[]> {
  const rows = await context.trino.rows(
    `SELECT pageview_id, channel, user_id, _object, _line FROM ${bronzeTables.pageviews} FOR VERSION AS OF ${snapshot.id}`,
  );
  return rows.map(([id, channel, user, object, line]) => ({
    pageview_id: String(id),
    channel: String(channel),
    user_id: Number(user),
    object: String(object),
    line: Number(line),
  }));
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
