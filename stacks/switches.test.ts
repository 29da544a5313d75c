import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { resolveSwitches } from "./switches.ts";

type Name = "store" | "queue" | "catalog" | "engine" | "shop";

const CATALOGUE: Record<Name, { needs: readonly Name[] }> = {
  store: { needs: [] },
  queue: { needs: [] },
  catalog: { needs: ["store"] },
  engine: { needs: ["catalog", "store"] },
  shop: { needs: ["queue", "engine"] },
};
const NAMES = Object.keys(CATALOGUE) as Name[];

describe("resolveSwitches", () => {
  it("pulls in what is needed, needed ones first, and nothing else", () => {
    expect(resolveSwitches(CATALOGUE, ["engine"], [])).toEqual({
      ok: true,
      modules: ["store", "catalog", "engine"],
    });
  });

  it("reports every conflict at once, with the chain that leads to it", () => {
    const resolution = resolveSwitches(CATALOGUE, ["shop"], ["queue", "store"]);
    expect(resolution).toMatchObject({ ok: false });
    const conflicts = resolution.ok ? [] : resolution.conflicts;
    expect(conflicts).toContainEqual(
      expect.stringContaining("queue is switched off but needed: shop → queue"),
    );
    expect(conflicts).toContainEqual(expect.stringContaining("shop → engine → catalog → store"));
  });

  it("says so when a module is asked for and refused", () => {
    expect(resolveSwitches(CATALOGUE, ["store"], ["store"])).toEqual({
      ok: false,
      conflicts: ["store is asked for and switched off: remove one of the two"],
    });
  });

  it("refuses a circular catalogue", () => {
    const circular = { a: { needs: ["b"] }, b: { needs: ["a"] } } as const;
    expect(() => resolveSwitches<"a" | "b">(circular, ["a"], [])).toThrow("a → b → a");
  });

  it("gives a closed, ordered set without refused modules, or names a refused one, for any wishes", () => {
    fc.assert(
      fc.property(fc.subarray(NAMES), fc.subarray(NAMES), (wanted, refused) => {
        const resolution = resolveSwitches(CATALOGUE, wanted, refused);
        if (!resolution.ok) {
          expect(resolution.conflicts.length).toBeGreaterThan(0);
          for (const conflict of resolution.conflicts)
            expect(refused.some((name) => conflict.startsWith(name))).toBe(true);
          return;
        }
        const { modules } = resolution;
        expect(modules).toEqual(expect.arrayContaining(wanted));
        expect(modules.filter((name) => refused.includes(name))).toEqual([]);
        expect(new Set(modules).size).toBe(modules.length);
        for (const [index, name] of modules.entries()) {
          for (const need of CATALOGUE[name].needs) {
            expect(modules.indexOf(need)).toBeGreaterThanOrEqual(0);
            expect(modules.indexOf(need)).toBeLessThan(index);
          }
        }
      }),
    );
  });
});
