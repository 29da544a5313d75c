/**
 * The steady life of a shop as a plan: change number `k` is a pure function of (seed, k, moment). The plan repeats
 * a cycle of slots; some rows of each cycle are doomed and deleted two cycles later, everything else stays. So the
 * state after any number of changes can be computed without a database, and a process that lost its place finds it
 * again from the highest ids in the tables.
 */
import type { Channel, Item, Purchase, SourceRow, SourceTable, User } from "@lakehouse/contracts";
import { Random, streams } from "../random/random.ts";
import { idOf, laneRange, ordinalOf } from "./ids.ts";
import { formatCents } from "./money.ts";
import { ShopRecords } from "./records.ts";
import { type Micros, isoInstant } from "./time.ts";
import * as words from "./vocabulary.ts";

type Updated = { readonly updated_at: string };
/** The columns that an update of each table sets. */
export interface Updates {
  readonly users: Pick<User, "full_name" | "country"> & Updated;
  readonly items: Pick<Item, "price" | "inventory"> & Updated;
  readonly purchases: { readonly quantity: number; readonly channel: Channel } & Updated;
}

type InsertOf<T extends SourceTable> = {
  readonly op: "insert";
  readonly table: T;
  readonly id: number;
  readonly row: SourceRow<T>;
};
type UpdateOf<T extends SourceTable> = {
  readonly op: "update";
  readonly table: T;
  readonly id: number;
  readonly set: Updates[T];
};
export type Insert = { [T in SourceTable]: InsertOf<T> }[SourceTable];
export type Update = { [T in SourceTable]: UpdateOf<T> }[SourceTable];
export type Delete = { readonly op: "delete"; readonly table: SourceTable; readonly id: number };
/** One change of one row. */
export type Change = Insert | Update | Delete;

/**
 * One cycle, a letter a change. Insert: `U`ser, `I`tem, `P`urchase. Update: `u`, `i`, `p`. Delete: `x` user,
 * `y` item, `z` purchase.
 */
const cycle = "UUUIIPPPPuPPiPPpPPuPPiPPpPPiPPpPPupipzyx";
export const changesPerCycle = cycle.length;

const tableOfLetter: Readonly<Record<string, SourceTable>> = { U: "users", I: "items", P: "purchases" };
const insertSlots: Readonly<Record<SourceTable, readonly number[]>> = {
  users: slotsOf("U"),
  items: slotsOf("I"),
  purchases: slotsOf("P"),
};

function slotsOf(letter: string): number[] {
  return cycle.split("").flatMap((other, slot) => (other === letter ? [slot] : []));
}

/** Rows of each table that a cycle inserts. */
const perCycle = {
  users: insertSlots.users.length,
  items: insertSlots.items.length,
  purchases: insertSlots.purchases.length,
} as const;

/** Within a cycle the last user and item are doomed; the doomed purchase is drawn from the second half. */
const doomedUser = perCycle.users - 1;
const doomedItem = perCycle.items - 1;
/** How many cycles back purchases and updates reach. */
const reach = 200;
/** A doomed row lives this many cycles. */
const lifetime = 2;

/** The plan of one seed. */
export class Trickle {
  readonly seed: number;
  readonly #records: ShopRecords;
  readonly #random: Random;
  /** Apart from `#random`, whose position a look-up of the doomed must not move. */
  readonly #doom: Random;

  constructor(seed: number) {
    this.seed = seed;
    this.#records = new ShopRecords(seed);
    this.#random = new Random(seed);
    this.#doom = new Random(seed);
  }

  /** The `k`-th change (from 0), made at `at`. Moments must grow strictly with `k`. */
  change(k: number, at: Micros): Change {
    const turn = Math.floor(k / changesPerCycle);
    const slot = k % changesPerCycle;
    const letter = cycle[slot] ?? "";
    const inserted = tableOfLetter[letter];
    if (inserted !== undefined)
      return this.#insert(inserted, turn, insertSlots[inserted].indexOf(slot), k, at);
    switch (letter) {
      case "u":
        return this.#updateUser(turn, k, at);
      case "i":
        return this.#updateItem(turn, k, at);
      case "p":
        return this.#updatePurchase(turn, k, at);
      case "x":
        return turn < lifetime ? this.#updateUser(turn, k, at) : this.#delete("users", turn, doomedUser);
      case "y":
        return turn < lifetime ? this.#updateItem(turn, k, at) : this.#delete("items", turn, doomedItem);
      default:
        return turn < lifetime
          ? this.#updatePurchase(turn, k, at)
          : this.#delete("purchases", turn, this.#doomedPurchase(turn - lifetime));
    }
  }

  /**
   * The first change that the highest ids found do not prove to be done, given `max(id)` of each table within the
   * trickle lane. Changes between the last insert and that point may have been made: applied again, an update
   * carries an `updated_at` that is not newer and a delete finds nothing.
   */
  resumeAt(highest: Readonly<Partial<Record<SourceTable, number>>>): number {
    let next = 0;
    for (const table of ["users", "items", "purchases"] as const) {
      const id = highest[table];
      if (id !== undefined) next = Math.max(next, this.#positionOf(table, id) + 1);
    }
    return next;
  }

  /** Which change inserted a row. */
  #positionOf(table: SourceTable, id: number): number {
    const ordinal = ordinalOf(this.seed, "trickle", id);
    const slot = insertSlots[table][ordinal % perCycle[table]] ?? 0;
    return Math.floor(ordinal / perCycle[table]) * changesPerCycle + slot;
  }

  #id(table: SourceTable, turn: number, place: number): number {
    return idOf(this.seed, "trickle", turn * perCycle[table] + place);
  }

  #doomedPurchase(turn: number): number {
    const half = perCycle.purchases / 2;
    return half + this.#doom.start(streams.malformed, turn).below(half);
  }

  #insert(table: SourceTable, turn: number, place: number, k: number, at: Micros): Change {
    const id = this.#id(table, turn, place);
    if (table === "users") return { op: "insert", table, id, row: this.#records.user(id, at) };
    if (table === "items") return { op: "insert", table, id, row: this.#records.item(id, at) };
    const random = this.#random.start(streams.change, k);
    const user = this.#survivingUser(random, turn);
    const item = this.#survivingItem(random, turn);
    return { op: "insert", table, id, row: this.#records.purchaseOf(id, at, user, item) };
  }

  #survivingUser(random: Random, turn: number): number {
    return this.#id("users", turn - random.below(Math.min(turn + 1, reach)), random.below(doomedUser));
  }

  #survivingItem(random: Random, turn: number): number {
    return this.#id("items", turn - random.skewedBelow(Math.min(turn + 1, reach)), random.below(doomedItem));
  }

  /** Whether this update goes to a row that will soon be deleted: its update and delete must stay in order. */
  #hitsDoomed(random: Random, turn: number): boolean {
    return random.below(5) === 0 && turn > 0;
  }

  #updateUser(turn: number, k: number, at: Micros): Change {
    const random = this.#random.start(streams.change, k);
    const id = this.#hitsDoomed(random, turn)
      ? this.#id("users", turn - 1, doomedUser)
      : this.#survivingUser(random, turn);
    const set = {
      full_name: `${random.pick(words.firstNames)} ${random.pick(words.lastNames)}`,
      country: random.pick(words.countries),
      updated_at: isoInstant(at),
    };
    return { op: "update", table: "users", id, set };
  }

  #updateItem(turn: number, k: number, at: Micros): Change {
    const random = this.#random.start(streams.change, k);
    const id = this.#hitsDoomed(random, turn)
      ? this.#id("items", turn - 1, doomedItem)
      : this.#survivingItem(random, turn);
    const set = {
      price: formatCents(99 + random.below(50_000)),
      inventory: random.below(1000),
      updated_at: isoInstant(at),
    };
    return { op: "update", table: "items", id, set };
  }

  #updatePurchase(turn: number, k: number, at: Micros): Change {
    const random = this.#random.start(streams.change, k);
    const set = {
      quantity: 1 + random.below(9),
      channel: random.pick(words.weightedChannels),
      updated_at: isoInstant(at),
    };
    return { op: "update", table: "purchases", id: this.#purchaseToUpdate(random, turn), set };
  }

  #purchaseToUpdate(random: Random, turn: number): number {
    // The first cycle has only its own purchases; its first two are there before its first update.
    if (turn === 0) return this.#id("purchases", 0, random.below(2));
    if (this.#hitsDoomed(random, turn))
      return this.#id("purchases", turn - 1, this.#doomedPurchase(turn - 1));
    const earlier = turn - 1 - random.below(Math.min(turn, reach));
    // The first half of a cycle's purchases is never doomed.
    return this.#id("purchases", earlier, random.below(perCycle.purchases / 2));
  }

  #delete(table: SourceTable, turn: number, place: number): Change {
    return { op: "delete", table, id: this.#id(table, turn - lifetime, place) };
  }
}

/** The rows of the three tables, by id. */
export interface ShopState {
  readonly users: Map<number, User>;
  readonly items: Map<number, Item>;
  readonly purchases: Map<number, Purchase>;
}

export function emptyState(): ShopState {
  return { users: new Map(), items: new Map(), purchases: new Map() };
}

/**
 * What the tables hold after a change: the reference that a pipeline is compared with.
 * @throws Error if a change contradicts the state (an insert of a row that is there, a change of one that is not).
 */
export function applyChange(state: ShopState, change: Change): void {
  const rows: Map<number, SourceRow> = state[change.table];
  const before = rows.get(change.id);
  if ((change.op === "insert") !== (before === undefined)) {
    throw new Error(
      `the plan wants to ${change.op} ${change.table} ${String(change.id)}, which is${before === undefined ? " not" : ""} there`,
    );
  }
  if (change.op === "delete") rows.delete(change.id);
  else rows.set(change.id, change.op === "insert" ? change.row : ({ ...before, ...change.set } as SourceRow));
}

/** The trickle's lane of a seed. */
export function trickleRange(seed: number): { readonly first: number; readonly last: number } {
  return laneRange(seed, "trickle");
}
