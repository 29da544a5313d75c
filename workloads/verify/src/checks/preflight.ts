import { bronzeTables, goldTables, silverTables, sourceTables } from "@lakehouse/contracts";
import { describeError } from "@lakehouse/generators";
import { connectorTroubles } from "../clients/connect.ts";
import type { Context } from "./context.ts";

/** Everything that the run needs and that is not there, told at once before anything is fed. */
export async function preflight(context: Omit<Context, "batch">): Promise<string[]> {
  const { connections } = context;
  const asked = await Promise.all([
    ask("PostgreSQL", () => missingSourceTables(context)),
    ask("MinIO", async () => {
      await context.bucket.keys("date=1970-01-01/");
      return [];
    }),
    ask("Trino", () => missingTables(context)),
    ask("Spark", async () => {
      const health = await context.spark.health();
      return [...(health === undefined ? [] : [health]), ...(await context.spark.troubles())];
    }),
    ask("Kafka Connect", () => connectorTroubles(connections.connect.url, connections.connect.connector)),
  ]);
  return asked.flat();
}

async function ask(service: string, question: () => Promise<string[]>): Promise<string[]> {
  try {
    return (await question()).map((trouble) => `${service}: ${trouble}`);
  } catch (error) {
    return [`${service}: ${describeError(error)}`];
  }
}

async function missingSourceTables(context: Omit<Context, "batch">): Promise<string[]> {
  return context.database.run(async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL",
      [sourceTables],
    );
    return rows.map(({ name }) => `table ${name} is missing: apply sql/shop/source/01-tables.sql`);
  });
}

/** Derived tables are made by their first job; only what the streams write must be there. */
async function missingTables(context: Omit<Context, "batch">): Promise<string[]> {
  const rows = await context.trino.rows(
    "SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_schema IN ('bronze', 'silver', 'gold')",
  );
  const there = new Set(rows.map(([name]) => String(name)));
  const made = new Set<string>([
    silverTables.purchasesEnriched,
    silverTables.pageviewsByItems,
    ...Object.values(goldTables),
  ]);
  return [...Object.values(bronzeTables), ...Object.values(silverTables)]
    .filter((name) => !made.has(name) && !there.has(name))
    .map((name) => `table ${name} is missing: is the Spark driver's pipeline "shop" on?`);
}
