/** JSON over HTTP with the few answers that the command line has to explain. */
import { z } from "zod";

import { messageOf } from "./fault.ts";

export interface HttpRequest {
  readonly method?: "GET" | "POST";
  readonly token?: string;
  readonly body?: unknown;
  /** milliseconds */
  readonly within?: number;
}

const Refusal = z.looseObject({ error: z.string() });

/** @throws Error with the address and the reason: no connection, an error status, another shape than asked for. */
export async function json<T>(url: string, shape: z.ZodType<T>, request: HttpRequest = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: request.method ?? "GET",
      headers: {
        ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      signal: AbortSignal.timeout(request.within ?? 5_000),
    });
  } catch (error) {
    throw new Error(`${url} does not answer: ${messageOf(error)}`, { cause: undefined });
  }
  const text = await response.text();
  if (!response.ok) {
    const refusal = Refusal.safeParse(parsed(text));
    throw new Error(
      refusal.success ? refusal.data.error : `${url}: HTTP ${String(response.status)} ${text.slice(0, 300)}`,
    );
  }
  const answer = shape.safeParse(parsed(text));
  if (!answer.success)
    throw new Error(`${url} answers another shape than expected: ${z.prettifyError(answer.error)}`);
  return answer.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
