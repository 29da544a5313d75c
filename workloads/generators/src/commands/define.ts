/** The options that commands share, described once. */
import { Command } from "commander";
import { lastSeed } from "../shop/ids.ts";

/** A command that collects unknown arguments instead of stopping at the first, so that all faults are told at once. */
export function define(name: string, description: string, env: string): Command {
  return new Command(name)
    .description(description)
    .allowUnknownOption()
    .allowExcessArguments()
    .option("--seed <n>", `decides every record; 0 to ${String(lastSeed)}, each with ids of its own`, "0")
    .option("--start <moment>", "when the generated history begins (default: 2026-01-01T00:00:00Z)")
    .option("--now", "use the wall clock instead; records then differ from run to run")
    .option("--spacing <duration>", "time between two records of the history", "1s")
    .option("--retry-for <duration>", "how long to wait for a service that is away", "2m")
    .addHelpText("after", `\nEnvironment: ${env}`);
}

/** The environment of commands that write rows. */
export const postgresHelp = "PGHOST, PGPORT (5432), PGDATABASE, PGUSER, PGPASSWORD";
/** The environment of commands that land objects. */
export const s3Help = "S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY, LANDING_BUCKET";
