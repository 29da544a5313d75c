import { type SourceTable, sourceTables } from "@lakehouse/contracts";
import type { ShopState } from "@lakehouse/generators";
import { type Row, recordToRow } from "../compare/rows.ts";
import { sourceColumns } from "../expected/columns.ts";
import type { CheckResult } from "../report.ts";
import { type Context, rowCheck } from "./context.ts";

/** The rows of a table that the seed says must be there. */
export function stateRows(state: ShopState, table: SourceTable): Row[] {
  return [...state[table].values()].map((row) =>
    recordToRow(sourceColumns[table], String(row.id), { ...row }),
  );
}

/** PostgreSQL holds what the seed says: the feeding itself was right. */
export async function checkSource(context: Context, state: ShopState): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const table of sourceTables) {
    results.push(
      await rowCheck(`source ${table} = seed`, sourceColumns[table], stateRows(state, table), () =>
        readSource(context, table),
      ),
    );
  }
  return results;
}

async function readSource(context: Context, table: SourceTable): Promise<Row[]> {
  const names = Object.keys(sourceColumns[table]);
  return context.database.run(async (client) => {
    // As text: the client's own conversion of timestamps drops the microseconds.
    const select = names.map((name) => `${name}::text`).join(", ");
    const { rows } = await client.query<Record<string, string>>(
      `SELECT ${select} FROM ${table} WHERE id BETWEEN $1 AND $2`,
      [context.batch.range.first, context.batch.range.last],
    );
    return rows.map((row) => recordToRow(sourceColumns[table], String(row["id"]), row));
  });
}
