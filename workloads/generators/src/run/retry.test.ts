import { describe, expect, it } from "vitest";
import { Unavailable, describeError, isNetworkError, withRetry } from "./retry.ts";

function away(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

describe("withRetry", () => {
  it("tries again while the error is transient, counting its attempts", async () => {
    const attempts: number[] = [];
    const result = await withRetry({ within: 5000, isTransient: isNetworkError }, (number) => {
      attempts.push(number);
      return number < 2 ? Promise.reject(away("ECONNREFUSED")) : Promise.resolve("done");
    });
    expect([result, attempts]).toEqual(["done", [0, 1, 2]]);
  });

  it("does not repeat what is wrong for good", async () => {
    let attempts = 0;
    const work = withRetry({ within: 5000, isTransient: isNetworkError }, () => {
      attempts += 1;
      return Promise.reject(new Error("syntax error"));
    });
    await expect(work).rejects.toThrow("syntax error");
    expect(attempts).toBe(1);
  });

  it("gives up in the end and says why", async () => {
    const work = withRetry({ within: 150, isTransient: isNetworkError }, () =>
      Promise.reject(away("ECONNRESET")),
    );
    await expect(work).rejects.toThrow(Unavailable);
    await expect(work).rejects.toThrow(/gave up after \d+ s: connect ECONNRESET/);
  });
});

it("has words for an error without a message", () => {
  expect(describeError(new AggregateError([away("ECONNREFUSED")]))).toBe("connect ECONNREFUSED");
});

it("sees through fetch to what happened to the connection", () => {
  const error = new TypeError("fetch failed", { cause: away("ECONNREFUSED") });
  expect(isNetworkError(error)).toBe(true);
  expect(describeError(error)).toBe("fetch failed: connect ECONNREFUSED");
  expect(isNetworkError(new TypeError("x is not a function"))).toBe(false);
});
