import { type SourceTable, silverTables, sourceTables } from "@lakehouse/contracts";
import type { ShopState } from "@lakehouse/generators";
import type { CheckResult } from "../report.ts";
import { type Context, own, timed } from "./context.ts";
import { type Snapshot, snapshotsOf } from "./snapshots.ts";

/** A snapshot to come back to, and when it was known to be current. */
export type Bookmarks = ReadonlyMap<SourceTable, { readonly snapshot: Snapshot; readonly at: number }>;

/** Remembers each silver table's newest snapshot. */
export async function bookmark(context: Context): Promise<Bookmarks> {
  const bookmarks = new Map<SourceTable, { snapshot: Snapshot; at: number }>();
  for (const table of sourceTables) {
    const snapshots = await snapshotsOf(context.trino, silverTables[table]);
    const newest = snapshots.at(-1);
    if (newest === undefined) throw new Error(`${silverTables[table]} has no snapshot`);
    bookmarks.set(table, { snapshot: newest, at: Date.now() });
  }
  return bookmarks;
}

/** The earlier snapshot answers with the earlier count of the run's own rows, by version and by time; now differs. */
export async function checkTimeTravel(
  context: Context,
  bookmarks: Bookmarks,
  before: ShopState,
  after: ShopState,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const table of sourceTables) {
    const [earlier, now] = [before[table].size, after[table].size];
    results.push(
      await timed(
        `silver.${table} AS OF then / now`,
        `${String(earlier)} by version and time / ${String(now)}`,
        async () => {
          const mark = bookmarks.get(table);
          if (mark === undefined) throw new Error("no earlier snapshot is known");
          const count = async (clause: string): Promise<number> =>
            Number(
              await context.trino.value(
                `SELECT count(*) FROM ${silverTables[table]} ${clause} WHERE ${own(context)}`,
              ),
            );
          const moment = new Date(mark.snapshot.committedAt)
            .toISOString()
            .replace("T", " ")
            .replace("Z", " UTC");
          const byVersion = await count(`FOR VERSION AS OF ${mark.snapshot.id}`);
          const byTime = await count(`FOR TIMESTAMP AS OF TIMESTAMP '${moment}'`);
          const current = await count("");
          return {
            got:
              byVersion === byTime
                ? `${String(byVersion)} by version and time / ${String(current)}`
                : `${String(byVersion)} by version, ${String(byTime)} by time / ${String(current)}`,
            passed: byVersion === earlier && byTime === earlier && current === now,
            ...(earlier === now
              ? { passed: false, details: ["the run changed no count: feed more changes"] }
              : {}),
          };
        },
      ),
    );
  }
  return results;
}
