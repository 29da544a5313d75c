#!/usr/bin/env node
/** Proves that a running stack works: `verify shop`. */
import { connectionsFromEnv, connectionsVariable } from "@lakehouse/contracts";
import { describeError } from "@lakehouse/generators";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { renderReport } from "./report.ts";
import { NotReady, verifyShop } from "./shop.ts";

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`must be a whole number from ${String(least)} to ${String(most)}`);
  };
}

interface ShopOptions {
  readonly run?: number;
  readonly changes: number;
  readonly objects: number;
  readonly rate: number;
  readonly seconds: number;
  readonly maxP95?: number;
  readonly deadline: number;
}

const program = new Command("verify")
  .description(
    "Feeds known records through a running stack and compares every stage with what must come of them.",
  )
  .addHelpText(
    "after",
    `\nEnvironment: ${connectionsVariable}, the stack output \`connections\` as JSON.\nExit codes: 0 all checks passed, 1 a check failed or the stack is not ready, 2 wrong usage.`,
  );

program
  .command("shop")
  .description("PostgreSQL → Debezium → Kafka → Spark → Iceberg → Trino, and pageviews from MinIO")
  .option("--run <n>", "which ids to use (default: the next unused ones)", whole(0, 999_999))
  .option("--changes <n>", "changes in the batch", whole(400, 1_000_000), 2000)
  .option("--objects <n>", "pageview objects of 200 lines", whole(4, 1000), 8)
  .option("--rate <n>", "changes a second while latency is measured", whole(1, 100_000), 50)
  .option("--seconds <n>", "how long latency is measured", whole(2, 3600), 12)
  .option("--max-p95 <s>", "highest p95 latency that passes, in seconds (default: any)", whole(1, 3600))
  .option("--deadline <s>", "how long to wait for rows or a job", whole(5, 7200), 180)
  .action(async (options: ShopOptions) => {
    const began = performance.now();
    const log = (message: string): void => {
      process.stderr.write(`[${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s] ${message}\n`);
    };
    const results = await verifyShop(connectionsFromEnv(process.env), {
      run: options.run,
      size: {
        changes: options.changes,
        latencyChanges: options.rate * options.seconds,
        objects: options.objects,
        perObject: 200,
        malformed: 0.1,
      },
      latencyRate: options.rate,
      // How fast it is depends on the machine, so it is told, and judged only when asked.
      latencyLimit: options.maxP95 ?? Number.POSITIVE_INFINITY,
      deadline: options.deadline,
      log,
    });
    process.stdout.write(`${renderReport(results)}\n`);
    const failed = results.filter((result) => !result.passed).length;
    const total = String(results.length);
    process.stdout.write(
      failed === 0 ? `\nAll ${total} checks passed.\n` : `\n${String(failed)} of ${total} checks failed.\n`,
    );
    process.exitCode = failed === 0 ? 0 : 1;
  });

for (const command of [program, ...program.commands]) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 || error.code === "commander.help" ? 0 : 2;
  } else {
    process.stderr.write(`error: ${error instanceof NotReady ? error.message : describeError(error)}\n`);
    process.exitCode = 1;
  }
}
