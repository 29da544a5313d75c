/** What the checks of a run share. */
import type { Connections } from "@lakehouse/contracts";
import type { LandingBucket, ShopDatabase } from "@lakehouse/generators";
import type { SparkControl } from "../clients/spark.ts";
import type { TrinoSql } from "../clients/trino.ts";
import type { Columns, Row } from "../compare/rows.ts";
import { compareRows, describe, fingerprint, same } from "../compare/rows.ts";
import type { VerificationBatch } from "../expected/batch.ts";
import type { CheckResult } from "../report.ts";

export interface Context {
  readonly connections: Connections;
  readonly batch: VerificationBatch;
  readonly database: ShopDatabase;
  readonly bucket: LandingBucket;
  readonly trino: TrinoSql;
  readonly spark: SparkControl;
  /** Seconds to wait for rows or jobs. */
  readonly deadline: number;
  readonly log: (message: string) => void;
}

/** Runs a check that compares two sets of rows. */
export async function rowCheck(
  name: string,
  columns: Columns,
  expected: readonly Row[],
  read: () => Promise<readonly Row[]>,
): Promise<CheckResult> {
  return timed(name, fingerprint(expected), async () => {
    const got = await read();
    const differences = compareRows(columns, expected, got);
    return { got: fingerprint(got), passed: same(differences), details: describe(differences) };
  });
}

/** Runs a check; what it throws is its failure, so that the other checks still run. */
export async function timed(
  name: string,
  expected: string,
  check: () => Promise<Pick<CheckResult, "got" | "passed" | "details" | "seconds">>,
): Promise<CheckResult> {
  const began = performance.now();
  try {
    const result = await check();
    return { name, expected, seconds: (performance.now() - began) / 1000, ...result };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { name, expected, got: "error", passed: false, details: text.split("\n") };
  }
}

/** A SQL condition for the run's own ids. */
export function own(context: Context, column = "id"): string {
  const { first, last } = context.batch.range;
  return `${column} BETWEEN ${String(first)} AND ${String(last)}`;
}
