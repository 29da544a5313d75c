/** What a stack says about itself (`pulumi stack output`). */
import { z } from "zod";

import { Fault } from "./fault.ts";
import { pulumi, pulumiHints, stackExists } from "./project.ts";

const Service = z.object({
  container: z.string(),
  title: z.string(),
  memoryMiB: z.number().optional(),
  urls: z.array(z.object({ name: z.string(), url: z.string() })).default([]),
});
export type Service = z.infer<typeof Service>;

const Job = z.discriminatedUnion("via", [
  z.object({ via: z.literal("spark"), job: z.string(), title: z.string().optional() }),
  z.object({
    via: z.literal("container"),
    service: z.string(),
    command: z.array(z.string()),
    title: z.string().optional(),
  }),
]);
export type Job = z.infer<typeof Job>;

const Connections = z.looseObject({
  postgres: z
    .object({
      host: z.string(),
      port: z.number(),
      database: z.string(),
      user: z.string(),
      password: z.string(),
    })
    .optional(),
  spark: z.object({ url: z.string(), token: z.string() }).optional(),
  connect: z.object({ url: z.string(), connector: z.string() }).optional(),
  trino: z.object({ url: z.string(), user: z.string() }).optional(),
});
export type Connections = z.infer<typeof Connections>;

const Outputs = z.object({
  stack: z.string(),
  services: z.record(z.string(), Service),
  credentials: z.record(z.string(), z.object({ user: z.string(), password: z.string() })).default({}),
  jobs: z.record(z.string(), Job).default({}),
  connections: Connections.default({}),
});
export type Outputs = z.infer<typeof Outputs>;

/** @throws Fault that says what to do when the stack does not exist or was never updated to its end. */
export async function outputs(stack: string): Promise<Outputs> {
  const { code, stdout, stderr } = await pulumi(stack, ["stack", "output", "--json", "--show-secrets"]);
  if (code !== 0) {
    if (!(await stackExists(stack))) throw noStack(stack);
    throw new Fault(
      `the outputs of the stack "${stack}" cannot be read:\n${stderr.trim()}`,
      pulumiHints(stack, stderr),
    );
  }
  const parsed = Outputs.safeParse(JSON.parse(stdout));
  if (!parsed.success) {
    throw new Fault(
      `the stack "${stack}" is not up: it was destroyed, or its last update did not reach the end`,
      [`./lakehouse up --stack ${stack}`],
    );
  }
  return parsed.data;
}

function noStack(stack: string): Fault {
  return new Fault(`there is no stack "${stack}" yet`, [`./lakehouse up --stack ${stack}`]);
}

/** @throws Fault that lists the names when this is none of them. */
export function serviceNamed(all: Outputs, name: string): Service {
  const service = all.services[name];
  if (service !== undefined) return service;
  throw new Fault(`there is no service "${name}" in ${all.stack}`, [
    `services: ${Object.keys(all.services).sort().join(", ")}`,
  ]);
}
