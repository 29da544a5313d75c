import { expect, it } from "vitest";
import { paced } from "./pace.ts";

const never = new AbortController().signal;

async function collect(batches: AsyncIterable<number>): Promise<number[]> {
  const sizes: number[] = [];
  for await (const size of batches) sizes.push(size);
  return sizes;
}

it("gives full batches and the rest when nothing limits the rate", async () => {
  expect(await collect(paced({ rate: Infinity, maxBatch: 4, total: 10, signal: never }))).toEqual([4, 4, 2]);
});

it("gives exactly the total at a limited rate", async () => {
  const sizes = await collect(paced({ rate: 20_000, maxBatch: 300, total: 1000, signal: never }));
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(1000);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(300);
});

it("ends with the signal, after the batch under way", async () => {
  const controller = new AbortController();
  const sizes: number[] = [];
  for await (const size of paced({
    rate: Infinity,
    maxBatch: 1,
    total: Infinity,
    signal: controller.signal,
  })) {
    sizes.push(size);
    if (sizes.length === 3) controller.abort();
  }
  expect(sizes).toEqual([1, 1, 1]);
});

it("ends when its time is over", async () => {
  expect(await collect(paced({ rate: 0.001, maxBatch: 1, total: 5, forMs: 20, signal: never }))).toEqual([]);
});
