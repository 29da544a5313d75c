/** Time in records: microseconds since 1970 as a number (exact until the year 2255), printed as ISO 8601. */
export type Micros = number;

export const second = 1_000_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** The moment at which generated histories begin unless `--start` says otherwise: 2026-01-01 UTC. */
export const defaultStart: Micros = Date.UTC(2026, 0, 1) * 1000;

const twoDigits = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, "0"));
const threeDigits = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, "0"));

/** Dates made so far: histories cover some hundred days, and making one costs more than the rest of a record. */
const dates = new Map<number, string>();

/** The UTC date of an instant, `YYYY-MM-DD`. */
export function isoDate(micros: Micros): string {
  const days = Math.floor(micros / day);
  let date = dates.get(days);
  if (date === undefined) {
    date = new Date(days * 86_400_000).toISOString().slice(0, 10);
    dates.set(days, date);
  }
  return date;
}

/** `YYYY-MM-DDTHH:MM:SS.ffffffZ`: several times as fast as `Date.toISOString`, and with microseconds. */
export function isoInstant(micros: Micros): string {
  const date = isoDate(micros);
  const inDay = micros - Math.floor(micros / day) * day;
  const seconds = Math.floor(inDay / second);
  const fraction = inDay - seconds * second;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) - hours * 60;
  const millis = Math.floor(fraction / 1000);
  return `${date}T${twoDigits[hours] ?? ""}:${twoDigits[minutes] ?? ""}:${twoDigits[seconds % 60] ?? ""}.${threeDigits[millis] ?? ""}${threeDigits[fraction - millis * 1000] ?? ""}Z`;
}

/** Gives the `n`-th record its moment. */
export type Clock = (n: number) => Micros;

/** A clock that depends on nothing but `n`: the same on every machine, at any rate. */
export function plannedClock(start: Micros, spacing: Micros): Clock {
  return (n) => start + n * spacing;
}

/** The wall clock, made strictly increasing. Records then differ from run to run. */
export function wallClock(): Clock {
  let last = 0;
  return () => {
    last = Math.max(last + 1, Date.now() * 1000);
    return last;
  };
}
