import type { Command } from "commander";
import { define, postgresHelp } from "./define.ts";
import { amountRules, commonOptions, optionTypes, postgresEnv, readUsage, timeRules } from "./options.ts";
import { type RowCommand, runRows } from "./rows.ts";

const shape = { ...commonOptions, count: optionTypes.count.optional(), upto: optionTypes.count.optional() };

/** `items`: the product seeder. */
export function itemsCommand(): Command {
  return seedCommand("items", "products", (records, id, at) => records.item(id, at));
}

/** `users`: the customer seeder. */
export function usersCommand(): Command {
  return seedCommand("users", "customers", (records, id, at) => records.user(id, at));
}

function seedCommand(table: "items" | "users", what: string, make: RowCommand["make"]): Command {
  const command = define(table, `Seeds ${what} into the ${table} table.`, postgresHelp)
    .option(
      "--upto <n>",
      `write until the seed has so many ${table} (default: 1000); again, it writes nothing`,
    )
    .option("--count <n>", "write so many more instead")
    .option("--rate <n>", "rows a second, or max", "max");
  return command.action(async (given: unknown) => {
    const rules = (o: Readonly<Record<string, unknown>>): string[] => [...timeRules(o), ...amountRules(o)];
    const { options } = readUsage(
      { shape, given, rules },
      { shape: postgresEnv, given: process.env },
      command.args,
    );
    await runRows({ name: table, table, lane: "seeded", options, amount: { upto: 1000 }, make });
  });
}
