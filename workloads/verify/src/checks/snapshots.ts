import type { TrinoSql } from "../clients/trino.ts";
import { microsOfText } from "../compare/canonical.ts";

/** A snapshot of an Iceberg table. The id is text: it is a 64-bit number. */
export interface Snapshot {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly committedAt: number;
}

/** A table's metadata table: `silver.users` → `silver."users$snapshots"`. */
function metadataTable(table: string, name: string): string {
  const [schema = "", simple = ""] = table.split(".");
  return `${schema}."${simple}$${name}"`;
}

/** All snapshots that a table keeps, oldest first. */
export async function snapshotsOf(trino: TrinoSql, table: string): Promise<Snapshot[]> {
  const rows = await trino.rows(
    `SELECT CAST(snapshot_id AS varchar), CAST(committed_at AS varchar) FROM ${metadataTable(table, "snapshots")} ORDER BY committed_at`,
  );
  return rows.map(([id, at]) => ({ id: String(id), committedAt: microsOfText(String(at)) / 1000 }));
}

/** The snapshots that were current at some moment of a span: those made in it, and the last before it. */
export async function snapshotsDuring(
  trino: TrinoSql,
  table: string,
  began: number,
  ended: number,
): Promise<Snapshot[]> {
  const snapshots = await snapshotsOf(trino, table);
  const firstWithin = snapshots.findIndex((snapshot) => snapshot.committedAt >= began);
  const first = firstWithin === -1 ? snapshots.length - 1 : Math.max(firstWithin - 1, 0);
  return snapshots.slice(first).filter((snapshot) => snapshot.committedAt <= ended);
}
