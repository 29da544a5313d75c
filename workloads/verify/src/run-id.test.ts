import { firstVerifySeed, idOf } from "@lakehouse/generators";
import { expect, it } from "vitest";
import { runAfter } from "./run-id.ts";

it("takes the run after the highest id, and 0 where there is none", () => {
  expect(runAfter(0)).toBe(0);
  expect(runAfter(idOf(firstVerifySeed, "trickle", 0))).toBe(1);
  expect(runAfter(idOf(firstVerifySeed + 41, "trickle", 123_456))).toBe(42);
});
