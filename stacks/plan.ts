import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { MODULES, type ModuleName } from "./names.ts";
import { CATALOGUE } from "./catalogue.ts";
import { availableMemory, budgetTable, checkBudget, type Claim } from "./budget.ts";
import type { LakehouseConfig } from "./config.ts";
import { portCollisions, resolvePorts, type PortName } from "./ports.ts";
import { limits } from "./site.ts";
import { SIZES } from "./sizes.ts";
import { readStackFile } from "./stack-file.ts";
import { resolveSwitches } from "./switches.ts";
import { ConfigError } from "../platform/config.ts";
import { mib, totalMiB } from "../platform/units.ts";

/** What a configuration comes to, before anything is made. */
export interface Plan {
  /** Modules to build, in order. */
  readonly modules: readonly ModuleName[];
  /** Host ports to open, by name. */
  readonly ports: readonly { readonly name: PortName; readonly port: number }[];
  readonly claims: readonly Claim[];
}

/**
 * Resolves switches, ports and the memory budget.
 * @throws ConfigError with all contradictions; Error with a table when memory does not suffice.
 */
export function plan(config: LakehouseConfig): Plan {
  const switches = Object.entries(config.components) as [ModuleName, boolean | undefined][];
  const named = (wish: boolean) => switches.filter(([, on]) => on === wish).map(([name]) => name);
  const resolution = resolveSwitches<ModuleName>(
    CATALOGUE,
    [...config.pipelines, ...named(true)],
    named(false),
  );
  const modules = resolution.ok ? MODULES.filter((name) => resolution.modules.includes(name)) : [];
  const all = resolvePorts(config.ports);
  const active = modules.flatMap((name) => CATALOGUE[name].ports);
  const faults = [...(resolution.ok ? [] : resolution.conflicts), ...portCollisions(all, active)];
  if (faults.length > 0) throw new ConfigError(faults);

  const claims = modules
    .map((module) => ({ module, memory: limits(config, module, SIZES[module]).memory }))
    .filter(({ memory }) => memory > 0)
    .map(({ module, memory }) => ({ module, memory: mib(memory) }));
  checkBudget(claims, availableMemory(config.budget));
  const ports = active.flatMap((name) => {
    const port = all[name];
    return port === false ? [] : [{ name, port }];
  });
  return { modules, ports, claims };
}

/** `node stacks/plan.ts --stack NAME [--json]`: what a stack's file comes to. */
function main(): void {
  const { values } = parseArgs({
    options: { stack: { type: "string", default: "dev" }, json: { type: "boolean" } },
  });
  const config = readStackFile(values.stack);
  const { modules, ports, claims } = plan(config);
  const memoryMiB = totalMiB(claims.map(({ memory }) => memory));
  if (values.json === true) {
    console.log(JSON.stringify({ modules, ports: ports.map(({ port }) => port), memoryMiB }));
    return;
  }
  console.log(`modules: ${modules.join(", ")}`);
  console.log(`ports on 127.0.0.1: ${ports.map(({ name, port }) => `${name} ${String(port)}`).join(", ")}`);
  console.log(`memory limits:\n${budgetTable(claims, availableMemory(config.budget))}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
