import { totalmem } from "node:os";

import { formatMiB, mib, totalMiB, type MiB } from "../platform/units.ts";

/** What the host keeps for itself, the engine and page cache. */
const RESERVE: MiB = mib(2048);

/** What a module claims. */
export interface Claim {
  readonly module: string;
  readonly memory: MiB;
}

/** The memory that a stack may claim: as configured, else the host's less a reserve. */
export function availableMemory(configured: number | undefined, host: number = totalmem() / 2 ** 20): MiB {
  return mib(configured ?? Math.max(256, Math.floor(host - RESERVE)));
}

/** A table of claims, largest first, with their sum and the budget. */
export function budgetTable(claims: readonly Claim[], budget: MiB): string {
  const rows = [...claims]
    .sort((a, b) => b.memory - a.memory || (a.module < b.module ? -1 : 1))
    .map(({ module, memory }) => [module, formatMiB(memory)] as const);
  const all = [
    ...rows,
    ["sum", formatMiB(totalMiB(claims.map(({ memory }) => memory)))] as const,
    ["budget", formatMiB(budget)] as const,
  ];
  const width = Math.max(...all.map(([name]) => name.length));
  return all.map(([name, size]) => `  ${name.padEnd(width)}  ${size.padStart(9)}`).join("\n");
}

/** @throws Error with the table when the claims exceed the budget. */
export function checkBudget(claims: readonly Claim[], budget: MiB): void {
  if (totalMiB(claims.map(({ memory }) => memory)) <= budget) return;
  throw new Error(
    `the modules need more memory than the budget:\n${budgetTable(claims, budget)}\n` +
      "switch modules off (lakehouse:components), choose a smaller lakehouse:size, or raise lakehouse:budget (MiB)",
  );
}
