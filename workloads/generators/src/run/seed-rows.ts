/** Fills one table's lane of ids in order: the common loop of the row generators. */
import type { SourceRow, SourceTable } from "@lakehouse/contracts";
import { type Lane, idOf, idsPerLane, laneRange, lanes, ordinalOf } from "../shop/ids.ts";
import type { Clock } from "../shop/time.ts";
import type { ShopDatabase } from "../sinks/postgres.ts";
import { paced } from "./pace.ts";
import { Progress } from "./progress.ts";

export interface SeedRows {
  readonly database: ShopDatabase;
  readonly table: SourceTable;
  readonly seed: number;
  readonly lane: Lane;
  readonly make: (id: number, at: number) => SourceRow;
  readonly clock: Clock;
  readonly rate: number;
  /** So many more, or until there are so many. */
  readonly amount: { readonly count: number } | { readonly upto: number };
  readonly signal: AbortSignal;
  readonly batch?: number;
}

export interface SeedResult {
  readonly written: number;
  readonly firstId: number;
  readonly nextId: number;
  readonly seconds: number;
}

/** Large enough that round trips do not count, small enough that one is a fraction of a second's work. */
const defaultBatch = 5000;

/** Continues after the highest id found, until the amount is reached or the signal comes. */
export async function seedRows(work: SeedRows): Promise<SeedResult> {
  const { database, table, seed, lane, signal } = work;
  const highest = await database.highestId(table, laneRange(seed, lane));
  const begin = highest === undefined ? 0 : ordinalOf(seed, lane, highest) + 1;
  const end = "count" in work.amount ? begin + work.amount.count : work.amount.upto;
  if (end > idsPerLane)
    throw new Error(`a seed has ${String(idsPerLane)} ids for ${table}: choose another --seed`);
  const total = Math.max(end - begin, 0);
  const progress = new Progress(table, "rows", total);
  if (begin > 0) progress.note(`continuing after id ${String(highest)}`);
  let next = begin;
  for await (const size of paced({ rate: work.rate, maxBatch: work.batch ?? defaultBatch, total, signal })) {
    const rows: SourceRow[] = [];
    for (let ordinal = next; ordinal < next + size; ordinal += 1) {
      rows.push(work.make(idOf(seed, lane, ordinal), work.clock(ordinal)));
    }
    await database.insert(table, rows);
    next += size;
    progress.add(size);
  }
  progress.finish();
  return {
    written: next - begin,
    firstId: idOf(seed, lane, begin),
    nextId: idOf(seed, lane, next),
    seconds: Number(progress.seconds.toFixed(3)),
  };
}

/** A number for the lock of a seed's lane. */
export function laneLock(seed: number, lane: Lane): number {
  return seed * Object.keys(lanes).length + Object.keys(lanes).indexOf(lane);
}
