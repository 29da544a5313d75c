import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";

/** Every fault of a configuration at once, each with its key. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    const list = faults.map((fault) => `  - ${fault}`).join("\n");
    super(`the configuration has ${String(faults.length)} fault${faults.length === 1 ? "" : "s"}:\n${list}`);
    this.name = "ConfigError";
    this.faults = faults;
  }
}

/**
 * Parses raw settings (`key → text or JSON text`) with a schema.
 * @throws ConfigError that lists every fault with its key; unknown keys are faults.
 */
export function parseConfig<T>(schema: z.ZodType<T>, raw: Readonly<Record<string, string>>): T {
  const values = Object.fromEntries(Object.entries(raw).map(([key, text]) => [key, structured(text)]));
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => `lakehouse:${issue.path.map(String).join(".")} ${issue.message}`),
  );
}

/** Reads this stack's `lakehouse:` settings. The only place that asks Pulumi for configuration. */
export function readConfig<T>(schema: z.ZodType<T>): T {
  const prefix = `${pulumi.getProject()}:`;
  const raw: Record<string, string> = {};
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    if (key.startsWith(prefix)) raw[key.slice(prefix.length)] = value;
  }
  return parseConfig(schema, raw);
}

/** Pulumi hands over structured values as JSON text and everything else as it stands. */
function structured(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
