import { bronzeTables, sourceTables } from "@lakehouse/contracts";
import {
  type ShopDatabase,
  firstVerifySeed,
  idsPerSeed,
  lastVerifySeed,
  seedRange,
} from "@lakehouse/generators";
import type { TrinoSql } from "./clients/trino.ts";

/**
 * The first run whose ids nobody has used: one more than the highest found in the source and in bronze, which
 * remembers rows that the source no longer has.
 */
export async function nextRunId(database: ShopDatabase, trino: TrinoSql): Promise<number> {
  const range = { first: seedRange(firstVerifySeed).first, last: seedRange(lastVerifySeed).last };
  const where = `id BETWEEN ${String(range.first)} AND ${String(range.last)}`;
  const ids: number[] = [];
  for (const table of sourceTables) {
    ids.push((await database.highestId(table, range)) ?? 0);
    ids.push(Number((await trino.value(`SELECT max(id) FROM ${bronzeTables[table]} WHERE ${where}`)) ?? 0));
  }
  return runAfter(Math.max(...ids));
}

/** The run after the one that used an id; 0 for no id. */
export function runAfter(highestId: number): number {
  return highestId === 0 ? 0 : Math.floor(highestId / idsPerSeed) - firstVerifySeed + 1;
}
