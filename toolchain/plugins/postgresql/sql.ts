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

// Held inside the transaction of every change, so that two plugin processes (one per provider resource) take
// turns too. Any constant does; PostgreSQL keeps advisory locks per database.
const ADVISORY_LOCK = "7305416098170421";

/** A PostgreSQL server with the credentials of one provider. */
export class Server {
  readonly settings: Settings;
  #free: number;
  readonly #waiting: (() => void)[] = [];
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(settings: Settings) {
    this.settings = settings;
    this.#free = settings.maxConnections === 0 ? Infinity : settings.maxConnections;
  }

  /** Lets `work` use a connection to the database. Calls must not be nested: connections are counted. */
  async read<T>(database: string, work: (session: Session) => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const client = await this.#connect(database);
      try {
        return await work({
          rows: async <Row extends pg.QueryResultRow>(sql: string, parameters?: readonly unknown[]) =>
            (await client.query<Row>(sql, [...(parameters ?? [])])).rows,
          run: async (sql) => {
            await client.query(sql);
          },
        });
      } finally {
        await client.end().catch(() => undefined);
      }
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
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

  async #connect(database: string): Promise<pg.Client> {
    const { host, port, username, password, sslmode, sslrootcert, connectTimeout } = this.settings;
    const deadline = connectTimeout === 0 ? Infinity : Date.now() + connectTimeout * 1000;
    for (;;) {
      const left = Math.max(1, deadline - Date.now());
      const client = new pg.Client({
        host,
        port,
        user: username,
        password,
        database,
        ssl: tls(sslmode, sslrootcert),
        application_name: "pulumi-resource-postgresql",
        connectionTimeoutMillis: Number.isFinite(left) ? left : 0,
      });
      // A connection that breaks later fails its query; without a listener it would end the process.
      client.on("error", () => undefined);
      try {
        await client.connect();
        return client;
      } catch (error) {
        await client.end().catch(() => undefined);
        if (!isStarting(error) || Date.now() + 250 >= deadline) {
          throw new ConnectError(
            `cannot connect to PostgreSQL at ${host}:${String(port)}, database ${database}, as ${username} ` +
              `(sslmode ${sslmode}): ${error instanceof Error ? error.message || String(errorCode(error)) : String(error)}`,
            { cause: error },
          );
        }
        await sleep(250);
      }
    }
  }
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
