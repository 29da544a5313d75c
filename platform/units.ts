/** Quantities with their unit in the type, so that 512 can never be read as bytes. */

/** Mebibytes (2^20 bytes). */
export type MiB = number & { readonly unit: "MiB" };

/** @throws RangeError when `amount` is not a positive whole number. */
export function mib(amount: number): MiB {
  if (!Number.isInteger(amount) || amount <= 0) {
    throw new RangeError(`a memory size is a positive whole number of MiB, not ${String(amount)}`);
  }
  return amount as MiB;
}

/** A JVM's `-Xmx`: a share of the container's limit; threads, metaspace and buffers live in the rest. */
export function heap(limit: MiB, share: number): string {
  return `${String(Math.floor(limit * share))}m`;
}

/** Adds sizes; the sum of none is zero. */
export function totalMiB(sizes: readonly MiB[]): MiB {
  return sizes.reduce((sum, size) => sum + size, 0) as MiB;
}

/** `1536` → `"1.5 GiB"`, `640` → `"640 MiB"`: for tables that people read. */
export function formatMiB(size: number): string {
  return size >= 1024 ? `${(size / 1024).toFixed(1)} GiB` : `${String(size)} MiB`;
}

/**
 * Seconds as Go prints a duration (`90` → `"1m30s"`). The Docker provider stores this form, so any other
 * spelling of the same time (`"90s"`) would show as a change on every `up`.
 */
export function goDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  if (hours > 0) return `${String(hours)}h${String(minutes)}m${String(rest)}s`;
  return minutes > 0 ? `${String(minutes)}m${String(rest)}s` : `${String(rest)}s`;
}

/** CPUs as the Docker provider stores them: at least one decimal (`1` → `"1.0"`), for the same reason. */
export function dockerCpus(cpus: number): string {
  return Number.isInteger(cpus) ? cpus.toFixed(1) : String(cpus);
}
