/** Which change events bronze must hold, from the plan. */
import type { SourceRow, SourceTable } from "@lakehouse/contracts";
import { type Change, type ShopState, applyChange, emptyState } from "@lakehouse/generators";
import { type Columns, type Row, recordToRow } from "../compare/rows.ts";
import { sourceColumns } from "./columns.ts";

/**
 * One event: which row, what happened, and the row afterwards. A row is inserted and deleted at most once, and its
 * updates differ by `updated_at`, so the key names the event and not only the row.
 */
export function eventKey(id: number | string, op: string, updatedAt: string): string {
  return op === "u" ? `${String(id)} u ${updatedAt}` : `${String(id)} ${op}`;
}

/** The events of a table that the changes must make, with the whole row as it was after each. */
export function expectedEvents(table: SourceTable, changes: readonly Change[]): Row[] {
  const columns: Columns = sourceColumns[table];
  const state: ShopState = emptyState();
  const events: Row[] = [];
  for (const change of changes) {
    applyChange(state, change);
    if (change.table !== table) continue;
    if (change.op === "delete") {
      // Of a deleted row the source tells only its key.
      events.push({ key: eventKey(change.id, "d", ""), values: [] });
      continue;
    }
    const row: SourceRow | undefined = state[table].get(change.id);
    if (row === undefined) throw new Error(`no row after ${change.op} of ${table} ${String(change.id)}`);
    const op = change.op === "insert" ? "c" : "u";
    events.push(recordToRow(columns, eventKey(change.id, op, row.updated_at), { ...row }));
  }
  return events;
}

/** How many events of each operation, as `c 10 · u 5 · d 1`. */
export function countByOp(events: readonly Row[]): string {
  const counts = new Map<string, number>();
  for (const event of events) {
    const op = event.key.split(" ")[1] ?? "?";
    counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([op, n]) => `${op} ${String(n)}`)
    .join(" · ");
}
