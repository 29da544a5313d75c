/** Quoting, connections and the order of changes on one PostgreSQL server. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Settings } from "./config.ts";

/** An identifier, quoted. */
export const identifier = (name: string): string => pg.escapeIdentifier(name);

/** A string constant, quoted; for statements that take no parameters. */
export const literal = (text: string): string => pg.escapeLiteral(text);

/** Several identifiers, quoted and separated by commas. */
export const identifiers = (names: readonly string[]): string => names.map(identifier).join(", ");

/** A grantee: the pseudo role `public` is a keyword, everything else an identifier. */
export const grantee = (role: string): string => (role === "public" ? "PUBLIC" : identifier(role));

/** One connection. */
export interface Session {
  /** Runs a query with `$1` parameters and gives its rows. */
  rows<Row extends pg.QueryResultRow>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Runs a statement. */
  run(sql: string): Promise<void>;
}

/** `server_version_num`, for example 170006. */
export async function serverVersion(session: Session): Promise<number> {
  const [row] = await session.rows<{ number: number }>(
    "SELECT current_setting('server_version_num')::int AS number",
  );
  return row?.number ?? 0;
}

const MISSING = new Set(["3D000", "3F000", "42704", "42P01", "42883"]);

/** SQLSTATE or system error code of what was thrown. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether a statement failed because the object, role, schema or database is not there. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error instanceof ConnectError ? error.cause : error);
  return code !== undefined && MISSING.has(code);
}

/** A connection that could not be made; `cause` is the driver's error. */
export class ConnectError extends Error {}

/**
 * Held inside the transaction of every change, so that two plugin processes (one per provider resource) take
 * turns too. Any constant does; PostgreSQL keeps advisory locks per database.
 */
export const ADVISORY_LOCK = "7305416098170421";

/** A PostgreSQL server with the credentials of one provider. */
export class Server {
  readonly settings: Settings;
  readonly #pools = new Map<string, pg.Pool>();
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** Lets `work` use a connection to the database. */
  async read<T>(database: string, work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#connect(database);
    let broken: Error | undefined;
    try {
      return await work({
        rows: async <Row extends pg.QueryResultRow>(sql: string, parameters?: readonly unknown[]) =>
          (await client.query<Row>(sql, [...(parameters ?? [])])).rows,
        run: async (sql) => {
          await client.query(sql);
        },
      });
    } catch (error) {
      broken = error instanceof pg.DatabaseError && error.severity === "ERROR" ? undefined : toError(error);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /**
   * Ends the idle connections to a database: PostgreSQL wants others gone before it renames, copies or moves it.
   * It gives them seconds for that, so nobody waits here (least of all for a connection that the caller holds).
   */
  leave(database: string): void {
    this.#pools
      .get(database)
      ?.end()
      .catch(() => undefined);
    this.#pools.delete(database);
  }

  /**
   * Runs `work` in a transaction, one change at a time: PostgreSQL answers "tuple concurrently updated" when two
   * sessions grant on one object. Other programs may still get in between, so that answer is tried again.
   */
  change<T>(database: string, work: (session: Session) => Promise<T>): Promise<T> {
    return this.changeOutsideTransaction(database, async (session) => {
      await session.run("BEGIN");
      try {
        await session.run(`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`);
        const result = await work(session);
        await session.run("COMMIT");
        return result;
      } catch (error) {
        await session.run("ROLLBACK").catch(() => undefined);
        throw error;
      }
    });
  }

  /** As `change`, for statements that PostgreSQL refuses in a transaction; `work` may be repeated. */
  changeOutsideTransaction<T>(database: string, work: (session: Session) => Promise<T>): Promise<T> {
    const attempt = async (left: number): Promise<T> => {
      try {
        return await this.read(database, work);
      } catch (error) {
        if (left === 0 || !isTransient(error)) throw error;
        await sleep(50 * (6 - left));
        return attempt(left - 1);
      }
    };
    const result = this.#lastChange.then(() => attempt(5));
    this.#lastChange = result.catch(() => undefined);
    return result;
  }

  async #connect(database: string): Promise<pg.PoolClient> {
    const { host, port, username, sslmode, connectTimeout } = this.settings;
    const deadline = connectTimeout === 0 ? Infinity : Date.now() + connectTimeout * 1000;
    for (;;) {
      try {
        return await this.#pool(database).connect();
      } catch (error) {
        if (isStarting(error) && Date.now() + 250 < deadline) {
          await sleep(250);
          continue;
        }
        const reason = toError(error).message || String(errorCode(error));
        throw new ConnectError(
          `cannot connect to PostgreSQL at ${host}:${String(port)}, database ${database}, as ${username} (sslmode ${sslmode}): ${reason}`,
          { cause: error },
        );
      }
    }
  }

  #pool(database: string): pg.Pool {
    const known = this.#pools.get(database);
    if (known) return known;
    const { host, port, username, password, sslmode, sslrootcert, connectTimeout, maxConnections } =
      this.settings;
    const pool = new pg.Pool({
      host,
      port,
      user: username,
      password,
      database,
      ssl: tls(sslmode, sslrootcert),
      application_name: "pulumi-resource-postgresql",
      connectionTimeoutMillis: connectTimeout * 1000,
      max: maxConnections === 0 ? Number.MAX_SAFE_INTEGER : maxConnections,
      // Others may want to drop the database: PostgreSQL waits five seconds for connections to go.
      idleTimeoutMillis: 2000,
    });
    // An idle connection that the server closes is nobody's fault; without a listener it would end the process.
    pool.on("error", () => undefined);
    this.#pools.set(database, pool);
    return pool;
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function tls(sslmode: Settings["sslmode"], sslrootcert: string | undefined): pg.ClientConfig["ssl"] {
  if (sslmode === "disable") return false;
  const ca = sslrootcert === undefined ? {} : { ca: readFileSync(sslrootcert, "utf8") };
  if (sslmode === "require") return { rejectUnauthorized: false };
  if (sslmode === "verify-ca")
    return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  return { ...ca, rejectUnauthorized: true };
}

// What a server that is about to answer says: nothing listens yet, a port forwarder hangs up, still recovering.
function isStarting(error: unknown): boolean {
  const code = errorCode(error);
  if (code !== undefined && ["ECONNREFUSED", "ECONNRESET", "EPIPE", "57P03", "53300"].includes(code))
    return true;
  return error instanceof Error && error.message.startsWith("Connection terminated unexpectedly");
}

function isTransient(error: unknown): boolean {
  const code = errorCode(error);
  if (code === "40P01" || code === "40001") return true;
  return code === "XX000" && error instanceof Error && /tuple concurrently/.test(error.message);
}
