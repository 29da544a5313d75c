import { philox4x32 } from "./philox.ts";

/** Separates the uses of one seed: numbers drawn in one stream say nothing about another. */
export const streams = {
  user: 1,
  item: 2,
  purchase: 3,
  pageview: 4,
  flashSale: 5,
  change: 6,
  malformed: 7,
} as const;

/** Domain separation from any other pipeline that may use the same seed: "shop" in ASCII. */
const domain = 0x73686f70;

/**
 * Random numbers of one record: `start(stream, index)` positions it, then each draw takes the next word.
 * One instance is reused for millions of records, so nothing is allocated per record.
 */
export class Random {
  readonly #seed: number;
  readonly #words = new Uint32Array(4);
  #stream = 0;
  #index = 0;
  #block = 0;
  #used = 4;

  /** @param seed a non-negative integer below 2³² */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Begins the record `index` (below 2³²) of a stream. */
  start(stream: number, index: number): this {
    this.#stream = stream;
    this.#index = index;
    this.#block = 0;
    this.#used = 4;
    return this;
  }

  /** The next 32 random bits. */
  word(): number {
    if (this.#used === 4) {
      philox4x32(this.#index, this.#stream, this.#block, 0, this.#seed, domain, this.#words);
      this.#block += 1;
      this.#used = 0;
    }
    const word = this.#words[this.#used] ?? 0;
    this.#used += 1;
    return word;
  }

  /** A fraction in [0, 1). */
  unit(): number {
    return this.word() / 0x1_0000_0000;
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * bound);
  }

  /**
   * An integer in [0, bound) that prefers small ones: a tenth of the range gets about a third of the draws.
   * A square and not a power: multiplication is exact on every machine, `Math.pow` need not be.
   */
  skewedBelow(bound: number): number {
    const fraction = this.word() / 0x1_0000_0000;
    return Math.floor(fraction * fraction * bound);
  }

  /** One of a table's entries. */
  pick<T>(table: readonly T[]): T {
    const chosen = table[this.below(table.length)];
    if (chosen === undefined) throw new Error("cannot pick from an empty table");
    return chosen;
  }
}
