import type { Command } from "commander";
import { define, postgresHelp } from "./define.ts";
import { amountRules, commonOptions, optionTypes, postgresEnv, readUsage, timeRules } from "./options.ts";
import { runRows, seeded } from "./rows.ts";

const shape = {
  ...commonOptions,
  count: optionTypes.count.optional(),
  upto: optionTypes.count.optional(),
  users: optionTypes.count,
  items: optionTypes.count,
};

/** `purchases`: everyday sales over the whole range of products. */
export function purchasesCommand(): Command {
  const command = define(
    "purchases",
    "Writes everyday purchases over the whole range of products, and the users and items they need.",
    postgresHelp,
  )
    .option("--count <n>", "write so many more (default: 10000)")
    .option("--upto <n>", "write until the seed has so many instead; again, it writes nothing")
    .option("--users <n>", "customers who buy; seeded if they are missing", "1000")
    .option("--items <n>", "products on sale; seeded if they are missing", "1000")
    .option("--rate <n>", "rows a second, or max", "max");
  return command.action(async (given: unknown) => {
    const rules = (o: Readonly<Record<string, unknown>>): string[] => [...timeRules(o), ...amountRules(o)];
    const { options } = readUsage(
      { shape, given, rules },
      { shape: postgresEnv, given: process.env },
      command.args,
    );
    const users = seeded(options.seed, options.users);
    const items = seeded(options.seed, options.items);
    await runRows({
      name: "purchases",
      table: "purchases",
      lane: "seeded",
      options,
      amount: { count: 10_000 },
      parents: { users: options.users, items: options.items },
      make: (records, id, at) => records.purchase(id, at, users, items),
    });
  });
}
