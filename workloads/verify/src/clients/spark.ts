import { setTimeout as sleep } from "node:timers/promises";
import { isNetworkError, withRetry } from "@lakehouse/generators";
import { z } from "zod";

const accepted = z.object({ id: z.string() });
const run = z.object({
  state: z.enum(["queued", "running", "succeeded", "failed"]),
  error: z.string().nullish(),
  seconds: z.number().nullish(),
});
const status = z.object({
  queries: z
    .array(z.looseObject({ name: z.string(), state: z.string(), last_error: z.string().nullish() }))
    .optional(),
});

/** When a job ran: between these moments of this machine's clock (milliseconds). */
export interface JobRun {
  readonly began: number;
  readonly ended: number;
  readonly seconds: number;
}

/** The control API of the Spark driver. */
export class SparkControl {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url.replace(/\/$/, "");
    this.#token = token;
  }

  /** Queries that do not run, each in words; empty when all is well. */
  async troubles(): Promise<string[]> {
    const { queries } = status.parse(await this.#request("GET", "/status"));
    return (queries ?? [])
      .filter((query) => query.state !== "running")
      .map(
        (query) => `streaming query ${query.name} is ${query.state}: ${query.last_error ?? "no error told"}`,
      );
  }

  /** Whether the driver calls itself healthy; what it says if not. */
  async health(): Promise<string | undefined> {
    const response = await fetch(`${this.#url}/health`, { signal: AbortSignal.timeout(15_000) });
    const text = await response.text();
    return response.ok
      ? undefined
      : `Spark /health answers ${String(response.status)}: ${text.slice(0, 300)}`;
  }

  /**
   * Runs a job and waits for its end.
   * @throws Error with the job's own words if it fails or takes longer than the deadline
   */
  async runJob(
    job: string,
    parameters: Readonly<Record<string, unknown>>,
    withinSeconds: number,
  ): Promise<JobRun> {
    const began = Date.now();
    const { id } = accepted.parse(await this.#request("POST", `/jobs/${job}`, parameters));
    for (;;) {
      const now = run.parse(await this.#request("GET", `/jobs/${id}`));
      const ended = Date.now();
      if (now.state === "failed") throw new Error(`job ${job} failed: ${now.error ?? "no reason told"}`);
      if (now.state === "succeeded") return { began, ended, seconds: (ended - began) / 1000 };
      if (ended - began > withinSeconds * 1000) {
        throw new Error(
          `job ${job} is still ${now.state} after ${String(withinSeconds)} s; see the log of spark`,
        );
      }
      await sleep(250);
    }
  }

  async #request(method: "GET" | "POST", path: string, body?: unknown): Promise<unknown> {
    // A POST is not repeated: whether it arrived is not known.
    const within = method === "GET" ? 30_000 : 0;
    return withRetry({ within, isTransient: isNetworkError }, async () => {
      const response = await fetch(`${this.#url}${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
        signal: AbortSignal.timeout(30_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok)
        throw new Error(`Spark ${method} ${path} answers ${String(response.status)}: ${text.slice(0, 300)}`);
      return JSON.parse(text) as unknown;
    });
  }
}
