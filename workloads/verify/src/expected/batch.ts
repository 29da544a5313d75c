/** A verification run's own records: everything that will be fed, and what must come of it, from the seed alone. */
import { type Pageview, type SourceTable, malformedKinds } from "@lakehouse/contracts";
import {
  type Change,
  type Clock,
  type IdRange,
  type LineTruth,
  type PageviewObject,
  PageviewObjects,
  type ShopState,
  Trickle,
  applyChange,
  day,
  emptyState,
  firstVerifySeed,
  hour,
  isoInstant,
  lastVerifySeed,
  objectNamePrefix,
  plannedClock,
  trickleRange,
} from "@lakehouse/generators";

/** How much a run feeds. */
export interface BatchSize {
  /** Changes before the latencies are measured. */
  readonly changes: number;
  /** Changes while they are measured. */
  readonly latencyChanges: number;
  readonly objects: number;
  readonly perObject: number;
  readonly malformed: number;
}

const historyDays = 3;
/** Runs live in the years 1971 to 2020, each in days of its own: "the newest purchase" is never theirs. */
const histories = 6000;
const firstHistory = Date.UTC(1971, 0, 1) * 1000;

/** One run. */
export class VerificationBatch {
  readonly seed: number;
  readonly size: BatchSize;
  readonly clock: Clock;
  readonly range: IdRange;
  readonly #plan: Trickle;
  readonly #start: number;

  /** @param runId from 0; each has ids, object names and days of its own */
  constructor(runId: number, size: BatchSize) {
    if (runId < 0 || firstVerifySeed + runId > lastVerifySeed)
      throw new Error(`no ids are left for run ${String(runId)}`);
    this.seed = firstVerifySeed + runId;
    this.size = size;
    this.#start = firstHistory + (runId % histories) * historyDays * day;
    const spacing = Math.floor((2.5 * day) / (size.changes + size.latencyChanges));
    this.clock = plannedClock(this.#start, spacing);
    this.range = trickleRange(this.seed);
    this.#plan = new Trickle(this.seed);
  }

  /** Changes `from` to `to` (exclusive) of the plan. */
  changes(from: number, to: number): Change[] {
    const changes: Change[] = [];
    for (let k = from; k < to; k += 1) changes.push(this.#plan.change(k, this.clock(k)));
    return changes;
  }

  /** The tables after the first `count` changes. */
  state(count: number): ShopState {
    const state = emptyState();
    for (const change of this.changes(0, count)) applyChange(state, change);
    return state;
  }

  /** The end of a 24-hour window that lies within the run's history, on the hour. */
  get asOf(): string {
    return isoInstant(this.#start + 36 * hour);
  }

  /** Every id of a table that the first changes insert, whether deleted later or not. */
  inserted(table: SourceTable): IdRange {
    const ids = this.changes(0, this.size.changes).flatMap((c) =>
      c.op === "insert" && c.table === table ? [c.id] : [],
    );
    return { first: Math.min(...ids), last: Math.max(...ids) };
  }

  /** Begins the names of the run's objects. */
  get objectPrefix(): string {
    return objectNamePrefix(this.seed);
  }

  /**
   * The objects to land, all malformed kinds among them. The last repeats an earlier one under another name: its
   * views are delivered twice and must count once.
   */
  objects(): PageviewObject[] {
    const plan = new PageviewObjects({
      seed: this.seed,
      users: this.inserted("users"),
      items: this.inserted("items"),
      clock: this.clock,
      perObject: this.size.perObject,
      malformed: this.size.malformed,
    });
    const objects = Array.from({ length: this.size.objects }, (_, j) => plan.object(j));
    const kinds = new Set(
      objects.flatMap((o) => o.lines.flatMap((line) => ("good" in line ? [] : [line.malformed]))),
    );
    const absent = malformedKinds.filter((kind) => !kinds.has(kind));
    if (absent.length > 0)
      throw new Error(`too few pageviews to show ${absent.join(", ")}: feed more objects`);
    const last = objects.at(-1);
    if (last !== undefined) objects.push({ ...last, key: last.key.replace(/\.json$/, "-again.json") });
    return objects;
  }
}

/** The pageviews that count: each identifier once. */
export function deliveredViews(objects: readonly PageviewObject[]): Pageview[] {
  const views = new Map<string, Pageview>();
  for (const object of objects) {
    for (const line of object.lines)
      if ("good" in line && !views.has(line.good.pageview_id)) views.set(line.good.pageview_id, line.good);
  }
  return [...views.values()];
}

/** A line with the object it stands in. */
export type PlacedLine = LineTruth & { readonly object: string };

/** All lines of all objects. */
export function placedLines(objects: readonly PageviewObject[]): PlacedLine[] {
  return objects.flatMap((object) => object.lines.map((line) => ({ ...line, object: object.key })));
}
