/** Looks at the machine before anything is made. */
import { readFileSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { freemem, totalmem } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { z } from "zod";

import { formatMiB } from "../platform/units.ts";
import { messageOf } from "./fault.ts";
import { ROOT, run } from "./process.ts";
import { stackLabel } from "./project.ts";

/** What images, caches and the data of a first day need. */
const DISK_GB = 30;
/** What a stack that already has its images needs to go on working. */
const DISK_RUNNING_GB = 5;

/** One line of the table. */
export interface Check {
  readonly name: string;
  readonly found: string;
  readonly needed: string;
  /** Absent when all is well; else what is wrong and what to do, in one line. */
  readonly fault?: string;
}

const Plan = z.looseObject({
  ports: z.array(z.union([z.number(), z.object({ name: z.string(), port: z.number() })])),
  memoryMiB: z.number().optional(),
});

interface Needs {
  readonly ports: readonly { readonly name: string; readonly port: number }[];
  readonly memoryMiB: number;
  readonly fault?: string;
}

/** Runs all checks. */
export async function examine(docker: Docker, stack: string): Promise<Check[]> {
  const engine = await checkEngine(docker);
  const answers = engine.fault === undefined;
  const containers = answers ? await publishedPorts(docker) : new Map<number, Publisher>();
  const running = answers ? await usedMemory(docker, stack) : 0;
  const needs = await needsOf(stack);
  return [
    engine,
    ...(await checkTools()),
    configCheck(stack, needs),
    memoryCheck(needs.memoryMiB, running),
    await diskCheck(docker, answers, running > 0),
    ...(await Promise.all(needs.ports.map(({ name, port }) => portCheck(name, port, stack, containers)))),
  ];
}

async function checkEngine(docker: Docker): Promise<Check> {
  const check = { name: "Docker engine", needed: "answers, 20.10 or newer" };
  try {
    const { Version: version } = await docker.version();
    if (Number.parseInt(version, 10) >= 20) return { ...check, found: version };
    return { ...check, found: version, fault: `Docker ${version} is too old: install 20.10 or newer` };
  } catch (error) {
    return {
      ...check,
      found: "no answer",
      fault: `the Docker engine does not answer (${messageOf(error)}): ./lakehouse setup starts it on Debian and Ubuntu; elsewhere start Docker yourself`,
    };
  }
}

async function checkTools(): Promise<Check[]> {
  const check = { name: "Pulumi CLI", needed: "on PATH or in the cache" };
  try {
    const { stdout, code } = await run("pulumi", ["version"]);
    if (code === 0) return [{ ...check, found: stdout.trim() }];
  } catch {
    // Not there: said below.
  }
  return [{ ...check, found: "missing", fault: "the tools are not set up: run ./lakehouse setup" }];
}

function configCheck(stack: string, needs: Needs): Check {
  const check = { name: "configuration", needed: `Pulumi.${stack}.yaml is valid` };
  return needs.fault === undefined
    ? { ...check, found: "valid" }
    : { ...check, found: "faulty", fault: needs.fault };
}

/** Asks the program what its configuration comes to. */
async function needsOf(stack: string): Promise<Needs> {
  const { code, stdout, stderr } = await run(process.execPath, [
    join(ROOT, "stacks/plan.ts"),
    "--stack",
    stack,
    "--json",
  ]);
  const none: Needs = { ports: [], memoryMiB: 0 };
  if (code !== 0) return { ...none, fault: stderr.trim().replace(/^\s*Error: /, "") };
  try {
    const { ports, memoryMiB } = Plan.parse(JSON.parse(stdout));
    return {
      ports: ports.map((port) => (typeof port === "number" ? { name: "", port } : port)),
      memoryMiB: memoryMiB ?? 0,
    };
  } catch (error) {
    return { ...none, fault: `stacks/plan.ts answers nothing usable: ${messageOf(error)}` };
  }
}

/** Whether the stack fits; what it holds already counts as free. */
export function memoryCheck(neededMiB: number, runningMiB: number, available = availableMiB()): Check {
  const free = available + runningMiB;
  const check = {
    name: "free memory",
    found: formatMiB(Math.floor(free)) + (runningMiB > 0 ? " (this stack's included)" : ""),
    needed: formatMiB(neededMiB),
  };
  if (free >= neededMiB) return check;
  return {
    ...check,
    fault: `free memory ${check.found}, but the stack may use ${check.needed}: stop other programs, or switch services off (lakehouse:components) or choose a smaller lakehouse:size; the machine has ${formatMiB(Math.floor(totalmem() / 2 ** 20))}`,
  };
}

/** What programs may still take, page cache included: Linux says it, elsewhere Node's figure has to do. */
function availableMiB(): number {
  try {
    const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) / 1024;
  } catch {
    // No Linux.
  }
  return freemem() / 2 ** 20;
}

async function diskCheck(docker: Docker, answers: boolean, running: boolean): Promise<Check> {
  const needed = running ? DISK_RUNNING_GB : DISK_GB;
  const places = new Set([process.env["LAKEHOUSE_CACHE"] ?? ROOT]);
  if (answers) {
    const info = z.looseObject({ DockerRootDir: z.string() }).safeParse(await docker.info());
    if (info.success) places.add(info.data.DockerRootDir);
  }
  const free = [...places].flatMap((place) => {
    try {
      const { bavail, bsize } = statfsSync(place);
      return [{ place, gigabytes: (bavail * bsize) / 1e9 }];
    } catch {
      // The engine's folder lies on another machine or in a VM.
      return [];
    }
  });
  const least = free.toSorted((a, b) => a.gigabytes - b.gigabytes)[0];
  const check = {
    name: "free disk",
    found: least === undefined ? "unknown" : `${least.gigabytes.toFixed(0)} GB`,
    needed: `${needed.toFixed(0)} GB`,
  };
  if (least === undefined || least.gigabytes >= needed) return check;
  return {
    ...check,
    fault: `${least.place} has ${check.found} free, ${check.needed} are needed: make room (docker system df shows what Docker holds), or set LAKEHOUSE_CACHE to a larger disk`,
  };
}

/** Whether the stack can open a port, or holds it already. */
export async function portCheck(
  name: string,
  port: number,
  stack: string,
  publishers: ReadonlyMap<number, Publisher>,
): Promise<Check> {
  const check = { name: `port ${String(port)}`, needed: name === "" ? "free" : `free, for ${name}` };
  const publisher = publishers.get(port);
  if (publisher?.stack === stackLabel(stack)) return { ...check, found: "this stack's" };
  const error = await listenError(port);
  if (error === undefined && publisher === undefined) return { ...check, found: "free" };
  const holder = publisher === undefined ? "another program" : `the container ${publisher.container}`;
  return {
    ...check,
    found: "taken",
    fault:
      error === "EACCES"
        ? `port ${String(port)} may not be opened by this user: choose one above 1023 by lakehouse:ports in Pulumi.${stack}.yaml`
        : `port ${String(port)} is taken by ${holder}: stop it, or choose another by lakehouse:ports${name === "" ? "" : `.${name}`} in Pulumi.${stack}.yaml`,
  };
}

/** Why nothing can listen there; undefined when it can. */
async function listenError(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => {
      resolve("code" in error ? String(error.code) : error.message);
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
}

/** The container that publishes a port. */
export interface Publisher {
  readonly container: string;
  readonly stack: string | undefined;
}

async function publishedPorts(docker: Docker): Promise<Map<number, Publisher>> {
  const published = new Map<number, Publisher>();
  for (const { Names: names, Ports: ports, Labels: labels, Id: id } of await docker.listContainers()) {
    for (const { PublicPort: port } of ports) {
      // Docker's types take the field for certain, but an unpublished port has none.
      if ((port as number | undefined) !== undefined) {
        published.set(port, { container: names[0]?.slice(1) ?? id, stack: labels["lakehouse.stack"] });
      }
    }
  }
  return published;
}

/** What the running containers of this stack hold already, in MiB. */
async function usedMemory(docker: Docker, stack: string): Promise<number> {
  const containers = await docker.listContainers({
    filters: { label: [`lakehouse.stack=${stackLabel(stack)}`] },
  });
  const used = await Promise.all(
    containers.map(async ({ Id: id }) => (await workingSet(docker, id)) / 2 ** 20),
  );
  return used.reduce((sum, mib) => sum + mib, 0);
}

/** The memory that a container holds without page cache that the kernel may take back, in bytes. */
export async function workingSet(docker: Docker, container: string): Promise<number> {
  // "one-shot" spares the second sample, which only CPU figures need.
  const stats = await docker.getContainer(container).stats({ stream: false, "one-shot": true });
  const memory = z
    .looseObject({ usage: z.number().optional(), stats: z.record(z.string(), z.unknown()).optional() })
    .parse(stats.memory_stats);
  const inactive = memory.stats?.["total_inactive_file"] ?? memory.stats?.["inactive_file"] ?? 0;
  return Math.max(0, (memory.usage ?? 0) - (typeof inactive === "number" ? inactive : 0));
}
