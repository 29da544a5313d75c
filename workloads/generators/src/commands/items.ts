import type { Command } from "commander";
import { define, postgresHelp } from "./define.ts";
import { amountRules, commonOptions, optionTypes, postgresEnv, readUsage, timeRules } from "./options.ts";
import { runRows } from "./rows.ts";

const shape = { ...commonOptions, count: optionTypes.count.optional(), upto: optionTypes.count.optional() };

/** `items`: the product seeder. */
export function itemsCommand(): Command {
  const command = define("items", "Seeds products into the items table.", postgresHelp)
    .option("--upto <n>", "write until the seed has so many items (default: 1000); again, it writes nothing")
    .option("--count <n>", "write so many more instead")
    .option("--rate <n>", "rows a second, or max", "max");
  return command.action(async (given: unknown) => {
    const rules = (o: Readonly<Record<string, unknown>>): string[] => [...timeRules(o), ...amountRules(o)];
    const usage = readUsage(
      { shape, given, rules },
      { shape: postgresEnv, given: process.env },
      command.args,
    );
    await runRows({
      name: "items",
      table: "items",
      lane: "seeded",
      options: usage.options,
      amount: { upto: 1000 },
      make: (records, id, at) => records.item(id, at),
    });
  });
}
