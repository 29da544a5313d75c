import { z } from "zod";

import { MODULES, PIPELINES, type ModuleName, type PipelineName } from "./names.ts";
import { PORTS, type PortName } from "./ports.ts";

/** A key for each member of a list, each optional, none other allowed. */
function optionalKeys<K extends string, V extends z.ZodType>(keys: readonly K[], value: V) {
  return z.strictObject(
    Object.fromEntries(keys.map((key) => [key, value.optional()])) as Record<K, z.ZodOptional<V>>,
  );
}

const memory = z.int().min(64).describe("Memory limit in MiB. Changing it restarts the service.");

/** The whole configuration of a stack: the keys under `lakehouse:` in `Pulumi.<stack>.yaml`. */
export const configSchema = z.strictObject({
  target: z
    .enum(["docker", "kubernetes"])
    .default("docker")
    .describe("Where workloads run. Changing it makes another lakehouse: no data moves."),
  pipelines: z
    .array(z.enum(PIPELINES))
    .default(["shop"])
    .describe("The pipelines to run; each turns on the services that it needs and no others."),
  components: optionalKeys(MODULES, z.boolean())
    .default({})
    .describe(
      "Services by name: true turns one (and what it needs) on, false forbids it. Off means its data goes.",
    ),
  size: z
    .enum(["small", "medium", "large"])
    .default("small")
    .describe("Memory and CPUs of every service. Changing it restarts services; data stays."),
  budget: z
    .int()
    .min(256)
    .optional()
    .describe("Memory that the stack may claim, in MiB. Default: what the host has, less 2 GiB."),
  ports: optionalKeys(PORTS, z.union([z.int().min(1024).max(65535), z.literal(false)]))
    .default({})
    .describe(
      "Loopback ports by name, or false to keep one closed. Changing one replaces that container; data stays.",
    ),
  vendorImages: z
    .boolean()
    .default(true)
    .describe(
      "Whether services that exist only as their vendor's image may be pulled. No service needs one yet.",
    ),
  overrides: optionalKeys(
    MODULES,
    z.strictObject({ memory: memory.optional(), cpu: z.number().min(0.1).max(64).optional() }),
  )
    .default({})
    .describe("Limits of single services, in place of the size's: memory in MiB, cpu in CPUs."),
  trickle: z
    .number()
    .min(0)
    .max(10_000)
    .default(0)
    .describe(
      "Changes per second that the shop's generator makes by itself; 0 lets it wait for `./lakehouse run`.",
    ),
  protect: z
    .boolean()
    .default(false)
    .describe("Refuse to delete data: buckets that hold objects stay on destroy."),
});

/** A parsed configuration. */
export type LakehouseConfig = z.infer<typeof configSchema>;
export type Size = LakehouseConfig["size"];
export type { ModuleName, PipelineName, PortName };
