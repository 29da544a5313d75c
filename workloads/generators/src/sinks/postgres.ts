/** Writes records into the source database, through restarts of it, neither losing nor doubling any. */
import type { SourceRow, SourceTable } from "@lakehouse/contracts";
import pg from "pg";
import type { IdRange } from "../shop/ids.ts";
import type { Change, Delete, Insert, Update } from "../shop/trickle.ts";
import { type RetryPolicy, describeError, isNetworkError, withRetry } from "../run/retry.ts";

/** Two generators in one lane of ids would each take the other's rows for its own. */
const lockSpace = 0x73686f70;

/** Another process writes the same ids. */
export class LaneBusy extends Error {
  constructor(lane: number) {
    super(
      `another process is writing with the same seed (lock ${String(lane)}): stop it or choose another --seed`,
    );
    this.name = "LaneBusy";
  }
}

export interface DatabaseOptions {
  /** How the client connects; PGHOST and its kin fill what is left out. */
  readonly connection?: pg.ClientConfig;
  /** Milliseconds to keep trying while the server is away. */
  readonly retryWithin: number;
  /** A number that identifies the lane of ids written, locked while connected. */
  readonly lane?: number;
  readonly onRetry?: (message: string) => void;
}

/** A connection that comes back by itself. */
export class ShopDatabase {
  readonly #options: DatabaseOptions;
  #client: pg.Client | undefined;

  constructor(options: DatabaseOptions) {
    this.#options = options;
  }

  /** Inserts rows in one statement; rows that are there already stay as they are. Returns how many were new. */
  async insert(table: SourceTable, rows: readonly SourceRow[]): Promise<number> {
    return this.run((client) => insertRows(client, table, rows));
  }

  /**
   * Makes changes in one transaction. When the connection breaks and nobody knows whether the commit arrived,
   * `committed` is asked before a second attempt.
   */
  async apply(changes: readonly Change[], committed: (client: pg.Client) => Promise<boolean>): Promise<void> {
    await this.run(async (client, attempt) => {
      if (attempt > 0 && (await committed(client))) return;
      await applyChanges(client, changes);
    });
  }

  /** The highest id of a table within a range, if there is any. */
  async highestId(table: SourceTable, range: IdRange): Promise<number | undefined> {
    return this.run((client) => highestId(client, table, range));
  }

  /** Runs work that is safe to repeat, on a connection that is renewed when it breaks. */
  async run<T>(work: (client: pg.Client, attempt: number) => Promise<T>): Promise<T> {
    const { onRetry } = this.#options;
    const policy: RetryPolicy = {
      within: this.#options.retryWithin,
      isTransient: isTransientPostgresError,
      onRetry: (error, wait) => onRetry?.(`${describeError(error)}; next attempt in ${String(wait)} ms`),
    };
    return withRetry(policy, async (attempt) => {
      try {
        this.#client ??= await this.#connect(attempt);
        return await work(this.#client, attempt);
      } catch (error) {
        await this.close();
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #connect(attempt: number): Promise<pg.Client> {
    const client = new pg.Client({
      application_name: "shop-generator",
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      ...this.#options.connection,
    });
    // Without a listener a connection that breaks while idle ends the process; the next query will report it.
    client.on("error", () => undefined);
    try {
      await client.connect();
      await this.#lock(client, attempt);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    return client;
  }

  async #lock(client: pg.Client, attempt: number): Promise<void> {
    const { lane } = this.#options;
    if (lane === undefined) return;
    const { rows } = await client.query<{ locked: boolean }>(
      "SELECT pg_try_advisory_lock($1, $2) AS locked",
      [lockSpace, lane],
    );
    if (rows[0]?.locked === true) return;
    // After a broken connection the server may hold the old session's lock for a moment.
    throw attempt > 0 ? Object.assign(new LaneBusy(lane), { code: "57P03" }) : new LaneBusy(lane);
  }
}

/** SQLSTATE classes and codes that pass by themselves: connection trouble, shutdown, start-up, too many clients. */
export function isTransientPostgresError(error: unknown): boolean {
  if (isNetworkError(error)) return true;
  if (!(error instanceof Error)) return false;
  const code: unknown = "code" in error ? error.code : undefined;
  if (typeof code === "string" && /^(08|57P0[1-3]$|53300$|40001$|40P01$)/.test(code)) return true;
  return /connection terminated|connection ended|not queryable|client was closed/i.test(error.message);
}

// Column types come from the tables themselves (`NULL::users`); one JSON parameter carries any number of rows.
const insertStatements: Readonly<Record<SourceTable, string>> = {
  users:
    "INSERT INTO users SELECT * FROM json_populate_recordset(NULL::users, $1) ON CONFLICT (id) DO NOTHING",
  items:
    "INSERT INTO items SELECT * FROM json_populate_recordset(NULL::items, $1) ON CONFLICT (id) DO NOTHING",
  purchases:
    "INSERT INTO purchases SELECT * FROM json_populate_recordset(NULL::purchases, $1) ON CONFLICT (id) DO NOTHING",
};

// `updated_at <` makes an update that was made before a no-op: it must not become a second change event.
const updateStatements: Readonly<Record<SourceTable, string>> = {
  users: `UPDATE users t SET full_name = s.full_name, country = s.country, updated_at = s.updated_at
    FROM json_populate_recordset(NULL::users, $1) s WHERE t.id = s.id AND t.updated_at < s.updated_at`,
  items: `UPDATE items t SET price = s.price, inventory = s.inventory, updated_at = s.updated_at
    FROM json_populate_recordset(NULL::items, $1) s WHERE t.id = s.id AND t.updated_at < s.updated_at`,
  purchases: `UPDATE purchases t SET quantity = s.quantity, channel = s.channel, updated_at = s.updated_at
    FROM json_populate_recordset(NULL::purchases, $1) s WHERE t.id = s.id AND t.updated_at < s.updated_at`,
};

const deleteStatements: Readonly<Record<SourceTable, string>> = {
  users: "DELETE FROM users WHERE id = ANY ($1::bigint[])",
  items: "DELETE FROM items WHERE id = ANY ($1::bigint[])",
  purchases: "DELETE FROM purchases WHERE id = ANY ($1::bigint[])",
};

/** A purchase refers to a user and an item: parents are inserted first and deleted last. */
const parentsFirst: readonly SourceTable[] = ["users", "items", "purchases"];

async function insertRows(
  client: pg.Client,
  table: SourceTable,
  rows: readonly SourceRow[],
): Promise<number> {
  const result = await client.query({
    name: `insert ${table}`,
    text: insertStatements[table],
    values: [JSON.stringify(rows)],
  });
  return result.rowCount ?? 0;
}

/** The highest id of a table within a range. */
export async function highestId(
  client: pg.Client,
  table: SourceTable,
  range: IdRange,
): Promise<number | undefined> {
  const { rows } = await client.query<{ id: string | null }>(
    `SELECT max(id) AS id FROM ${table} WHERE id BETWEEN $1 AND $2`,
    [range.first, range.last],
  );
  const id = rows[0]?.id;
  return id === null || id === undefined ? undefined : Number(id);
}

/**
 * Makes changes in one transaction with few statements: all inserts, then updates, then deletes. That keeps each
 * row's own order, as a plan inserts a row before it updates it and deletes it last.
 */
async function applyChanges(client: pg.Client, changes: readonly Change[]): Promise<void> {
  await client.query("BEGIN");
  try {
    for (const table of parentsFirst) {
      const inserts = changes.filter((c): c is Insert => c.op === "insert" && c.table === table);
      if (inserts.length > 0)
        await insertRows(
          client,
          table,
          inserts.map((c) => c.row),
        );
    }
    for (const table of parentsFirst) {
      const updates = changes.filter((c): c is Update => c.op === "update" && c.table === table);
      for (const group of withoutRepeatedIds(updates)) {
        const rows = group.map((c) => ({ id: c.id, ...c.set }));
        await client.query({
          name: `update ${table}`,
          text: updateStatements[table],
          values: [JSON.stringify(rows)],
        });
      }
    }
    for (const table of parentsFirst.toReversed()) {
      const ids = changes.filter((c): c is Delete => c.op === "delete" && c.table === table).map((c) => c.id);
      if (ids.length > 0)
        await client.query({ name: `delete ${table}`, text: deleteStatements[table], values: [ids] });
    }
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/**
 * Splits updates into groups that name no row twice, in order: one statement can update a row only once, and each
 * update must become an event of its own.
 */
export function withoutRepeatedIds<T extends { readonly id: number }>(updates: readonly T[]): T[][] {
  const groups: T[][] = [];
  const seenIn = new Map<number, number>();
  for (const update of updates) {
    const group = (seenIn.get(update.id) ?? -1) + 1;
    seenIn.set(update.id, group);
    (groups[group] ??= []).push(update);
  }
  return groups;
}
