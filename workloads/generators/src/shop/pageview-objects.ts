/** Pageview objects as they land in the bucket, with what a reader must make of every line. */
import {
  type MalformedKind,
  type Pageview,
  malformedKinds,
  oversizedBytes,
  pageviewObject,
} from "@lakehouse/contracts";
import { Random, streams } from "../random/random.ts";
import type { IdRange } from "./ids.ts";
import { ShopRecords } from "./records.ts";
import { type Clock, isoDate } from "./time.ts";

/** What a line (from 1) of an object is. Line 0 stands for an object without any. */
export type LineTruth =
  | { readonly line: number; readonly good: Pageview }
  | { readonly line: number; readonly malformed: MalformedKind; readonly raw: Buffer };

/** An object to be put, and the truth about each of its lines. */
export interface PageviewObject {
  readonly key: string;
  readonly body: Buffer;
  readonly lines: readonly LineTruth[];
}

export interface PageviewPlan {
  readonly seed: number;
  readonly users: IdRange;
  readonly items: IdRange;
  readonly clock: Clock;
  readonly perObject: number;
  /** The share of malformed lines, 0 … 1. */
  readonly malformed: number;
  /** Which kinds occur; all of them by default. */
  readonly kinds?: readonly MalformedKind[];
  /** Begins the object names; a seed's objects are found by it. */
  readonly name?: string;
}

/** Kinds that are an object of their own instead of a line among others. */
const objectKinds: readonly MalformedKind[] = ["empty", "oversized"];
/** One object in so many is malformed as a whole: an oversized one weighs as much as 40,000 good lines. */
const objectsPerMalformedObject = 50;

/** Begins the names of a seed's objects. */
export function objectNamePrefix(seed: number): string {
  return `seed-${String(seed)}-`;
}

/** The objects of a plan; the `j`-th is a pure function of the plan and `j`. */
export class PageviewObjects {
  readonly #plan: PageviewPlan;
  readonly #records: ShopRecords;
  readonly #random: Random;
  readonly #lineKinds: readonly MalformedKind[];
  readonly #objectKinds: readonly MalformedKind[];

  constructor(plan: PageviewPlan) {
    const kinds = plan.kinds ?? malformedKinds;
    this.#plan = plan;
    this.#records = new ShopRecords(plan.seed);
    this.#random = new Random(plan.seed);
    this.#lineKinds = kinds.filter((kind) => !objectKinds.includes(kind));
    this.#objectKinds = objectKinds.filter((kind) => kinds.includes(kind));
  }

  /** Makes object `j` (from 0). With malformed ones asked for, the first of every fifty are malformed as a whole. */
  object(j: number): PageviewObject {
    const whole = this.#wholeKind(j);
    return whole === undefined ? this.#mixed(j) : this.#single(j, whole);
  }

  #key(j: number, micros: number): string {
    const name = `${this.#plan.name ?? objectNamePrefix(this.#plan.seed)}${String(j).padStart(8, "0")}`;
    return pageviewObject(isoDate(micros), name);
  }

  #wholeKind(j: number): MalformedKind | undefined {
    if (this.#plan.malformed <= 0) return undefined;
    return this.#objectKinds[j % objectsPerMalformedObject];
  }

  #view(n: number): Pageview {
    return this.#records.pageview(n, this.#plan.clock(n), this.#plan.users, this.#plan.items);
  }

  #single(j: number, kind: MalformedKind): PageviewObject {
    const first = j * this.#plan.perObject;
    const raw = malform(this.#view(first), kind, 0);
    return {
      key: this.#key(j, this.#plan.clock(first)),
      body: raw.length === 0 ? raw : Buffer.concat([raw, newline]),
      lines: [{ line: raw.length === 0 ? 0 : 1, malformed: kind, raw }],
    };
  }

  #mixed(j: number): PageviewObject {
    const { perObject, malformed } = this.#plan;
    const first = j * perObject;
    const chunks: Buffer[] = [];
    const lines: LineTruth[] = [];
    let text = "";
    for (let place = 0; place < perObject; place += 1) {
      const n = first + place;
      const view = this.#view(n);
      const random = this.#random.start(streams.malformed, n);
      if (this.#lineKinds.length > 0 && random.unit() < malformed) {
        const kind = random.pick(this.#lineKinds);
        const raw = malform(view, kind, random.word());
        chunks.push(Buffer.from(text), raw, newline);
        text = "";
        lines.push({ line: place + 1, malformed: kind, raw });
      } else {
        text += `${JSON.stringify(view)}\n`;
        lines.push({ line: place + 1, good: view });
      }
    }
    chunks.push(Buffer.from(text));
    return { key: this.#key(j, this.#plan.clock(first)), body: Buffer.concat(chunks), lines };
  }
}

const newline = Buffer.from("\n");

/** Spoils a pageview. `variant` chooses among the ways in which the kind occurs. */
export function malform(view: Pageview, kind: MalformedKind, variant: number): Buffer {
  const json = JSON.stringify(view);
  switch (kind) {
    case "not_json":
      return Buffer.from(
        variant % 2 === 0
          ? `<html><body>502 Bad Gateway ${view.pageview_id}</body></html>`
          : `${view.pageview_id},${view.page},${view.viewed_at}`,
      );
    case "truncated":
      // Never before the first key is complete, never the whole.
      return Buffer.from(json.slice(0, 20 + (variant % (json.length - 21))));
    case "wrong_types":
      return Buffer.from(
        JSON.stringify(
          [
            { ...view, user_id: "not a number" },
            { ...view, viewed_at: 12.5 },
            { ...view, page: { path: view.page } },
            { ...view, item_id: [view.item_id] },
          ][variant % 4],
        ),
      );
    case "missing_keys": {
      const missing = (["pageview_id", "user_id", "viewed_at", "channel"] as const)[variant % 4];
      return Buffer.from(
        JSON.stringify(Object.fromEntries(Object.entries(view).filter(([key]) => key !== missing))),
      );
    }
    case "wrong_encoding":
      // ISO 8859-1 where UTF-8 is expected: "é" is the byte E9, which begins no valid sequence here.
      return Buffer.from(JSON.stringify({ ...view, page: "/catégorie/été" }), "latin1");
    case "oversized": {
      const padding = oversizedBytes - Buffer.byteLength(json) + view.page.length;
      return Buffer.from(JSON.stringify({ ...view, page: "x".repeat(padding) }));
    }
    case "empty":
      return Buffer.alloc(0);
  }
}
