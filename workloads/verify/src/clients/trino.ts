import { isNetworkError, withRetry } from "@lakehouse/generators";
import { Trino } from "trino-client";

/** A query that Trino refused, with the query. */
export class TrinoError extends Error {
  constructor(message: string, sql: string) {
    super(`Trino: ${message}\n  in: ${sql.replaceAll(/\s+/g, " ").trim().slice(0, 300)}`);
    this.name = "TrinoError";
  }
}

/** SQL through Trino, as any client sends it. */
export class TrinoSql {
  readonly #trino: Trino;

  constructor(url: string, user: string, catalog: string) {
    this.#trino = Trino.create({
      server: url,
      catalog,
      source: "verify",
      // The user alone: a password, even an empty one, is refused over plain http by a server without authentication.
      extraHeaders: {
        "X-Trino-User": user,
        "X-Trino-Time-Zone": "UTC",
        // Without it the server rounds every timestamp to milliseconds.
        "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
      },
    });
  }

  /** All rows of a query's answer, each an array of values in the order of columns. */
  async rows(sql: string): Promise<unknown[][]> {
    return withRetry({ within: 30_000, isTransient: isNetworkError }, async () => {
      const all: unknown[][] = [];
      for await (const page of await this.#trino.query(sql)) {
        if (page.error !== undefined) throw new TrinoError(page.error.message, sql);
        for (const row of page.data ?? []) all.push(row as unknown[]);
      }
      return all;
    });
  }

  /** The only value of the only row. */
  async value(sql: string): Promise<unknown> {
    const rows = await this.rows(sql);
    return rows[0]?.[0];
  }
}

/** A timestamp literal of an instant (`2026-01-01T00:00:00Z`). */
export function timestampLiteral(instant: string): string {
  return `TIMESTAMP '${instant.replace("T", " ").replace("Z", " UTC")}'`;
}
