import { type SourceTable, silverTables, sourceTables } from "@lakehouse/contracts";
import type { ShopState } from "@lakehouse/generators";
import { type Row, toRow } from "../compare/rows.ts";
import { sourceColumns } from "../expected/columns.ts";
import type { CheckResult } from "../report.ts";
import { type Context, own, rowCheck } from "./context.ts";
import { stateRows } from "./source.ts";

/** Silver's current state is the source's, row by row. */
export async function checkSilver(context: Context, state: ShopState): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const table of sourceTables) {
    results.push(
      await rowCheck(`silver.${table} = source`, sourceColumns[table], stateRows(state, table), () =>
        readSilver(context, table),
      ),
    );
  }
  return results;
}

async function readSilver(context: Context, table: SourceTable): Promise<Row[]> {
  const columns = sourceColumns[table];
  const rows = await context.trino.rows(
    `SELECT ${Object.keys(columns).join(", ")} FROM ${silverTables[table]} WHERE ${own(context)}`,
  );
  return rows.map((values) => toRow(columns, String(values[0]), values));
}
