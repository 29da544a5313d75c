import { type SourceTable, silverTables, sourceTables } from "@lakehouse/contracts";
import { type CommittedBatch, isoInstant } from "@lakehouse/generators";
import { timestampLiteral } from "../clients/trino.ts";
import { canonical, microsOfText } from "../compare/canonical.ts";
import { type CommitWindow, type Latencies, type Sighting, latencies } from "../compare/latency.ts";
import type { CheckResult } from "../report.ts";
import { type Context, own, timed } from "./context.ts";
import { snapshotsDuring } from "./snapshots.ts";

/**
 * CDC latency: for every change of the measured stretch, from PostgreSQL's commit time (`_commit_ts`, the source's
 * own, carried through the pipeline) to the commit of the first snapshot of the silver table that shows the change
 * (`committed_at` in `$snapshots`; any query that begins after it sees the row). Every snapshot made meanwhile is
 * read by time travel, so nothing depends on how often this program looks. The commit time is checked against the
 * moments between which the writer's COMMIT ran. Both clocks are the one machine's.
 */
export async function checkLatency(
  context: Context,
  batches: readonly CommittedBatch[],
  limitP95: number,
): Promise<CheckResult> {
  const first = batches[0];
  const last = batches.at(-1);
  const limit = Number.isFinite(limitP95) ? `p95 ≤ ${limitP95.toFixed(1)} s, ` : "";
  const expected = `${limit}commit times true`;
  return timed("CDC latency commit → silver", expected, async () => {
    if (first === undefined || last === undefined) throw new Error("no change was made to measure");
    const windows = windowsOf(context, batches);
    const sightings: Sighting[] = [];
    for (const table of sourceTables) {
      sightings.push(...(await sightingsOf(context, table, first)));
    }
    const found = latencies(sightings, windows);
    return summary(found, windows.size, limitP95);
  });
}

function summary(
  found: Latencies,
  changes: number,
  limitP95: number,
): Pick<CheckResult, "got" | "passed" | "details" | "seconds"> {
  const seconds = (ms: number): string => (ms / 1000).toFixed(2);
  const details = [...found.implausible.slice(0, 5)];
  if (found.samples.length === 0) details.push("no change was seen in any snapshot");
  if (found.p95 > limitP95 * 1000)
    details.push(`p95 is ${seconds(found.p95)} s, the limit ${limitP95.toFixed(1)} s`);
  return {
    got: `p50 ${seconds(found.p50)} p95 ${seconds(found.p95)} p99 ${seconds(found.p99)} max ${seconds(found.max)} s (${String(found.samples.length)} seen of ${String(changes)})`,
    passed: details.length === 0,
    details,
    seconds: found.p95 / 1000,
  };
}

function keyOf(table: SourceTable, id: unknown, updatedAt: string): string {
  return `${table} ${String(id)} ${updatedAt}`;
}

/** When each change was committed, as its writer saw it. A deleted row leaves nothing in silver to see. */
function windowsOf(context: Context, batches: readonly CommittedBatch[]): Map<string, CommitWindow> {
  const windows = new Map<string, CommitWindow>();
  for (const batch of batches) {
    for (const change of context.batch.changes(batch.first, batch.first + batch.size)) {
      if (change.op === "delete") continue;
      const updatedAt = change.op === "insert" ? change.row.updated_at : change.set.updated_at;
      windows.set(keyOf(change.table, change.id, updatedAt), batch);
    }
  }
  return windows;
}

async function sightingsOf(context: Context, table: SourceTable, first: CommittedBatch): Promise<Sighting[]> {
  const silver = silverTables[table];
  const since = timestampLiteral(isoInstant(context.batch.clock(first.first)));
  const sightings: Sighting[] = [];
  for (const snapshot of await snapshotsDuring(context.trino, silver, first.began, Date.now())) {
    const rows = await context.trino.rows(
      `SELECT id, updated_at, _commit_ts FROM ${silver} FOR VERSION AS OF ${snapshot.id} WHERE ${own(context)} AND updated_at >= ${since}`,
    );
    for (const [id, updatedAt, committed] of rows) {
      sightings.push({
        key: keyOf(table, id, canonical("instant", updatedAt)),
        committed: microsOfText(String(committed)) / 1000,
        snapshot: snapshot.committedAt,
      });
    }
  }
  return sightings;
}
