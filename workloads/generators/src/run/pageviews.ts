/** Lands pageview objects at a steady rate. */
import { PageviewObjects, type PageviewPlan, objectNamePrefix } from "../shop/pageview-objects.ts";
import type { LandingBucket } from "../sinks/objects.ts";
import { paced } from "./pace.ts";
import { Progress } from "./progress.ts";

export interface RunPageviews {
  readonly bucket: LandingBucket;
  readonly plan: PageviewPlan;
  /** Pageviews a second. */
  readonly rate: number;
  /** Objects: so many more, until there are so many, or endless. */
  readonly amount: { readonly count: number } | { readonly upto: number } | undefined;
  readonly forMs?: number | undefined;
  readonly signal: AbortSignal;
}

export interface PageviewsResult {
  readonly objects: number;
  readonly good: number;
  readonly malformed: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** Puts under way at a time: a put's time is mostly waiting for the disk. */
const concurrency = 8;

/** Continues after the highest object number found for the seed, filling the gaps that an abrupt end left. */
export async function runPageviews(work: RunPageviews): Promise<PageviewsResult> {
  const { bucket, plan, signal } = work;
  const objects = new PageviewObjects(plan);
  const landed = landedNumbers(await bucket.keys(), plan.name ?? objectNamePrefix(plan.seed));
  const begin = firstToLand(landed);
  const total = totalFrom(begin, work.amount);
  const progress = new Progress("pageviews", "objects", total);
  if (begin > 0) progress.note(`continuing with object ${String(begin)}`);
  const counts = { objects: 0, good: 0, malformed: 0, bytes: 0 };
  const land = async (j: number): Promise<void> => {
    if (landed.has(j)) return;
    const object = objects.object(j);
    await bucket.put(object);
    const good = object.lines.filter((line) => "good" in line).length;
    counts.objects += 1;
    counts.good += good;
    counts.malformed += object.lines.length - good;
    counts.bytes += object.body.length;
  };
  const pace = { rate: work.rate / plan.perObject, maxBatch: concurrency, total, forMs: work.forMs, signal };
  let next = begin;
  for await (const size of paced(pace)) {
    await Promise.all(Array.from({ length: size }, (_, n) => land(next + n)));
    next += size;
    progress.add(size);
  }
  progress.finish();
  return { ...counts, seconds: Number(progress.seconds.toFixed(3)) };
}

function totalFrom(begin: number, amount: RunPageviews["amount"]): number {
  if (amount === undefined) return Infinity;
  return "count" in amount ? amount.count : Math.max(amount.upto - begin, 0);
}

/** The numbers of the keys `…/<prefix><number>.json`. */
export function landedNumbers(keys: readonly string[], prefix: string): Set<number> {
  const numbers = new Set<number>();
  for (const key of keys) {
    const name = key.slice(key.lastIndexOf("/") + 1);
    const digits = name.startsWith(prefix) ? /^(\d+)\.json$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (digits !== undefined) numbers.add(Number(digits));
  }
  return numbers;
}

/** Where to go on: the first gap among the last numbers that may have been under way together, or after them all. */
export function firstToLand(landed: ReadonlySet<number>): number {
  let highest = -1;
  for (const number of landed) highest = Math.max(highest, number);
  let first = Math.max(highest + 1 - concurrency, 0);
  while (landed.has(first)) first += 1;
  return first;
}
