import { setTimeout as sleep } from "node:timers/promises";

/** How long to keep trying when a service is away, and what to say meanwhile. */
export interface RetryPolicy {
  /** Milliseconds until the last failure is final. */
  readonly within: number;
  readonly isTransient: (error: unknown) => boolean;
  readonly onRetry?: (error: unknown, waitMs: number) => void;
  readonly signal?: AbortSignal;
}

/** A service stayed away for longer than the policy allows. */
export class Unavailable extends Error {
  constructor(seconds: number, cause: unknown) {
    super(`gave up after ${String(Math.round(seconds))} s: ${describeError(cause)}`, { cause });
    this.name = "Unavailable";
  }
}

/** One line about an error, with the reason that Node hides in causes and aggregates of failed connections. */
export function describeError(error: unknown): string {
  if (error instanceof TypeError && error.cause !== undefined)
    return `${error.message}: ${describeError(error.cause)}`;
  if (error instanceof AggregateError && error.message === "")
    return error.errors.map(describeError).join("; ");
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  return String(error);
}

/** Runs `attempt` (given its number from 0) until it succeeds, fails for good, or the time is up. */
export async function withRetry<T>(policy: RetryPolicy, attempt: (number: number) => Promise<T>): Promise<T> {
  const began = performance.now();
  let wait = 100;
  for (let number = 0; ; number += 1) {
    try {
      return await attempt(number);
    } catch (error) {
      policy.signal?.throwIfAborted();
      if (!policy.isTransient(error)) throw error;
      const elapsed = performance.now() - began;
      if (elapsed + wait > policy.within) throw new Unavailable(elapsed / 1000, error);
      policy.onRetry?.(error, wait);
      await sleep(wait, undefined, policy.signal === undefined ? {} : { signal: policy.signal });
      wait = Math.min(wait * 2, 5000);
    }
  }
}

const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ETIMEDOUT",
]);

/** Whether an error says that the other side is away, not that the request is wrong. */
export function isNetworkError(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isNetworkError);
  if (!(error instanceof Error)) return false;
  // `fetch` wraps what happened to the connection.
  if (error instanceof TypeError && error.cause !== undefined) return isNetworkError(error.cause);
  const code: unknown = "code" in error ? error.code : undefined;
  return (
    (typeof code === "string" && networkCodes.has(code)) || /socket hang up|timeout/i.test(error.message)
  );
}
