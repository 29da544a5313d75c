import { z } from "zod";

const connectorStatus = z.object({
  connector: z.object({ state: z.string(), trace: z.string().optional() }),
  tasks: z.array(z.object({ id: z.number(), state: z.string(), trace: z.string().optional() })),
});

/** What is wrong with a connector, in words; empty when it and all its tasks run. */
export async function connectorTroubles(url: string, connector: string): Promise<string[]> {
  const response = await fetch(`${url.replace(/\/$/, "")}/connectors/${connector}/status`, {
    signal: AbortSignal.timeout(15_000),
  });
  if (!response.ok) return [`Kafka Connect knows no connector ${connector} (${String(response.status)})`];
  const { connector: itself, tasks } = connectorStatus.parse(await response.json());
  const troubles = itself.state === "RUNNING" ? [] : [`connector ${connector} is ${itself.state}`];
  if (tasks.length === 0) troubles.push(`connector ${connector} has no task`);
  for (const task of tasks) {
    if (task.state === "RUNNING") continue;
    troubles.push(
      `task ${String(task.id)} of ${connector} is ${task.state}: ${task.trace?.split("\n")[0] ?? ""}`,
    );
  }
  return troubles;
}
