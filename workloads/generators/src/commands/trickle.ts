import type { Command } from "commander";
import { describeError } from "../run/retry.ts";
import { laneLock } from "../run/seed-rows.ts";
import { runTrickle } from "../run/trickle.ts";
import { ShopDatabase } from "../sinks/postgres.ts";
import { clockOf, printResult, stopSignal } from "./context.ts";
import { define, postgresHelp } from "./define.ts";
import { commonOptions, optionTypes, postgresEnv, readUsage, timeRules } from "./options.ts";

const shape = {
  ...commonOptions,
  limit: optionTypes.count.optional(),
  upto: optionTypes.count.optional(),
  for: optionTypes.duration.optional(),
};

function amountOf(options: { readonly limit?: number | undefined; readonly upto?: number | undefined }) {
  if (options.limit !== undefined) return { count: options.limit };
  return options.upto === undefined ? undefined : { upto: options.upto };
}

function rules(given: Readonly<Record<string, unknown>>): string[] {
  const both = given["limit"] !== undefined && given["upto"] !== undefined;
  return [...timeRules(given), ...(both ? ["--limit and --upto exclude each other"] : [])];
}

/** `trickle`: a steady mix of inserts, updates and deletes. */
export function trickleCommand(): Command {
  const command = define(
    "trickle",
    "A steady mix of inserts, updates and deletes over users, items and purchases; endless unless limited.",
    postgresHelp,
  )
    .option("--rate <n>", "changes a second, or max", "10")
    .option("--limit <n>", "stop after so many changes")
    .option("--upto <n>", "stop when the seed has had so many changes in all; again, it changes nothing")
    .option("--for <duration>", "stop after this time");
  return command.action(async (given: unknown) => {
    const { options } = readUsage(
      { shape, given, rules },
      { shape: postgresEnv, given: process.env },
      command.args,
    );
    const signal = stopSignal();
    const database = new ShopDatabase({
      retryWithin: options.retryFor,
      lane: laneLock(options.seed, "trickle"),
      onRetry: (message) => process.stderr.write(`PostgreSQL: ${message}\n`),
    });
    try {
      const result = await runTrickle({
        database,
        seed: options.seed,
        clock: clockOf(options),
        rate: options.rate,
        amount: amountOf(options),
        forMs: options.for,
        signal,
      });
      printResult({
        command: "trickle",
        seed: options.seed,
        ...result,
        ...(signal.aborted ? { stopped: describeError(signal.reason) } : {}),
      });
    } finally {
      await database.close();
    }
  });
}
