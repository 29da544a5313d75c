import { describe, expect, it } from "vitest";
import {
  UsageError,
  amountRules,
  commonOptions,
  optionTypes,
  postgresEnv,
  readUsage,
  timeRules,
} from "./options.ts";

const env = { PGHOST: "h", PGDATABASE: "d", PGUSER: "u" };
const given = { seed: "7", rate: "200", spacing: "1s", retryFor: "2m" };

function faultsOf(options: object, variables: object, unknown: string[] = []): readonly string[] {
  const rules = (o: Readonly<Record<string, unknown>>): string[] => [...timeRules(o), ...amountRules(o)];
  try {
    readUsage(
      { shape: { ...commonOptions, count: optionTypes.count.optional() }, given: options, rules },
      { shape: postgresEnv, given: variables },
      unknown,
    );
  } catch (error) {
    if (error instanceof UsageError) return error.faults;
    throw error;
  }
  return [];
}

it("reads numbers, rates and durations", () => {
  const usage = readUsage(
    { shape: commonOptions, given: { ...given, rate: "max", start: "2026-02-01" } },
    { shape: postgresEnv, given: env },
    [],
  );
  expect(usage.options).toEqual({
    seed: 7,
    rate: Infinity,
    spacing: 1000,
    retryFor: 120_000,
    start: Date.UTC(2026, 1, 1) * 1000,
  });
});

it("tells every fault of options, arguments and environment at once", () => {
  const options = {
    ...given,
    seed: "-1",
    rate: "0",
    retryFor: "5x",
    start: "2026-01-01",
    now: true,
    count: "1",
    upto: "2",
  };
  expect(faultsOf(options, { PGPORT: "abc", PGUSER: "" }, ["--bogus"])).toEqual([
    "unknown argument --bogus",
    "--seed: must be a whole number from 0 to 7999999",
    "--rate: must be records a second such as 0.5, 200, or max",
    "--retry-for: must be a duration such as 500ms, 30s, 5m, 2h",
    "--start and --now exclude each other",
    "--count (so many more) and --upto (until there are so many) exclude each other",
    "environment PGHOST: is not set",
    "environment PGPORT: must be a port number",
    "environment PGDATABASE: is not set",
    "environment PGUSER: is not set",
  ]);
});

describe("single options", () => {
  it.each([
    ["rate", ["1", "0.5", "1000000", "max"], ["0", "0.0", "-1", "fast", ""]],
    ["share", ["0", "0.05", "1"], ["5%", "1.1", "-0.1", ""]],
    ["duration", ["500ms", "30s", "5m", "2h"], ["0s", "30", "1.5h", ""]],
    ["count", ["1", "1000"], ["0", "-1", "1e3", "x", ""]],
    ["percent", ["0", "40", "95"], ["96", "100", "-1", "4.5"]],
    ["kinds", ["truncated", "empty,oversized"], ["", "broken", "empty,broken"]],
    ["seed", ["0", "7999999"], ["8000000", "-1", "1.5"]],
  ] as const)("%s", (name, right, wrong) => {
    const type = optionTypes[name];
    expect(right.filter((text) => !type.safeParse(text).success)).toEqual([]);
    expect(wrong.filter((text) => type.safeParse(text).success)).toEqual([]);
  });
});
