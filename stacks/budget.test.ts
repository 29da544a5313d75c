import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { mib } from "../platform/units.ts";
import { availableMemory, budgetTable, checkBudget } from "./budget.ts";

const claims = [
  { module: "kafka", memory: mib(768) },
  { module: "spark", memory: mib(2304) },
];

describe("the memory budget", () => {
  it("shows who claims what, largest first, and what to do", () => {
    expect(() => {
      checkBudget(claims, mib(3071));
    }).toThrow(/spark {5}2\.3 GiB\n {2}kafka {5}768 MiB\n {2}sum[\s\S]*lakehouse:budget/);
  });

  it("lets a sum pass that just fits", () => {
    expect(() => {
      checkBudget(claims, mib(3072));
    }).not.toThrow();
  });

  it("leaves the host 2 GiB when nothing is configured", () => {
    expect(availableMemory(undefined, 8192)).toBe(6144);
    expect(availableMemory(1000, 8192)).toBe(1000);
    expect(availableMemory(undefined, 1024)).toBe(256);
  });

  it("refuses exactly when the sum exceeds the budget", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9000 })),
        fc.integer({ min: 1, max: 20_000 }),
        (sizes, budget) => {
          const some = sizes.map((size, index) => ({ module: `m${String(index)}`, memory: mib(size) }));
          const sum = sizes.reduce((a, b) => a + b, 0);
          const check = () => {
            checkBudget(some, mib(budget));
          };
          if (sum > budget) expect(check).toThrow();
          else expect(check).not.toThrow();
        },
      ),
    );
  });

  it("prints one line for each claim, the sum and the budget", () => {
    expect(budgetTable(claims, mib(4096)).split("\n")).toHaveLength(4);
  });
});
