import type { ModuleName, Size } from "./config.ts";
import type { Limits } from "./site.ts";

/** CPUs and MiB for small, medium and large, in that order. */
function sizes(
  small: readonly [number, number],
  medium: readonly [number, number],
  large: readonly [number, number],
) {
  const limits = ([cpu, memory]: readonly [number, number]): Limits => ({ cpu, memory });
  return { small: limits(small), medium: limits(medium), large: limits(large) };
}

/**
 * What each module may use. The small figures are measured working sets with room to breathe (docs/performance.md);
 * medium and large scale the parts that hold data in memory.
 */
export const SIZES: Readonly<Record<ModuleName, Readonly<Record<Size, Limits>>>> = {
  postgres: sizes([1, 512], [2, 1024], [4, 4096]),
  minio: sizes([1, 512], [2, 1024], [4, 2048]),
  kafka: sizes([1, 768], [2, 1536], [4, 4096]),
  registry: sizes([1, 448], [1, 512], [2, 768]),
  connect: sizes([1, 896], [2, 1280], [2, 2048]),
  iceberg: sizes([1, 320], [1, 512], [2, 1024]),
  spark: sizes([2, 2304], [3, 4096], [8, 16384]),
  trino: sizes([2, 1536], [3, 3072], [8, 16384]),
  shopSource: sizes([0, 0], [0, 0], [0, 0]),
  shop: sizes([0.5, 256], [1, 256], [1, 512]),
};
