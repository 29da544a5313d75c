/** From commit to visible: when the first snapshot of a silver table held each change. */
import { percentile } from "./percentiles.ts";

/** A change as a snapshot shows it. `key` names the change, not only its row. Moments are milliseconds. */
export interface Sighting {
  readonly key: string;
  readonly committed: number;
  readonly snapshot: number;
}

/** A change's commit as the writer saw it: it happened between these moments. */
export interface CommitWindow {
  readonly began: number;
  readonly ended: number;
}

export interface Latencies {
  readonly samples: readonly number[];
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Changes whose commit time lies outside the window in which they were committed: the figure would be wrong. */
  readonly implausible: readonly string[];
}

/** Clocks of two processes on one machine; the source's commit time has whole milliseconds. */
const toleranceMs = 250;

/** Takes each change at its first sighting. */
export function latencies(
  sightings: readonly Sighting[],
  windows: ReadonlyMap<string, CommitWindow>,
): Latencies {
  const first = new Map<string, Sighting>();
  for (const sighting of sightings) {
    const earlier = first.get(sighting.key);
    if (earlier === undefined || sighting.snapshot < earlier.snapshot) first.set(sighting.key, sighting);
  }
  const implausible: string[] = [];
  const samples: number[] = [];
  for (const { key, committed, snapshot } of first.values()) {
    const window = windows.get(key);
    if (window === undefined) continue;
    const late = committed - window.ended;
    const early = window.began - committed;
    if (late > toleranceMs || early > toleranceMs) {
      implausible.push(`${key}: commit time is ${String(Math.max(late, early))} ms outside of the commit`);
    }
    samples.push(snapshot - committed);
  }
  return {
    samples,
    p50: percentile(samples, 0.5),
    p95: percentile(samples, 0.95),
    p99: percentile(samples, 0.99),
    max: percentile(samples, 1),
    implausible,
  };
}
