/** Applies the trickle's plan to the database at a steady rate. */
import type { SourceTable } from "@lakehouse/contracts";
import type pg from "pg";
import type { Clock } from "../shop/time.ts";
import { type Change, Trickle, trickleRange } from "../shop/trickle.ts";
import { type ShopDatabase, highestId } from "../sinks/postgres.ts";
import { paced } from "./pace.ts";
import { Progress } from "./progress.ts";

export interface RunTrickle {
  readonly database: ShopDatabase;
  readonly seed: number;
  readonly clock: Clock;
  readonly rate: number;
  /** So many more changes, until the plan's so-manieth, or endless. */
  readonly amount: { readonly count: number } | { readonly upto: number } | undefined;
  readonly forMs?: number | undefined;
  readonly signal: AbortSignal;
  /** Where to begin, when the caller knows; otherwise the tables are asked. */
  readonly from?: number;
  readonly quiet?: boolean;
  /** Told of every committed batch: its first change, how many, and the wall clock before and after the commit. */
  readonly onCommit?: (batch: CommittedBatch) => void;
}

/** A batch that was committed between two moments (milliseconds of the wall clock). */
export interface CommittedBatch {
  readonly first: number;
  readonly size: number;
  readonly began: number;
  readonly ended: number;
}

export interface TrickleResult {
  /** The plan's changes that were made: from (inclusive) and to (exclusive). */
  readonly from: number;
  readonly to: number;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  readonly seconds: number;
}

const maxBatch = 2000;

/** Continues the plan where the tables show that it stopped. */
export async function runTrickle(work: RunTrickle): Promise<TrickleResult> {
  const { database, seed, signal } = work;
  const plan = new Trickle(seed);
  const from =
    work.from ?? (await database.run(async (client) => plan.resumeAt(await highestIds(client, seed))));
  const total = amountFrom(from, work.amount);
  const progress = work.quiet === true ? undefined : new Progress("trickle", "changes", total);
  if (from > 0) progress?.note(`continuing with change ${String(from)}`);
  const counts = { insert: 0, update: 0, delete: 0 };
  const began = performance.now();
  let next = from;
  const pace = { rate: work.rate, maxBatch, total, forMs: work.forMs, signal };
  for await (const size of paced(pace)) {
    const changes: Change[] = [];
    for (let k = next; k < next + size; k += 1) changes.push(plan.change(k, work.clock(k)));
    const first = next;
    const batchBegan = Date.now();
    await database.apply(changes, (client) => wasCommitted(client, plan, first, changes));
    for (const change of changes) counts[change.op] += 1;
    work.onCommit?.({ first, size, began: batchBegan, ended: Date.now() });
    next += size;
    progress?.add(size);
  }
  progress?.finish();
  return {
    from,
    to: next,
    inserts: counts.insert,
    updates: counts.update,
    deletes: counts.delete,
    seconds: Number(((performance.now() - began) / 1000).toFixed(3)),
  };
}

function amountFrom(from: number, amount: RunTrickle["amount"]): number {
  if (amount === undefined) return Infinity;
  return "count" in amount ? amount.count : Math.max(amount.upto - from, 0);
}

/** The trickle's highest id in every table. */
async function highestIds(client: pg.Client, seed: number): Promise<Partial<Record<SourceTable, number>>> {
  const highest: Partial<Record<SourceTable, number>> = {};
  for (const table of ["users", "items", "purchases"] as const) {
    const id = await highestId(client, table, trickleRange(seed));
    if (id !== undefined) highest[table] = id;
  }
  return highest;
}

/**
 * Whether a batch arrived whose commit was never answered. A batch is one transaction, so one of its inserts proves
 * all of it; a batch without inserts may be made again, as it then changes nothing.
 */
async function wasCommitted(
  client: pg.Client,
  plan: Trickle,
  first: number,
  changes: readonly Change[],
): Promise<boolean> {
  const insert = changes.findIndex((change) => change.op === "insert");
  if (insert === -1) return false;
  return plan.resumeAt(await highestIds(client, plan.seed)) > first + insert;
}
