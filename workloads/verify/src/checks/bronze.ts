import { type SourceTable, bronzeTables, sourceTables } from "@lakehouse/contracts";
import type { Change } from "@lakehouse/generators";
import { canonical } from "../compare/canonical.ts";
import { type Row, compareRows, describe, same, toRow } from "../compare/rows.ts";
import { sourceColumns } from "../expected/columns.ts";
import { countByOp, eventKey, expectedEvents } from "../expected/changes.ts";
import type { CheckResult } from "../report.ts";
import { type Context, own, timed } from "./context.ts";

/** Bronze holds every change of the run, once, with the row as it was after it, in the order of LSN and offset. */
export async function checkBronze(context: Context, changes: readonly Change[]): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const table of sourceTables) {
    const expected = expectedEvents(table, changes);
    results.push(
      await timed(`bronze.${table} = every change once`, countByOp(expected), async () => {
        const got = await readEvents(context, table);
        const differences = compareRows(sourceColumns[table], expected, got);
        return { got: countByOp(got), passed: same(differences), details: describe(differences) };
      }),
      await checkOrder(context, table, expected),
    );
  }
  return results;
}

async function readEvents(context: Context, table: SourceTable): Promise<Row[]> {
  const columns = sourceColumns[table];
  const names = Object.keys(columns);
  const rows = await context.trino.rows(
    `SELECT _op, ${names.join(", ")} FROM ${bronzeTables[table]} WHERE ${own(context)} AND _source = 'cdc'`,
  );
  const updatedAt = names.indexOf("updated_at");
  return rows.map(([op, ...values]) => {
    const id = String(values[0]);
    const text = String(op);
    if (text === "d") return { key: eventKey(id, text, ""), values: [] };
    return toRow(columns, eventKey(id, text, canonical("instant", values[updatedAt])), values);
  });
}

/** The changes of each row follow each other by (_lsn, _offset) in the order in which they were made. */
async function checkOrder(
  context: Context,
  table: SourceTable,
  expected: readonly Row[],
): Promise<CheckResult> {
  const due = sequences(expected.map((event) => event.key));
  return timed(`bronze.${table} order of changes`, `${String(due.size)} rows in order`, async () => {
    const rows = await context.trino.rows(
      `SELECT id, _op, updated_at FROM ${bronzeTables[table]} WHERE ${own(context)} AND _source = 'cdc' ORDER BY _lsn, _offset`,
    );
    const got = sequences(
      rows.map(([id, op, at]) =>
        eventKey(String(id), String(op), op === "d" ? "" : canonical("instant", at)),
      ),
    );
    const wrong = [...due].filter(([id, sequence]) => got.get(id) !== sequence);
    return {
      got: `${String(due.size - wrong.length)} rows in order`,
      passed: wrong.length === 0 && got.size === due.size,
      details: wrong
        .slice(0, 5)
        .map(([id, sequence]) => `${id}: expected ${sequence}, got ${got.get(id) ?? "nothing"}`),
    };
  });
}

/** The events of each row, in order, as one text. */
export function sequences(keys: readonly string[]): Map<string, string> {
  const byId = new Map<string, string>();
  for (const key of keys) {
    const [id = "", ...event] = key.split(" ");
    const before = byId.get(id);
    byId.set(id, before === undefined ? event.join(" ") : `${before}, ${event.join(" ")}`);
  }
  return byId;
}
