import { goldTables, silverTables } from "@lakehouse/contracts";
import type { PageviewObject, ShopState } from "@lakehouse/generators";
import { type Columns, type Row, toRow } from "../compare/rows.ts";
import * as aggregates from "../expected/aggregates.ts";
import { deliveredViews } from "../expected/batch.ts";
import * as columns from "../expected/columns.ts";
import type { CheckResult } from "../report.ts";
import { type Context, own, rowCheck } from "./context.ts";

/**
 * The derived tables as far as they speak of the run's own rows, computed from the seed alone. The sales window is
 * asked to end within the run's own history, so the whole table is the run's.
 */
export async function checkOwnDerived(
  context: Context,
  state: ShopState,
  objects: readonly PageviewObject[],
): Promise<CheckResult[]> {
  const purchases = aggregates.enrich(state);
  const views = aggregates.viewsByItem(deliveredViews(objects), state.items);
  const read = (table: string, shape: Columns, where: string) => async (): Promise<Row[]> => {
    const rows = await context.trino.rows(`SELECT ${Object.keys(shape).join(", ")} FROM ${table}${where}`);
    return rows.map((values) => toRow(shape, keyOf(shape, values), values));
  };
  const items = ` WHERE ${own(context, "item_id")}`;
  const check = (
    table: string,
    shape: Columns,
    expected: readonly Row[],
    where: string,
  ): Promise<CheckResult> => rowCheck(`${table} = seed`, shape, expected, read(table, shape, where));
  return [
    await check(
      silverTables.purchasesEnriched,
      columns.enrichedColumns,
      aggregates.enrichedRows(purchases),
      ` WHERE ${own(context)}`,
    ),
    await check(
      silverTables.pageviewsByItems,
      columns.pageviewsByItemsColumns,
      aggregates.viewsByItemRows(views),
      items,
    ),
    await check(
      goldTables.topSellingItems,
      columns.topSellingColumns,
      aggregates.topSelling(purchases),
      items,
    ),
    await check(
      goldTables.topConvertingItems,
      columns.topConvertingColumns,
      aggregates.topConverting(views, purchases),
      items,
    ),
    await check(
      goldTables.salesPerformance24h,
      columns.salesPerformanceColumns,
      aggregates.salesPerformance(purchases, context.batch.asOf),
      "",
    ),
  ];
}

/** The first column is every derived table's key; hours are spelt as the expected rows spell them. */
export function keyOf(shape: Columns, values: readonly unknown[]): string {
  const key = String(values[0]);
  return Object.values(shape)[0] === "instant"
    ? new Date(`${key.slice(0, 19).replace(" ", "T")}Z`).toISOString()
    : key;
}
