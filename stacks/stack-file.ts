import { existsSync, readFileSync } from "node:fs";

import { parse } from "yaml";

import { parseConfig } from "../platform/config.ts";
import { configSchema, type LakehouseConfig } from "./config.ts";

/**
 * The configuration in `Pulumi.<stack>.yaml`, for commands that run without the Pulumi engine.
 * @throws Error when the file is missing; ConfigError with every fault in it.
 */
export function readStackFile(stack: string): LakehouseConfig {
  const file = `Pulumi.${stack}.yaml`;
  if (!existsSync(file))
    throw new Error(`there is no ${file}: copy Pulumi.dev.yaml, or choose a stack that has one`);
  const { config = {} } = (parse(readFileSync(file, "utf8")) ?? {}) as { config?: Record<string, unknown> };
  const own = Object.entries(config).filter(([key]) => key.startsWith("lakehouse:"));
  return parseConfig(
    configSchema,
    Object.fromEntries(
      own.map(([key, value]) => [
        key.slice("lakehouse:".length),
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
}
