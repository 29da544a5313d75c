/** What `items`, `users`, `purchases` and `flashsale` have in common. */
import type { SourceRow, SourceTable } from "@lakehouse/contracts";
import { describeError } from "../run/retry.ts";
import { laneLock, seedRows } from "../run/seed-rows.ts";
import type { IdRange, Lane } from "../shop/ids.ts";
import { idOf } from "../shop/ids.ts";
import { ShopRecords } from "../shop/records.ts";
import { plannedClock } from "../shop/time.ts";
import { ShopDatabase } from "../sinks/postgres.ts";
import { clockOf, printResult, stopSignal } from "./context.ts";
import { microsOf, startOf } from "./options.ts";

export interface RowOptions {
  readonly seed: number;
  readonly start?: number | undefined;
  readonly now?: boolean | undefined;
  readonly spacing: number;
  readonly rate: number;
  readonly retryFor: number;
  readonly count?: number | undefined;
  readonly upto?: number | undefined;
}

export interface RowCommand {
  readonly name: string;
  readonly table: SourceTable;
  readonly lane: Lane;
  readonly options: RowOptions;
  /** The amount where none is given. */
  readonly amount: { readonly count: number } | { readonly upto: number };
  /** Users and items that must be there first. */
  readonly parents?: { readonly users: number; readonly items: number };
  readonly make: (records: ShopRecords, id: number, at: number) => SourceRow;
}

/** The first `n` seeded rows of a seed. */
export function seeded(seed: number, n: number): IdRange {
  return { first: idOf(seed, "seeded", 0), last: idOf(seed, "seeded", n - 1) };
}

/** Writes the rows, parents first, and prints what was written. */
export async function runRows(command: RowCommand): Promise<void> {
  const { options, table, lane } = command;
  const { seed } = options;
  const records = new ShopRecords(seed);
  const signal = stopSignal();
  const database = new ShopDatabase({
    retryWithin: options.retryFor,
    lane: laneLock(seed, lane),
    onRetry: (message) => process.stderr.write(`PostgreSQL: ${message}\n`),
  });
  try {
    if (command.parents !== undefined)
      await ensureParents(database, records, options, command.parents, signal);
    const amount =
      options.count !== undefined
        ? { count: options.count }
        : options.upto !== undefined
          ? { upto: options.upto }
          : command.amount;
    const result = await seedRows({
      database,
      table,
      seed,
      lane,
      make: (id, at) => command.make(records, id, at),
      clock: clockOf(options),
      rate: options.rate,
      amount,
      signal,
    });
    printResult({
      command: command.name,
      seed,
      ...result,
      ...(signal.aborted ? { stopped: describeError(signal.reason) } : {}),
    });
  } finally {
    await database.close();
  }
}

async function ensureParents(
  database: ShopDatabase,
  records: ShopRecords,
  options: RowOptions,
  parents: { readonly users: number; readonly items: number },
  signal: AbortSignal,
): Promise<void> {
  const common = {
    database,
    seed: options.seed,
    lane: "seeded",
    // Always planned: parents are the same rows whoever makes them first.
    clock: plannedClock(startOf(options), microsOf(options.spacing)),
    rate: Infinity,
    signal,
  } as const;
  await seedRows({
    ...common,
    table: "users",
    make: (id, at) => records.user(id, at),
    amount: { upto: parents.users },
  });
  await seedRows({
    ...common,
    table: "items",
    make: (id, at) => records.item(id, at),
    amount: { upto: parents.items },
  });
}
