/**
 * The writer against a real PostgreSQL that is killed under it; needs Debian's `postgresql` package. Logical decoding
 * counts the change events that the server made: nothing lost, nothing twice.
 */
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runTrickle } from "../run/trickle.ts";
import { seedRows } from "../run/seed-rows.ts";
import { laneRange } from "../shop/ids.ts";
import { ShopRecords } from "../shop/records.ts";
import { defaultStart, plannedClock, second } from "../shop/time.ts";
import { type ShopState, Trickle, applyChange, emptyState } from "../shop/trickle.ts";
import { LaneBusy, ShopDatabase } from "./postgres.ts";

const clock = plannedClock(defaultStart, second);
const never = new AbortController().signal;
const tables = ["users", "items", "purchases"] as const;

/** A server of Debian's programs in a folder of its own. */
class Server {
  readonly folder = mkdtempSync(join(tmpdir(), "generators-"));
  readonly port: number;
  readonly #bin: string;

  constructor(port: number) {
    const versions = readdirSync("/usr/lib/postgresql");
    this.#bin = `/usr/lib/postgresql/${versions.toSorted((a, b) => Number(a) - Number(b)).at(-1) ?? ""}/bin`;
    this.port = port;
    // PostgreSQL refuses to run as root.
    if (process.getuid?.() === 0) chownSync(this.folder, userId("postgres"), userId("postgres"));
    this.#run("initdb", "-D", `${this.folder}/data`, "-A", "trust", "-U", "postgres");
    this.start();
  }

  get connection(): pg.ClientConfig {
    return { host: "127.0.0.1", port: this.port, user: "postgres", database: "postgres" };
  }

  start(): void {
    const options = `-p ${String(this.port)} -k ${this.folder} -c wal_level=logical -c listen_addresses=127.0.0.1`;
    this.#run(
      "pg_ctl",
      "-D",
      `${this.folder}/data`,
      "-l",
      `${this.folder}/log`,
      "-o",
      options,
      "-w",
      "start",
    );
  }

  /** As a crash: no connection is closed in order, nothing is flushed. */
  kill(): void {
    this.#run("pg_ctl", "-D", `${this.folder}/data`, "-m", "immediate", "-w", "stop");
  }

  async sql<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
    const client = new pg.Client(this.connection);
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  remove(): void {
    this.kill();
    rmSync(this.folder, { recursive: true });
  }

  #run(program: string, ...args: string[]): void {
    const path = join(this.#bin, program);
    const asPostgres = process.getuid?.() === 0;
    execFileSync(asPostgres ? "setpriv" : path, asPostgres ? [...privileges, path, ...args] : args, {
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
}

const privileges = ["--reuid=postgres", "--regid=postgres", "--clear-groups"];

function userId(name: string): number {
  return Number(execFileSync("id", ["-u", name], { encoding: "utf8" }));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

let server: Server;

beforeAll(async () => {
  server = new Server(await freePort());
  const ddl = readFileSync(new URL("../../../../sql/shop/source/01-tables.sql", import.meta.url), "utf8");
  await server.sql(ddl);
  await server.sql(ddl);
  await server.sql("SELECT pg_create_logical_replication_slot('events', 'test_decoding')");
}, 60_000);

afterAll(() => {
  server.remove();
});

function database(lane?: number): ShopDatabase {
  return new ShopDatabase({
    connection: server.connection,
    retryWithin: 60_000,
    ...(lane === undefined ? {} : { lane }),
  });
}

/** What the seed says after so many changes, with the number of events of each sort. */
function expected(seed: number, count: number): { state: ShopState; events: Record<string, number> } {
  const plan = new Trickle(seed);
  const state = emptyState();
  const events: Record<string, number> = {};
  for (let k = 0; k < count; k += 1) {
    const change = plan.change(k, clock(k));
    applyChange(state, change);
    const sort = `${change.table} ${change.op.toUpperCase()}`;
    events[sort] = (events[sort] ?? 0) + 1;
  }
  return { state, events };
}

async function actual(seed: number): Promise<{ rows: number[][]; events: Record<string, number> }> {
  const { first, last } = laneRange(seed, "trickle");
  const rows: number[][] = [];
  for (const table of tables) {
    const found = await server.sql<{ id: string }>(
      `SELECT id FROM ${table} WHERE id BETWEEN ${String(first)} AND ${String(last)} ORDER BY id`,
    );
    rows.push(found.map(({ id }) => Number(id)));
  }
  const changes = await server.sql<{ sort: string; n: string }>(
    `SELECT replace(substring(data FROM 'public\\.(\\w+: \\w+)'), ':', '') AS sort, count(*) AS n
     FROM pg_logical_slot_get_changes('events', NULL, NULL) WHERE data LIKE 'table%' GROUP BY 1`,
  );
  return { rows, events: Object.fromEntries(changes.map(({ sort, n }) => [sort, Number(n)])) };
}

function idsOf(state: ShopState): number[][] {
  return tables.map((table) => [...state[table].keys()].toSorted((a, b) => a - b));
}

const installed = existsSync("/usr/lib/postgresql");

describe.skipIf(!installed)("a server that crashes under the trickle (needs Debian's postgresql)", () => {
  it("gets every change once", { timeout: 180_000 }, async () => {
    const count = 6000;
    let committed = 0;
    const writer = database();
    const running = runTrickle({
      database: writer,
      seed: 1,
      clock,
      rate: 1500,
      amount: { upto: count },
      signal: never,
      quiet: true,
      onCommit: ({ size }) => {
        committed += size;
      },
    });
    for (const mark of [1000, 2500, 4000]) {
      while (committed < mark) await sleep(5);
      server.kill();
      server.start();
    }
    await running;
    await writer.close();
    const { state, events } = expected(1, count);
    const found = await actual(1);
    expect(found.rows).toEqual(idsOf(state));
    expect(found.events).toEqual(events);
  });

  it("lets a new process go on where the old one stopped", { timeout: 60_000 }, async () => {
    for (const upto of [333, 334, 1000]) {
      const writer = database();
      await runTrickle({
        database: writer,
        seed: 2,
        clock,
        rate: Infinity,
        amount: { upto },
        signal: never,
        quiet: true,
      });
      await writer.close();
    }
    const { state, events } = expected(2, 1000);
    const found = await actual(2);
    expect(found.rows).toEqual(idsOf(state));
    expect(found.events).toEqual(events);
  });
});

it("seeds rows once, however often", async () => {
  const records = new ShopRecords(3);
  const writer = database();
  const work = {
    database: writer,
    table: "items",
    seed: 3,
    lane: "seeded",
    make: (id: number, at: number) => records.item(id, at),
    clock,
    rate: Infinity,
    signal: never,
  } as const;
  const first = await seedRows({ ...work, amount: { upto: 700 } });
  const again = await seedRows({ ...work, amount: { upto: 700 } });
  const more = await seedRows({ ...work, amount: { count: 50 } });
  await writer.close();
  expect([first.written, again.written, more.written]).toEqual([700, 0, 50]);
  const rows = await server.sql<{ id: string; price: string }>(
    "SELECT id, price FROM items WHERE id > 3000000000 AND id < 4000000000 ORDER BY id",
  );
  expect(rows).toEqual(
    Array.from({ length: 750 }, (_, n) => {
      const { id, price } = records.item(3_000_000_001 + n, defaultStart);
      return { id: String(id), price };
    }),
  );
});

it("refuses a second writer of the same ids", async () => {
  const [one, two] = [database(99), database(99)];
  await one.run((client) => client.query("SELECT 1"));
  await expect(two.run((client) => client.query("SELECT 1"))).rejects.toThrow(LaneBusy);
  await one.close();
  await two.run((client) => client.query("SELECT 1"));
  await two.close();
});
