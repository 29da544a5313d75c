import { malformedKinds } from "@lakehouse/contracts";
import type { Command } from "commander";
import { runPageviews } from "../run/pageviews.ts";
import { describeError } from "../run/retry.ts";
import { LandingBucket } from "../sinks/objects.ts";
import { clockOf, printResult, stopSignal } from "./context.ts";
import { define, s3Help } from "./define.ts";
import { commonOptions, optionTypes, readUsage, s3Env, timeRules } from "./options.ts";
import { seeded } from "./rows.ts";

const shape = {
  ...commonOptions,
  objects: optionTypes.count.optional(),
  upto: optionTypes.count.optional(),
  for: optionTypes.duration.optional(),
  perObject: optionTypes.count,
  users: optionTypes.count,
  items: optionTypes.count,
  malformed: optionTypes.share,
  kinds: optionTypes.kinds.optional(),
};

function rules(given: Readonly<Record<string, unknown>>): string[] {
  const both = given["objects"] !== undefined && given["upto"] !== undefined;
  return [...timeRules(given), ...(both ? ["--objects and --upto exclude each other"] : [])];
}

function amountOf(options: {
  readonly objects?: number | undefined;
  readonly upto?: number | undefined;
  readonly for?: number | undefined;
}) {
  if (options.objects !== undefined) return { count: options.objects };
  if (options.upto !== undefined) return { upto: options.upto };
  return options.for === undefined ? { count: 10 } : undefined;
}

/** `pageviews`: objects of newline-delimited JSON in the landing bucket. */
export function pageviewsCommand(): Command {
  const command = define(
    "pageviews",
    "Lands objects of pageviews, some of them malformed on purpose.",
    s3Help,
  )
    .option("--objects <n>", "land so many more objects (default: 10, or endless with --for)")
    .option("--upto <n>", "land until the seed has so many instead; again, it lands nothing")
    .option("--for <duration>", "stop after this time")
    .option("--per-object <n>", "pageviews in an object", "500")
    .option("--users <n>", "visitors, the first so many seeded users", "1000")
    .option("--items <n>", "items looked at, the first so many seeded ones", "1000")
    .option("--malformed <share>", "share of malformed lines, 0 to 1", "0")
    .option("--kinds <list>", `which malformed kinds occur (default: ${malformedKinds.join(",")})`)
    .option("--rate <n>", "pageviews a second, or max", "max");
  return command.action(async (given: unknown) => {
    const { options, env } = readUsage(
      { shape, given, rules },
      { shape: s3Env, given: process.env },
      command.args,
    );
    const signal = stopSignal();
    const bucket = new LandingBucket({
      endpoint: env.S3_ENDPOINT,
      accessKey: env.S3_ACCESS_KEY,
      secretKey: env.S3_SECRET_KEY,
      bucket: env.LANDING_BUCKET,
      retryWithin: options.retryFor,
      onRetry: (message) => process.stderr.write(`MinIO: ${message}\n`),
    });
    const result = await runPageviews({
      bucket,
      plan: {
        seed: options.seed,
        users: seeded(options.seed, options.users),
        items: seeded(options.seed, options.items),
        clock: clockOf(options),
        perObject: options.perObject,
        malformed: options.malformed,
        ...(options.kinds === undefined ? {} : { kinds: options.kinds }),
      },
      rate: options.rate,
      amount: amountOf(options),
      forMs: options.for,
      signal,
    });
    printResult({
      command: "pageviews",
      seed: options.seed,
      ...result,
      ...(signal.aborted ? { stopped: describeError(signal.reason) } : {}),
    });
  });
}
