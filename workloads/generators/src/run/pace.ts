import { setTimeout as sleep } from "node:timers/promises";

/** Work arrives in ticks of this length, so that a rate is steady to the eye and batches stay worth their trip. */
const tickMs = 100;

export interface Pace {
  /** Records a second; `Infinity` for as fast as they are taken. */
  readonly rate: number;
  /** The most records in one batch. */
  readonly maxBatch: number;
  /** Records in all; `Infinity` for endless. */
  readonly total: number;
  /** Milliseconds after which no batch begins. */
  readonly forMs?: number | undefined;
  /** Ends the pace; the batch under way is finished by its consumer. */
  readonly signal: AbortSignal;
}

/**
 * Yields batch sizes at a steady rate until the total, the time or the signal ends it. Time that the consumer lost
 * (an outage) is not made up by a burst of more than one second.
 */
export async function* paced(pace: Pace): AsyncGenerator<number> {
  const { rate, maxBatch, total, forMs = Infinity, signal } = pace;
  const began = performance.now();
  let origin = began;
  let sinceOrigin = 0;
  let done = 0;
  while (done < total && !signal.aborted && performance.now() - began < forMs) {
    const due =
      rate === Infinity ? maxBatch : Math.floor(((performance.now() - origin) / 1000) * rate) - sinceOrigin;
    if (due <= 0) {
      const next = origin + ((sinceOrigin + 1) / rate) * 1000;
      const wait = Math.max(next - performance.now(), rate > 1000 / tickMs ? tickMs : 1);
      await sleep(Math.min(wait, began + forMs - performance.now()), undefined, { signal }).catch(
        () => undefined,
      );
      continue;
    }
    if (due > rate) {
      origin = performance.now() - 1000;
      sinceOrigin = 0;
    }
    const size = Math.min(due, maxBatch, total - done);
    yield size;
    done += size;
    sinceOrigin += size;
  }
}
