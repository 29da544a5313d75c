/** How a client outside the platform reaches a running stack: the stack output `connections`. */
import { z } from "zod";
import { faultsOf } from "./shop.ts";

const text = z.string().min(1);

export const connectionsSchema = z.object({
  postgres: z.object({ host: text, port: z.int(), database: text, user: text, password: text }),
  s3: z.object({ endpoint: z.url(), accessKey: text, secretKey: text, landingBucket: text }),
  trino: z.object({ url: z.url(), user: text }),
  kafka: z.object({ brokers: z.array(text).min(1) }),
  registry: z.object({ url: z.url() }),
  spark: z.object({ url: z.url(), token: text }),
  connect: z.object({ url: z.url(), connector: text }),
});
export type Connections = z.infer<typeof connectionsSchema>;

/** The environment variable that carries the connections as JSON. */
export const connectionsVariable = "LAKEHOUSE_CONNECTIONS";

/**
 * Reads the connections from the environment.
 * @throws Error naming every missing or wrong field; values, which are secret, are never quoted.
 */
export function connectionsFromEnv(env: Readonly<Record<string, string | undefined>>): Connections {
  const how = `set it to the stack output \`connections\`: pulumi stack output connections --json --show-secrets`;
  const json = env[connectionsVariable];
  if (json === undefined || json === "") throw new Error(`${connectionsVariable} is not set; ${how}`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Error(`${connectionsVariable} is not JSON; ${how}`);
  }
  const parsed = connectionsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error).map((fault) => `  ${fault}`);
  throw new Error(`${connectionsVariable} is incomplete; ${how}\n${faults.join("\n")}`);
}
