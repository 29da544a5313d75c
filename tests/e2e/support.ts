import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";

import Docker from "dockerode";
import pg from "pg";
import { z } from "zod";

/** The stack that the end-to-end tests own. */
export const STACK = "e2e";
export const SITE = `lakehouse-${STACK}`;

export const docker = new Docker();

/** What a finished command said. */
export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a command of the project to its end; its output is kept and, unless `quiet`, goes on the terminal. */
export function run(command: string, args: readonly string[], { quiet = false } = {}): Promise<Finished> {
  if (!quiet) console.log(`$ ${command} ${args.join(" ")}`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
      if (!quiet) process.stderr.write(chunk);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, output });
    });
  });
}

/** `./lakehouse …` on the tests' stack. */
export function lakehouse(command: string, ...args: readonly string[]): Promise<Finished> {
  return run("./lakehouse", [command, "--stack", STACK, ...args]);
}

/** The environment that plain `pulumi` needs, as `./lakehouse env` tells a person. */
export async function pulumi(...args: readonly string[]): Promise<Finished> {
  return run("sh", [
    "-c",
    `eval "$(./lakehouse env)" && exec pulumi "$@"`,
    "pulumi",
    ...args,
    "--stack",
    STACK,
  ]);
}

/** Containers of the stack by service: id and host pid. */
export async function containers(): Promise<Map<string, { id: string; pid: number }>> {
  const listed = await docker.listContainers({ all: true, filters: { label: [`lakehouse.stack=${SITE}`] } });
  const pairs = await Promise.all(
    listed.map(async ({ Id: id, Labels: labels }) => {
      const { State: state } = await docker.getContainer(id).inspect();
      return [labels["lakehouse.module"] ?? "", { id, pid: state.Pid }] as const;
    }),
  );
  return new Map(pairs);
}

/** Ends a service's main process as a crash would: by its host pid, which it gives back. The restart policy mends it. */
export async function kill(service: string): Promise<number> {
  const found = (await containers()).get(service);
  if (found === undefined || found.pid === 0) throw new Error(`${service} has no running process to kill`);
  process.kill(found.pid, "SIGKILL");
  return found.pid;
}

/** Waits until a condition holds. @throws Error naming it when it does not in time. */
export async function until(what: string, seconds: number, holds: () => Promise<boolean>): Promise<number> {
  const start = Date.now();
  while (Date.now() - start < seconds * 1000) {
    if (await holds().catch(() => false)) return (Date.now() - start) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${what}: not within ${String(seconds)} s`);
}

/** Waits until a service is healthy with another process than the killed one; gives the seconds that it took. */
export function untilRecovered(service: string, killed: number, seconds = 240): Promise<number> {
  return until(`${service} healthy`, seconds, async () => {
    const { State: state } = await docker.getContainer(`${SITE}-${service}`).inspect();
    return state.Pid !== killed && state.Pid !== 0 && state.Health?.Status === "healthy";
  });
}

/** What is still there of the stack on the engine: containers, networks, volumes. */
export async function leftovers(): Promise<string[]> {
  const all = await docker.listContainers({ all: true });
  const networks = await docker.listNetworks();
  const { Volumes: volumes } = await docker.listVolumes();
  const ours = (name: string) => name === SITE || name.startsWith(`${SITE}-`);
  return [
    ...all.flatMap(({ Names: names }) => names.map((name) => name.slice(1))).filter(ours),
    ...networks.map(({ Name: name }) => name).filter(ours),
    ...volumes.map(({ Name: name }) => name).filter(ours),
  ];
}

/** The stack's published ports, from its own file. */
export function ports(): number[] {
  return [...readFileSync(`Pulumi.${STACK}.yaml`, "utf8").matchAll(/^ {4}\w+: (\d+)$/gm)].map(([, port]) =>
    Number(port),
  );
}

/** Whether anything listens on a loopback port. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

const connectionsSchema = z.object({
  postgres: z.object({
    host: z.string(),
    port: z.number(),
    database: z.string(),
    user: z.string(),
    password: z.string(),
  }),
  trino: z.object({ url: z.string(), user: z.string() }),
  spark: z.object({ url: z.string(), token: z.string() }),
  connect: z.object({ url: z.string(), connector: z.string() }),
});
export type Connections = z.infer<typeof connectionsSchema>;

/** How to reach the stack's services. */
export async function connections(): Promise<Connections> {
  const show = `eval "$(./lakehouse env)" && pulumi stack output connections --json --show-secrets --stack ${STACK} 2>/dev/null`;
  // Quiet: these are secrets.
  const { output } = await run("sh", ["-c", show], { quiet: true });
  return connectionsSchema.parse(JSON.parse(output));
}

/** Asks the source database one question. */
export async function source<T extends pg.QueryResultRow>(to: Connections, sql: string): Promise<T[]> {
  const client = new pg.Client({ ...to.postgres, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

const pageSchema = z.object({
  nextUri: z.string().optional(),
  data: z.array(z.array(z.unknown())).optional(),
  error: z.object({ message: z.string() }).optional(),
});

/** Runs a query through Trino and gives its rows. @throws Error with Trino's message. */
export async function trino(to: Connections, sql: string): Promise<unknown[][]> {
  const headers = { "X-Trino-User": to.trino.user, "X-Trino-Source": "e2e" };
  const rows: unknown[][] = [];
  let answer = await fetch(`${to.trino.url}/v1/statement`, { method: "POST", headers, body: sql });
  for (;;) {
    const page = pageSchema.parse(await answer.json());
    if (page.error !== undefined) throw new Error(`${page.error.message}: ${sql}`);
    rows.push(...(page.data ?? []));
    if (page.nextUri === undefined) return rows;
    answer = await fetch(page.nextUri, { headers });
  }
}
