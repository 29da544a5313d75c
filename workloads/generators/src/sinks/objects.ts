/** Puts pageview objects into the landing bucket, through restarts of MinIO, each exactly once. */
import { pageviewPrefix } from "@lakehouse/contracts";
import { Client } from "minio";
import { describeError, isNetworkError, withRetry } from "../run/retry.ts";
import type { PageviewObject } from "../shop/pageview-objects.ts";

export interface ObjectStoreOptions {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly bucket: string;
  /** Milliseconds to keep trying while the service is away. */
  readonly retryWithin: number;
  readonly onRetry?: (message: string) => void;
}

/** The landing bucket. */
export class LandingBucket {
  readonly #client: Client;
  readonly #options: ObjectStoreOptions;

  constructor(options: ObjectStoreOptions) {
    const url = new URL(options.endpoint);
    this.#options = options;
    this.#client = new Client({
      endPoint: url.hostname,
      useSSL: url.protocol === "https:",
      port: url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port),
      accessKey: options.accessKey,
      secretKey: options.secretKey,
      // The bucket's region is looked up otherwise, which a least-privileged user may not.
      region: "us-east-1",
      pathStyle: true,
    });
  }

  /**
   * Puts an object unless it is there: a reader that has taken an object up would take a second put of it for a new
   * one.
   */
  async put(object: PageviewObject): Promise<void> {
    const { bucket } = this.#options;
    await this.#retry(async (attempt) => {
      if (attempt > 0 && (await this.#exists(object))) return;
      await this.#client.putObject(bucket, object.key, object.body, object.body.length, {
        "Content-Type": "application/x-ndjson",
      });
    });
  }

  /** The keys that begin with a prefix below the pageviews. */
  async keys(prefix = ""): Promise<string[]> {
    return this.#retry(async () => {
      const keys: string[] = [];
      const stream: AsyncIterable<{ readonly name?: string }> = this.#client.listObjectsV2(
        this.#options.bucket,
        `${pageviewPrefix}${prefix}`,
        true,
      );
      for await (const entry of stream) if (entry.name !== undefined) keys.push(entry.name);
      return keys;
    });
  }

  async #exists(object: PageviewObject): Promise<boolean> {
    try {
      const { size } = await this.#client.statObject(this.#options.bucket, object.key);
      return size === object.body.length;
    } catch (error) {
      if (codeOf(error) === "NotFound" || codeOf(error) === "NoSuchKey") return false;
      throw error;
    }
  }

  async #retry<T>(work: (attempt: number) => Promise<T>): Promise<T> {
    const { onRetry, retryWithin } = this.#options;
    return withRetry(
      {
        within: retryWithin,
        isTransient: isTransientObjectError,
        onRetry: (error, wait) => onRetry?.(`${describeError(error)}; next attempt in ${String(wait)} ms`),
      },
      work,
    );
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const transientCodes = new Set([
  "InternalError",
  "ServiceUnavailable",
  "SlowDown",
  "XMinioServerNotInitialized",
  "RequestTimeout",
  "UnknownError",
]);

/** Whether MinIO is away or overloaded, as opposed to refusing the request. */
export function isTransientObjectError(error: unknown): boolean {
  return isNetworkError(error) || transientCodes.has(codeOf(error) ?? "");
}
