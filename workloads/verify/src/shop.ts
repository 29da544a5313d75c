/** Verifies the `shop` pipeline of a running stack, from the source's commit to gold. */
import { type Connections, icebergCatalog } from "@lakehouse/contracts";
import {
  type CommittedBatch,
  LandingBucket,
  ShopDatabase,
  laneLock,
  runTrickle,
} from "@lakehouse/generators";
import { awaitPageviews, awaitSilver } from "./checks/arrival.ts";
import { checkBronze } from "./checks/bronze.ts";
import type { Context } from "./checks/context.ts";
import { checkGold } from "./checks/gold.ts";
import { checkLatency } from "./checks/latency.ts";
import { checkOwnDerived } from "./checks/own-derived.ts";
import { checkPageviews } from "./checks/pageviews.ts";
import { preflight } from "./checks/preflight.ts";
import { checkSilver } from "./checks/silver.ts";
import { checkSource } from "./checks/source.ts";
import { bookmark, checkTimeTravel } from "./checks/time-travel.ts";
import { SparkControl } from "./clients/spark.ts";
import { TrinoSql } from "./clients/trino.ts";
import { type BatchSize, VerificationBatch } from "./expected/batch.ts";
import type { CheckResult } from "./report.ts";
import { nextRunId } from "./run-id.ts";

export interface VerifyOptions {
  /** Ids of their own; the next unused ones by default. */
  readonly run?: number | undefined;
  readonly size: BatchSize;
  /** Changes a second while latencies are measured. */
  readonly latencyRate: number;
  /** The highest p95 that passes, in seconds. */
  readonly latencyLimit: number;
  /** Seconds to wait for rows to arrive and for a job to end. */
  readonly deadline: number;
  readonly log: (message: string) => void;
}

/** The stack is not able to be verified; each fault is a line. */
export class NotReady extends Error {
  constructor(faults: readonly string[]) {
    super(`the stack is not ready to be verified:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.name = "NotReady";
  }
}

/** Feeds a batch of its own through the pipeline and checks every stage of it. */
export async function verifyShop(connections: Connections, options: VerifyOptions): Promise<CheckResult[]> {
  const clients = connect(connections, options);
  try {
    const faults = await preflight(clients);
    if (faults.length > 0) throw new NotReady(faults);
    const runId = options.run ?? (await nextRunId(clients.database, clients.trino));
    const context: Context = { ...clients, batch: new VerificationBatch(runId, options.size) };
    options.log(
      `run ${String(runId)}, ids ${String(context.batch.range.first)} to ${String(context.batch.range.last)}`,
    );
    return await verify(context, options);
  } finally {
    await clients.database.close();
  }
}

function connect(connections: Connections, options: VerifyOptions): Omit<Context, "batch"> {
  const { postgres, s3, trino, spark } = connections;
  return {
    connections,
    database: new ShopDatabase({ connection: postgres, retryWithin: 30_000 }),
    bucket: new LandingBucket({
      endpoint: s3.endpoint,
      accessKey: s3.accessKey,
      secretKey: s3.secretKey,
      bucket: s3.landingBucket,
      retryWithin: 30_000,
    }),
    trino: new TrinoSql(trino.url, trino.user, icebergCatalog),
    spark: new SparkControl(spark.url, spark.token),
    deadline: options.deadline,
    log: options.log,
  };
}

async function verify(context: Context, options: VerifyOptions): Promise<CheckResult[]> {
  const { batch, log } = context;
  const { changes, latencyChanges } = batch.size;
  const results: CheckResult[] = [];

  log(`feeding ${String(changes)} changes and ${String(batch.size.objects + 1)} pageview objects`);
  await feed(context, 0, changes, Infinity);
  const objects = batch.objects();
  for (const object of objects) await context.bucket.put(object);
  const before = batch.state(changes);
  results.push(await awaitSilver(context, "the batch arrives in silver", before));

  const bookmarks = await bookmark(context);
  log(`measuring latency: ${String(latencyChanges)} changes at ${String(options.latencyRate)}/s`);
  const batches = await feed(context, changes, latencyChanges, options.latencyRate);
  const all = batch.changes(0, changes + latencyChanges);
  const after = batch.state(changes + latencyChanges);
  results.push(await awaitSilver(context, "the trickle arrives in silver", after));
  results.push(await checkLatency(context, batches, options.latencyLimit));

  log("comparing source, bronze and silver");
  results.push(...(await checkSource(context, after)));
  results.push(...(await checkBronze(context, all)));
  results.push(...(await checkSilver(context, after)));
  results.push(...(await checkTimeTravel(context, bookmarks, before, after)));
  results.push(await awaitPageviews(context, objects));
  results.push(...(await checkPageviews(context, objects)));

  results.push(
    ...(await refreshed(context, "shop/refresh", { as_of: batch.asOf }, () =>
      checkOwnDerived(context, after, objects),
    )),
  );
  // Again without the run's own window: gold is left as everybody expects it, and compared as a whole.
  results.push(...(await refreshed(context, "shop/gold", {}, (run) => checkGold(context, run))));
  return results;
}

/** Makes the plan's changes `from` … `from + count`. */
async function feed(context: Context, from: number, count: number, rate: number): Promise<CommittedBatch[]> {
  const { batch } = context;
  const batches: CommittedBatch[] = [];
  const database = new ShopDatabase({
    connection: context.connections.postgres,
    retryWithin: 30_000,
    lane: laneLock(batch.seed, "trickle"),
  });
  try {
    await runTrickle({
      database,
      seed: batch.seed,
      clock: batch.clock,
      rate,
      amount: { count },
      from,
      signal: AbortSignal.timeout(context.deadline * 1000 + (count / rate) * 1000),
      quiet: true,
      onCommit: (committed) => batches.push(committed),
    });
  } finally {
    await database.close();
  }
  return batches;
}

/** Runs a job, then the checks that need it. A job that fails is a failed check; its checks are left out. */
async function refreshed(
  context: Context,
  job: string,
  parameters: Readonly<Record<string, unknown>>,
  check: (run: Awaited<ReturnType<SparkControl["runJob"]>>) => Promise<CheckResult[]>,
): Promise<CheckResult[]> {
  const name = `job ${job}`;
  context.log(`running ${name}`);
  try {
    const run = await context.spark.runJob(job, parameters, context.deadline);
    const result = { name, expected: "succeeded", got: "succeeded", passed: true, seconds: run.seconds };
    return [result, ...(await check(run))];
  } catch (error) {
    const details = [error instanceof Error ? error.message : String(error)];
    return [{ name, expected: "succeeded", got: "failed", passed: false, details }];
  }
}
