import type * as pulumi from "@pulumi/pulumi";

import type { ComponentArgs } from "../components/args.ts";
import type { Platform } from "../platform/platform.ts";
import { mib } from "../platform/units.ts";
import type { LakehouseConfig, ModuleName } from "./config.ts";
import { resolvePorts, type Ports } from "./ports.ts";

/** What a stack gives each module that it builds. */
export interface Site {
  /** `<project>-<stack>` */
  readonly name: string;
  readonly config: LakehouseConfig;
  readonly platform: Platform;
  readonly ports: Ports;
  /** What every module's resources hang under. */
  readonly parent: pulumi.Resource;
  /** The platform and the limits that hold for a module in this stack. */
  args(module: ModuleName): ComponentArgs;
}

/** Limits of a module at one size; a pipeline's own share may be zero. */
export interface Limits {
  readonly cpu: number;
  readonly memory: number;
}

/** A module's limits after the config's overrides. */
export function limits(
  config: LakehouseConfig,
  module: ModuleName,
  sizes: Record<LakehouseConfig["size"], Limits>,
): Limits {
  const override = config.overrides[module];
  const { cpu, memory } = sizes[config.size];
  return { cpu: override?.cpu ?? cpu, memory: override?.memory ?? memory };
}

/** Makes a site; `sizes` looks a module's limits up. */
export function site(
  base: Omit<Site, "args" | "ports">,
  sizes: (module: ModuleName) => Record<LakehouseConfig["size"], Limits>,
): Site {
  return {
    ...base,
    ports: resolvePorts(base.config.ports),
    args: (module) => {
      const { cpu, memory } = limits(base.config, module, sizes(module));
      return { platform: base.platform, resources: { cpu, memory: mib(memory) } };
    },
  };
}
