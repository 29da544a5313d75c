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
  discount: optionTypes.percent,
};

/** `flashsale`: a burst of purchases on few items. */
export function flashSaleCommand(): Command {
  const command = define(
    "flashsale",
    "A burst of discounted purchases on few items, and the users and items it needs.",
    postgresHelp,
  )
    .option("--count <n>", "purchases of this sale (default: 5000)")
    .option("--upto <n>", "write until the seed has so many instead; again, it writes nothing")
    .option("--items <n>", "items on offer; seeded if they are missing", "3")
    .option("--users <n>", "buyers; seeded if they are missing", "500")
    .option("--discount <percent>", "off the list price", "40")
    .option("--rate <n>", "rows a second, or max", "max")
    // A burst: twenty purchases a second of the generated history.
    .setOptionValueWithSource("spacing", "50ms", "default");
  return command.action(async (given: unknown) => {
    const rules = (o: Readonly<Record<string, unknown>>): string[] => [...timeRules(o), ...amountRules(o)];
    const { options } = readUsage(
      { shape, given, rules },
      { shape: postgresEnv, given: process.env },
      command.args,
    );
    const sale = {
      buyers: seeded(options.seed, options.users),
      items: seeded(options.seed, options.items),
      discount: options.discount,
    };
    await runRows({
      name: "flashsale",
      table: "purchases",
      lane: "flashSale",
      options,
      amount: { count: 5000 },
      parents: { users: options.users, items: options.items },
      make: (records, id, at) => records.flashPurchase(id, at, sale),
    });
  });
}
