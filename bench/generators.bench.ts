/** Records a second of one thread: the seeded generators against the same records made by plain faker. */
import { faker } from "@faker-js/faker";
import {
  channels,
  itemSchema,
  type Item,
  type Pageview,
  pageviewSchema,
  type Purchase,
  purchaseSchema,
  type User,
  userSchema,
} from "@lakehouse/contracts";
import { ShopRecords, defaultStart, idOf } from "@lakehouse/generators";
import type { z } from "zod";
import type { Benchmark, Row } from "./benchmark.ts";

const aim = 500_000;
/** How long each maker is timed; the best of the rounds counts, as others share the machine. */
const roundMs = 700;
const rounds = 5;
const sample = 2000;

const records = new ShopRecords(1);
const users = { first: idOf(1, "seeded", 0), last: idOf(1, "seeded", 999) };
const items = users;

interface Contest {
  readonly kind: string;
  readonly schema: z.ZodType;
  readonly ours: (n: number) => object;
  readonly plain: (n: number) => object;
}

const contests: readonly Contest[] = [
  {
    kind: "users",
    schema: userSchema,
    ours: (n) => records.user(idOf(1, "seeded", n), defaultStart + n),
    plain: (n): User => ({
      id: n + 1,
      email: faker.internet.email(),
      full_name: faker.person.fullName(),
      country: faker.location.countryCode(),
      signup_at: faker.date.past().toISOString(),
      updated_at: faker.date.recent().toISOString(),
    }),
  },
  {
    kind: "items",
    schema: itemSchema,
    ours: (n) => records.item(idOf(1, "seeded", n), defaultStart + n),
    plain: (n): Item => ({
      id: n + 1,
      name: faker.commerce.productName(),
      category: faker.commerce.department(),
      price: faker.commerce.price({ min: 2, max: 500 }),
      inventory: faker.number.int({ min: 0, max: 1000 }),
      created_at: faker.date.past().toISOString(),
      updated_at: faker.date.recent().toISOString(),
    }),
  },
  {
    kind: "purchases",
    schema: purchaseSchema,
    ours: (n) => records.purchase(idOf(1, "seeded", n), defaultStart + n, users, items),
    plain: (n): Purchase => {
      const at = faker.date.recent().toISOString();
      return {
        id: n + 1,
        user_id: faker.number.int({ min: 1, max: 1000 }),
        item_id: faker.number.int({ min: 1, max: 1000 }),
        quantity: faker.number.int({ min: 1, max: 5 }),
        purchase_price: faker.commerce.price({ min: 2, max: 500 }),
        channel: faker.helpers.arrayElement(channels),
        purchased_at: at,
        updated_at: at,
      };
    },
  },
  {
    kind: "pageviews",
    schema: pageviewSchema,
    ours: (n) => records.pageview(n, defaultStart + n, users, items),
    plain: (): Pageview => {
      const item = faker.number.int({ min: 1, max: 1000 });
      return {
        pageview_id: faker.string.uuid(),
        user_id: faker.number.int({ min: 1, max: 1000 }),
        item_id: item,
        page: `/items/${String(item)}`,
        channel: faker.helpers.arrayElement(channels),
        viewed_at: faker.date.recent().toISOString(),
        user_agent: faker.internet.userAgent(),
      };
    },
  },
];

/** Kept so that no record can be optimised away. */
let sink: object = {};

/** Records a second in the best round. */
function rate(make: (n: number) => object): number {
  let best = 0;
  let n = 0;
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    const first = n;
    let elapsed = 0;
    while (elapsed < roundMs) {
      for (const end = n + 1000; n < end; n += 1) sink = make(n);
      elapsed = performance.now() - began;
    }
    best = Math.max(best, ((n - first) / elapsed) * 1000);
  }
  return best;
}

/** Every record of a sample satisfies its schema, outside of the timed loop. */
function check({ kind, schema, ours, plain }: Contest): void {
  for (const make of [ours, plain]) {
    for (let n = 0; n < sample; n += 1) {
      const parsed = schema.safeParse(make(n));
      if (!parsed.success) throw new Error(`a record of ${kind} is wrong: ${parsed.error.message}`);
    }
  }
}

function figure(value: number): string {
  return `${Math.round(value).toLocaleString("en")}/s`;
}

export const benchmark: Benchmark = {
  name: "generators",
  run: () => {
    const rows = contests.flatMap((contest): Row[] => {
      check(contest);
      const plain = rate(contest.plain);
      const ours = rate(contest.ours);
      const json = rate((n) => Buffer.from(JSON.stringify(contest.ours(n))));
      const times = `${(ours / plain).toFixed(0)} × plain faker (${figure(plain)})`;
      return [
        {
          measure: `${contest.kind}, records per thread`,
          value: figure(ours),
          compared: times,
          met: ours >= aim,
        },
        { measure: `${contest.kind}, as JSON bytes`, value: figure(json), compared: "the same, serialised" },
      ];
    });
    return Promise.resolve(Object.keys(sink).length >= 0 ? rows : []);
  },
};
