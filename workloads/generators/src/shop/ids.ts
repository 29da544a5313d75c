/**
 * Who owns which ids. A seed owns a billion ids in every table, and each way of writing rows owns a lane of
 * them, so programs with different seeds or lanes never meet and "where did I stop" is a `max(id)`.
 */
export const idsPerSeed = 1_000_000_000;

/** First offset of each lane within a seed; a lane ends where the next begins. */
export const lanes = { seeded: 0, flashSale: 300_000_000, trickle: 600_000_000 } as const;
export type Lane = keyof typeof lanes;
export const idsPerLane = 300_000_000;

/** Seeds from here on belong to verification runs. Above the last one ids would leave the safe integers. */
export const firstVerifySeed = 8_000_000;
export const lastVerifySeed = 8_999_999;
export const lastSeed = firstVerifySeed - 1;

/** Inclusive bounds of ids. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

/** The ids of one lane of a seed. */
export function laneRange(seed: number, lane: Lane): IdRange {
  const before = seed * idsPerSeed + lanes[lane];
  return { first: before + 1, last: before + idsPerLane };
}

/** All ids of a seed. */
export function seedRange(seed: number): IdRange {
  return { first: seed * idsPerSeed + 1, last: (seed + 1) * idsPerSeed - 1 };
}

/** The id of the `ordinal`-th row (from 0) of a lane. */
export function idOf(seed: number, lane: Lane, ordinal: number): number {
  return seed * idsPerSeed + lanes[lane] + ordinal + 1;
}

/** The inverse of {@link idOf}. */
export function ordinalOf(seed: number, lane: Lane, id: number): number {
  return id - seed * idsPerSeed - lanes[lane] - 1;
}

/** A row's place among the ids of its seed: what its content is drawn from. */
export function offsetOf(id: number): number {
  return id % idsPerSeed;
}

/** An id as text: the same as `String(id)`, but from two small integers, which is several times as fast. */
export function idText(id: number): string {
  if (id < idsPerSeed) return String(id);
  const seed = Math.floor(id / idsPerSeed);
  return String(seed) + String(id - seed * idsPerSeed + idsPerSeed).slice(1);
}
