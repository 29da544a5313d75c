import { type MalformedKind, bronzeTables, malformedKinds } from "@lakehouse/contracts";
import type { PageviewObject } from "@lakehouse/generators";
import { type Row, recordToRow, toRow } from "../compare/rows.ts";
import { placedLines } from "../expected/batch.ts";
import { pageviewColumns } from "../expected/columns.ts";
import { deadLetter, deadLetterColumns, foundDeadLetter } from "../expected/dead-letters.ts";
import type { CheckResult } from "../report.ts";
import { type Context, rowCheck, timed } from "./context.ts";

/** Good and dead lines together are the lines produced, each where it belongs and as it was. */
export async function checkPageviews(
  context: Context,
  objects: readonly PageviewObject[],
): Promise<CheckResult[]> {
  const lines = placedLines(objects);
  const good: Row[] = [];
  const dead: Row[] = [];
  const kinds = new Map<string, MalformedKind>();
  for (const line of lines) {
    const key = `${line.object}:${String(line.line)}`;
    if ("good" in line) good.push(recordToRow(pageviewColumns, key, { ...line.good }));
    else {
      dead.push(deadLetter(key, line.malformed, line.raw));
      kinds.set(key, line.malformed);
    }
  }
  const ownObjects = `_object LIKE '%/${context.batch.objectPrefix}%'`;
  return [
    await timed(
      "pageviews good + dead = produced",
      `${String(good.length)} + ${String(dead.length)}`,
      async () => {
        const count = async (table: string): Promise<number> =>
          Number(await context.trino.value(`SELECT count(*) FROM ${table} WHERE ${ownObjects}`));
        const [kept, refused] = [
          await count(bronzeTables.pageviews),
          await count(bronzeTables.pageviewsDeadLetters),
        ];
        return {
          got: `${String(kept)} + ${String(refused)}`,
          passed: kept + refused === lines.length && kept === good.length,
        };
      },
    ),
    await rowCheck("bronze.pageviews = good lines", pageviewColumns, good, async () => {
      const names = Object.keys(pageviewColumns).join(", ");
      const rows = await context.trino.rows(
        `SELECT _object, _line, ${names} FROM ${bronzeTables.pageviews} WHERE ${ownObjects}`,
      );
      return rows.map(([object, line, ...values]) =>
        toRow(pageviewColumns, `${String(object)}:${String(line)}`, values),
      );
    }),
    await rowCheck(
      `dead letters: raw text, ${String(malformedKinds.length)} reasons`,
      deadLetterColumns,
      dead,
      async () => {
        const rows = await context.trino.rows(
          `SELECT _object, _line, encoding, to_hex(sha256(to_utf8(raw))), reason FROM ${bronzeTables.pageviewsDeadLetters} WHERE ${ownObjects}`,
        );
        return rows.map(([object, line, encoding, sha256, reason]) => {
          const key = `${String(object)}:${String(line)}`;
          return foundDeadLetter(key, encoding, sha256, reason, kinds.get(key));
        });
      },
    ),
  ];
}
