/** One spelling for each value, whichever system it came from, so that equal values are equal strings. */
import { isoInstant } from "@lakehouse/generators";

const instant =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?\s*(?:Z|UTC|([+-])(\d{2})(?::?(\d{2}))?)?$/;

/**
 * Reads an instant as PostgreSQL, Trino, Debezium or JSON spell it, as microseconds since 1970. Without an offset it
 * is UTC.
 * @throws Error if the text is no instant or is finer than microseconds
 */
export function microsOfText(text: string): number {
  const match = instant.exec(text);
  if (match === null) throw new Error(`not an instant: ${JSON.stringify(text)}`);
  const [
    ,
    year,
    month,
    date,
    hours,
    minutes,
    seconds,
    fraction = "",
    sign,
    offsetHours = "0",
    offsetMinutes = "0",
  ] = match;
  const millis = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(date),
    Number(hours),
    Number(minutes),
    Number(seconds),
  );
  if (/[1-9]/.test(fraction.slice(6))) throw new Error(`finer than microseconds: ${JSON.stringify(text)}`);
  const micros = Number(fraction.slice(0, 6).padEnd(6, "0"));
  const offset = (sign === "-" ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000_000;
  return millis * 1000 + micros - offset;
}

/** What a column holds, as far as its spelling is concerned. */
export type ColumnKind = "integer" | "decimal" | "double" | "text" | "instant";

/** The spelling of SQL's NULL; no other value has it, as texts are quoted. */
export const nullSpelling = "∅";

/** Spells a value of a column. A value of an unexpected type is spelt as what it is, so that it shows as different. */
export function canonical(kind: ColumnKind, value: unknown): string {
  if (value === null || value === undefined) return nullSpelling;
  switch (kind) {
    case "integer":
      return typeof value === "number" || typeof value === "bigint" || typeof value === "string"
        ? String(BigInt(value))
        : JSON.stringify(value);
    case "decimal":
      // The scale is part of a decimal: 1.5 where 1.50 is due is a difference.
      return typeof value === "string" ? value : `number ${JSON.stringify(value)}`;
    case "double":
      return String(Number(value));
    case "instant":
      return typeof value === "string" ? isoInstant(microsOfText(value)) : JSON.stringify(value);
    case "text":
      return JSON.stringify(value);
  }
}
