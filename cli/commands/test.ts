/** Every check of the project, counted. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

import { Fault } from "../fault.ts";
import { ROOT, run } from "../process.ts";
import { add, NOTHING, vitestCounts, type Counts } from "../counts.ts";

export const TIERS = ["check", "e2e", "all"] as const;
export type Tier = (typeof TIERS)[number];

/** Runs the tiers and prints the sum as the last line. Returns whether nothing failed. */
export async function test(tier: string | undefined, more: readonly string[]): Promise<boolean> {
  const tiers = chosen(tier);
  const before = Date.now();
  let sum: Counts = NOTHING;
  if (tiers.has("check")) sum = add(sum, await check());
  if (tiers.has("e2e")) sum = add(sum, await e2e("e2e", more));
  if (tiers.has("all")) sum = add(sum, await e2e("all", more));
  console.log(`\n${((Date.now() - before) / 1000).toFixed(0)} s`);
  console.log(summary(sum));
  return sum.failed === 0 && sum.passed > 0;
}

function chosen(tier: string | undefined): ReadonlySet<Tier> {
  switch (tier) {
    case undefined:
      return new Set(["check", "e2e"]);
    case "check":
    case "e2e":
      return new Set([tier]);
    case "all":
      return new Set(["check", "all"]);
    default:
      throw new Fault(`there is no tier "${tier}"`, [`tiers: ${TIERS.join(", ")}`], 2);
  }
}

/** `12 passed, 0 failed, 3 skipped`; what was not skipped is not mentioned. */
export function summary({ passed, failed, skipped }: Counts): string {
  const skips = skipped > 0 ? `, ${skipped.toFixed(0)} skipped` : "";
  return `${passed.toFixed(0)} passed, ${failed.toFixed(0)} failed${skips}`;
}

async function check(): Promise<Counts> {
  let sum: Counts = NOTHING;
  for (const script of ["typecheck", "lint", "format:check"])
    sum = add(sum, await step(script, "npm", ["run", "--silent", script]));
  sum = add(sum, await shellSyntax());
  sum = add(sum, await shellTests());
  return add(sum, await vitest("unit tests", []));
}

/** The end-to-end tests; `all` takes every fault instead of one that rotates. */
async function e2e(tier: "e2e" | "all", more: readonly string[]): Promise<Counts> {
  const config = "vitest.e2e.config.ts";
  if (!existsSync(join(ROOT, config))) {
    console.log("-- no end-to-end tests in this checkout");
    return NOTHING;
  }
  return vitest("end-to-end tests", ["--config", config, ...more], { LAKEHOUSE_TEST_TIER: tier });
}

/** A command that is one test. */
async function step(title: string, command: string, args: readonly string[]): Promise<Counts> {
  console.log(`-- ${title}`);
  const { code } = await run(command, args, { stdout: "inherit", stderr: "inherit" });
  if (code !== 0) console.log(`   FAILED ${title} (exit code ${code.toFixed(0)})`);
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

function shellFiles(): string[] {
  const toolchain = readdirSync(join(ROOT, "toolchain"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sh"))
    .map((name) => join("toolchain", name))
    .sort();
  return ["lakehouse", ".ci/run", ...toolchain];
}

async function shellSyntax(): Promise<Counts> {
  let sum: Counts = NOTHING;
  for (const file of shellFiles()) sum = add(sum, await step(`sh -n ${file}`, "sh", ["-n", file]));
  if ((await run("sh", ["-c", "command -v shellcheck"])).code !== 0) {
    console.log("-- shellcheck: skipped, it is not installed");
    return add(sum, { passed: 0, failed: 0, skipped: 1 });
  }
  return add(sum, await step("shellcheck", "shellcheck", shellFiles()));
}

/** Shell tests print `ok`, `not ok` or `skip` lines; a script that ends otherwise has failed. */
async function shellTests(): Promise<Counts> {
  let sum: Counts = NOTHING;
  for (const file of shellFiles().filter((name) => name.endsWith(".test.sh"))) {
    console.log(`-- ${file}`);
    const { code, stdout } = await run("sh", [file], { stdout: "tee", stderr: "inherit" });
    const count = (word: string) => stdout.split("\n").filter((line) => line.startsWith(`${word} - `)).length;
    const counts = { passed: count("ok"), failed: count("not ok"), skipped: count("skip") };
    const silent = counts.failed === 0 && (code !== 0 || counts.passed + counts.skipped === 0);
    sum = add(sum, silent ? { ...counts, failed: 1 } : counts);
  }
  return sum;
}

async function vitest(
  title: string,
  more: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Counts> {
  console.log(`-- ${title}`);
  const folder = mkdtempSync(join(tmpdir(), "lakehouse-test-"));
  const file = join(folder, "result.json");
  try {
    const { code } = await run(
      join(ROOT, "node_modules/.bin/vitest"),
      ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...more],
      { stdout: "inherit", stderr: "inherit", env },
    );
    const result: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
    return vitestCounts(code, z.unknown().parse(result));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
