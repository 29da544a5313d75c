/** Compares rows by key: every row present, once, with equal values. The heart of every check. */
import { createHash } from "node:crypto";
import { type ColumnKind, canonical } from "./canonical.ts";

/** A row under its key, each value in its canonical spelling. */
export interface Row {
  readonly key: string;
  readonly values: readonly string[];
}

/** A table's columns, in the order of a row's values. */
export type Columns = Readonly<Record<string, ColumnKind>>;

/** Spells a row of values that come in the columns' order. */
export function toRow(columns: Columns, key: string, values: readonly unknown[]): Row {
  return { key, values: Object.values(columns).map((kind, index) => canonical(kind, values[index])) };
}

/** Spells a record by its columns' names. */
export function recordToRow(columns: Columns, key: string, record: Readonly<Record<string, unknown>>): Row {
  return { key, values: Object.entries(columns).map(([name, kind]) => canonical(kind, record[name])) };
}

/** What differs between two sets of rows. */
export interface Differences {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly doubled: readonly string[];
  readonly different: readonly string[];
}

/** Compares rows; keys of `expected` are unique. */
export function compareRows(columns: Columns, expected: readonly Row[], got: readonly Row[]): Differences {
  const names = Object.keys(columns);
  const due = new Map(expected.map((row) => [row.key, row]));
  if (due.size !== expected.length) throw new Error("the expected rows repeat a key");
  const seen = new Set<string>();
  const unexpected: string[] = [];
  const doubled: string[] = [];
  const different: string[] = [];
  for (const row of got) {
    const other = due.get(row.key);
    if (seen.has(row.key)) doubled.push(row.key);
    else if (other === undefined) unexpected.push(row.key);
    else different.push(...differencesOf(names, other, row));
    seen.add(row.key);
  }
  const missing = expected.filter((row) => !seen.has(row.key)).map((row) => row.key);
  return { missing, unexpected, doubled, different };
}

function differencesOf(names: readonly string[], expected: Row, got: Row): string[] {
  return names.flatMap((name, index) => {
    const due = expected.values[index] ?? "";
    const value = got.values[index] ?? "";
    return due === value ? [] : [`${expected.key} ${name}: expected ${due}, got ${value}`];
  });
}

/** Whether nothing differs. */
export function same(differences: Differences): boolean {
  return Object.values(differences).every((list: readonly string[]) => list.length === 0);
}

/** The differences in words, a few of each sort by key. */
export function describe(differences: Differences, limit = 5): string[] {
  const lines: string[] = [];
  for (const [sort, list] of Object.entries(differences) as [keyof Differences, readonly string[]][]) {
    for (const key of list.slice(0, limit)) lines.push(`${sort}: ${key}`);
    if (list.length > limit) lines.push(`${sort}: ${String(list.length - limit)} more`);
  }
  return lines;
}

/** Rows as one short figure: their number and a hash over the canonical values in the order of keys. */
export function fingerprint(rows: readonly Row[]): string {
  const hash = createHash("sha256");
  const lines = rows.map((row) => `${row.key}\t${row.values.join("\t")}\n`).sort();
  for (const line of lines) hash.update(line);
  return `${String(rows.length)} rows ${hash.digest("hex").slice(0, 12)}`;
}
