import { setTimeout as sleep } from "node:timers/promises";
import { bronzeTables, silverTables, sourceTables } from "@lakehouse/contracts";
import { type PageviewObject, type ShopState, describeError } from "@lakehouse/generators";
import { connectorTroubles } from "../clients/connect.ts";
import { canonical } from "../compare/canonical.ts";
import type { CheckResult } from "../report.ts";
import { type Context, own } from "./context.ts";

/** Waits until silver shows the state of the source, or the deadline passes, or the way there is broken. */
export async function awaitSilver(context: Context, name: string, state: ShopState): Promise<CheckResult> {
  const due = sourceTables.flatMap((table) =>
    [...state[table].values()].map((row) => `${table} ${String(row.id)} ${row.updated_at}`),
  );
  return awaitAll(context, name, due, async () => {
    const seen: string[] = [];
    for (const table of sourceTables) {
      const rows = await context.trino.rows(
        `SELECT id, updated_at FROM ${silverTables[table]} WHERE ${own(context)}`,
      );
      for (const [id, at] of rows) seen.push(`${table} ${String(id)} ${canonical("instant", at)}`);
    }
    return seen;
  });
}

/** Waits until every line of the objects is in bronze or among the dead letters. */
export async function awaitPageviews(
  context: Context,
  objects: readonly PageviewObject[],
): Promise<CheckResult> {
  const due = objects.flatMap((object) => object.lines.map((line) => `${object.key}:${String(line.line)}`));
  return awaitAll(context, "pageviews arrive", due, async () => {
    const seen: string[] = [];
    for (const table of [bronzeTables.pageviews, bronzeTables.pageviewsDeadLetters]) {
      const rows = await context.trino.rows(
        `SELECT _object, _line FROM ${table} WHERE _object LIKE '%/${context.batch.objectPrefix}%'`,
      );
      for (const [object, line] of rows) seen.push(`${String(object)}:${String(line)}`);
    }
    return seen;
  });
}

/** How long a service may be in trouble before waiting on is in vain: restarts after a failure take some seconds. */
const patienceSeconds = 20;

async function awaitAll(
  context: Context,
  name: string,
  due: readonly string[],
  read: () => Promise<readonly string[]>,
): Promise<CheckResult> {
  const began = performance.now();
  const expected = `${String(due.length)} rows`;
  let lastTold = 0;
  let wellUntil = 0;
  for (;;) {
    const seen = await read();
    const there = new Set(seen);
    const missing = due.filter((row) => !there.has(row));
    const surplus = there.size - (due.length - missing.length);
    const seconds = (performance.now() - began) / 1000;
    const got = `${String(due.length - missing.length)} rows${surplus > 0 ? ` and ${String(surplus)} outdated` : ""}`;
    if (missing.length === 0 && surplus === 0) return { name, expected, got, passed: true, seconds };
    const troubles = await troublesOf(context);
    if (troubles.length === 0) wellUntil = seconds;
    if (seconds > context.deadline || seconds - wellUntil > patienceSeconds) {
      const late = seconds > context.deadline ? [`not there after ${String(context.deadline)} s`] : [];
      const details = [...troubles, ...late, ...missing.slice(0, 5).map((row) => `missing: ${row}`)];
      return { name, expected, got, passed: false, seconds, details };
    }
    if (seconds - lastTold >= 5) {
      context.log(`${name}: ${got} of ${expected} after ${seconds.toFixed(0)} s`);
      lastTold = seconds;
    }
    await sleep(500);
  }
}

/** What keeps rows from arriving, in words. */
async function troublesOf(context: Context): Promise<string[]> {
  const { connect } = context.connections;
  const answers = await Promise.all(
    [connectorTroubles(connect.url, connect.connector), context.spark.troubles()].map((asked) =>
      asked.catch((error: unknown) => [describeError(error)]),
    ),
  );
  return answers.flat();
}
