/**
 * Fetches a file over https: `download.ts URL FILE`, or asks whether it could: `download.ts --probe URL`.
 * Node does it because a bare machine has neither curl nor wget, but has Node by then.
 */
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What a reachable server needs at most to answer, with a cold name look-up. */
const PROBE_MS = 5_000;

const [first, second] = process.argv.slice(2);
if (first === undefined || second === undefined) {
  console.error("usage: download.ts URL FILE | download.ts --probe URL");
  process.exit(2);
}

try {
  if (first === "--probe") await probe(second);
  else await download(first, second);
} catch (error) {
  console.error(`${first === "--probe" ? second : first}: ${reason(error)}`);
  process.exit(1);
}

async function probe(url: string): Promise<void> {
  const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(PROBE_MS) });
  if (!response.ok) throw new Error(`HTTP ${String(response.status)}`);
}

async function download(url: string, file: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok || response.body === null) throw new Error(`HTTP ${String(response.status)}`);
  await pipeline(Readable.fromWeb(response.body), createWriteStream(file));
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
