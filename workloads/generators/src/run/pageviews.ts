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

/** Continues after the highest object number found for the seed. */
export async function runPageviews(work: RunPageviews): Promise<PageviewsResult> {
  const { bucket, plan, signal } = work;
  const objects = new PageviewObjects(plan);
  const begin = nextNumber(await bucket.keys(), plan.name ?? objectNamePrefix(plan.seed));
  const total = totalFrom(begin, work.amount);
  const progress = new Progress("pageviews", "objects", total);
  if (begin > 0) progress.note(`continuing with object ${String(begin)}`);
  const counts = { objects: 0, good: 0, malformed: 0, bytes: 0 };
  const pace = { rate: work.rate / plan.perObject, maxBatch: 1, total, forMs: work.forMs, signal };
  let next = begin;
  for await (const size of paced(pace)) {
    const object = objects.object(next);
    await bucket.put(object);
    const good = object.lines.filter((line) => "good" in line).length;
    counts.objects += 1;
    counts.good += good;
    counts.malformed += object.lines.length - good;
    counts.bytes += object.body.length;
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

/** One more than the highest number among keys `…/<prefix><number>.json`. */
export function nextNumber(keys: readonly string[], prefix: string): number {
  let next = 0;
  for (const key of keys) {
    const name = key.slice(key.lastIndexOf("/") + 1);
    const digits = name.startsWith(prefix) ? /^(\d+)\.json$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (digits !== undefined) next = Math.max(next, Number(digits) + 1);
  }
  return next;
}
