#!/usr/bin/env node
/** The generators of the `shop` pipeline, one command each. */
import { Command, CommanderError } from "commander";
import { flashSaleCommand } from "./commands/flashsale.ts";
import { UsageError } from "./commands/options.ts";
import { pageviewsCommand } from "./commands/pageviews.ts";
import { purchasesCommand } from "./commands/purchases.ts";
import { itemsCommand, usersCommand } from "./commands/seeds.ts";
import { trickleCommand } from "./commands/trickle.ts";
import { waitCommand } from "./commands/wait.ts";
import { describeError } from "./run/retry.ts";

const program = new Command("generators")
  .description(
    "Feeds the shop: rows into PostgreSQL, pageviews into MinIO. The same seed makes the same records.",
  )
  .addHelpText(
    "after",
    "\nExit codes: 0 done (also after SIGTERM), 1 failed, 2 wrong usage. Counts go to stdout as JSON, progress to stderr.",
  );

for (const command of [
  itemsCommand(),
  usersCommand(),
  purchasesCommand(),
  flashSaleCommand(),
  trickleCommand(),
  pageviewsCommand(),
  waitCommand(),
]) {
  program.addCommand(command);
}
for (const command of [program, ...program.commands]) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong and returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 || error.code === "commander.help" ? 0 : 2;
  if (error instanceof UsageError) {
    for (const fault of error.faults) process.stderr.write(`error: ${fault}\n`);
    process.stderr.write("Use --help for what is accepted.\n");
    return 2;
  }
  process.stderr.write(`error: ${describeError(error)}${hint(error)}\n`);
  return 1;
}

/** What to do about errors that have one usual cause. */
function hint(error: unknown): string {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "42P01") return "\nThe source tables are missing: apply sql/shop/source/01-tables.sql.";
  if (code === "23503")
    return "\nA purchase refers to a user or item that was deleted: choose another --seed.";
  if (code === "28P01") return "\nCheck PGUSER and PGPASSWORD.";
  if (code === "NoSuchBucket") return "\nCheck LANDING_BUCKET.";
  if (code === "InvalidAccessKeyId" || code === "SignatureDoesNotMatch")
    return "\nCheck S3_ACCESS_KEY and S3_SECRET_KEY.";
  return "";
}
