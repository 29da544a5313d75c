/** Makes the shop's records. A record is a pure function of (seed, id, moment). */
import type { Item, Pageview, Purchase, User } from "@lakehouse/contracts";
import { Random, streams } from "../random/random.ts";
import { type IdRange, idText, idsPerSeed, offsetOf } from "./ids.ts";
import { formatCents } from "./money.ts";
import { type Micros, day, isoInstant } from "./time.ts";
import * as words from "./vocabulary.ts";

const hexBytes = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, "0"));

function hex16(word: number, shift: number): string {
  return `${hexBytes[(word >>> (shift + 8)) & 0xff] ?? ""}${hexBytes[(word >>> shift) & 0xff] ?? ""}`;
}

/** Version 4, variant 1 identifier (RFC 9562) from 128 random bits. */
function uuid(a: number, b: number, c: number, d: number): string {
  const version = (b & 0xffff0fff) | 0x4000;
  const variant = (c & 0x3fffffff) | 0x80000000;
  return `${hex16(a, 16)}${hex16(a, 0)}-${hex16(version, 16)}-${hex16(version, 0)}-${hex16(variant, 16)}-${hex16(variant, 0)}${hex16(d, 16)}${hex16(d, 0)}`;
}

/** List prices in cents. */
const lowestCents = 199;
const highestCents = 49_999;

/** A limited offer: few items, one channel mix, a price cut. */
export interface FlashSale {
  readonly buyers: IdRange;
  readonly items: IdRange;
  /** Percent off the list price. */
  readonly discount: number;
}

/** The records of one seed. */
export class ShopRecords {
  readonly seed: number;
  readonly #random: Random;

  constructor(seed: number) {
    this.seed = seed;
    this.#random = new Random(seed);
  }

  /** A customer who signed up within the year before `at`. */
  user(id: number, at: Micros): User {
    const random = this.#random.start(streams.user, offsetOf(id));
    const first = random.below(words.firstNames.length);
    const last = random.below(words.lastNames.length);
    const country = random.pick(words.countries);
    const domain = random.pick(words.mailDomains);
    const signup = isoInstant(at - random.below(365) * day);
    return {
      id,
      email: `${words.firstSlugs[first] ?? ""}.${words.lastSlugs[last] ?? ""}.${idText(id)}@${domain}`,
      full_name: `${words.firstNames[first] ?? ""} ${words.lastNames[last] ?? ""}`,
      country,
      signup_at: signup,
      updated_at: isoInstant(at),
    };
  }

  /** The list price of an item in cents, without making the whole item. */
  itemCents(id: number): number {
    return this.#drawCents(this.#random.start(streams.item, offsetOf(id)));
  }

  #drawCents(random: Random): number {
    return lowestCents + random.skewedBelow(highestCents - lowestCents);
  }

  /** A product that has been on offer for up to a year before `at`. */
  item(id: number, at: Micros): Item {
    const random = this.#random.start(streams.item, offsetOf(id));
    const price = formatCents(this.#drawCents(random));
    const name = `${random.pick(words.productAdjectives)} ${random.pick(words.productMaterials)} ${random.pick(words.productNouns)}`;
    return {
      id,
      name,
      category: random.pick(words.categories),
      price,
      inventory: 10 + random.below(990),
      created_at: isoInstant(at - random.below(365) * day),
      updated_at: isoInstant(at),
    };
  }

  /** A purchase at list price by one of `users` of one of `items`; low ids are bought most. */
  purchase(id: number, at: Micros, users: IdRange, items: IdRange): Purchase {
    const random = this.#random.start(streams.purchase, offsetOf(id));
    const user = users.first + random.below(users.last - users.first + 1);
    const item = items.first + random.skewedBelow(items.last - items.first + 1);
    return this.#purchase(random, id, at, user, item, 0);
  }

  /** A purchase at list price of a given item by a given user. */
  purchaseOf(id: number, at: Micros, user: number, item: number): Purchase {
    return this.#purchase(this.#random.start(streams.purchase, offsetOf(id)), id, at, user, item, 0);
  }

  /** A purchase in a flash sale: every item on offer sells alike. */
  flashPurchase(id: number, at: Micros, sale: FlashSale): Purchase {
    const random = this.#random.start(streams.flashSale, offsetOf(id));
    const user = sale.buyers.first + random.below(sale.buyers.last - sale.buyers.first + 1);
    const item = sale.items.first + random.below(sale.items.last - sale.items.first + 1);
    return this.#purchase(random, id, at, user, item, sale.discount);
  }

  #purchase(random: Random, id: number, at: Micros, user: number, item: number, discount: number): Purchase {
    const quantity = 1 + random.skewedBelow(5);
    const channel = random.pick(words.weightedChannels);
    const moment = isoInstant(at);
    return {
      id,
      user_id: user,
      item_id: item,
      quantity,
      purchase_price: formatCents(Math.floor((this.itemCents(item) * (100 - discount)) / 100)),
      channel,
      purchased_at: moment,
      updated_at: moment,
    };
  }

  /** The `n`-th pageview of the seed; four in five show an item. */
  pageview(n: number, at: Micros, users: IdRange, items: IdRange): Pageview {
    const random = this.#random.start(streams.pageview, n % idsPerSeed);
    const identifier = uuid(random.word(), random.word(), random.word(), random.word());
    const showsItem = random.below(5) > 0;
    const user = users.first + random.below(users.last - users.first + 1);
    const item = showsItem ? items.first + random.skewedBelow(items.last - items.first + 1) : null;
    return {
      pageview_id: identifier,
      user_id: user,
      item_id: item,
      page: item === null ? random.pick(words.plainPages) : `/items/${idText(item)}`,
      channel: random.pick(words.weightedChannels),
      viewed_at: isoInstant(at),
      user_agent: random.pick(words.userAgents),
    };
  }
}
