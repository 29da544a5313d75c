import * as pulumi from "@pulumi/pulumi";

import type { Platform } from "../platform/platform.ts";
import { CATALOGUE } from "./catalogue.ts";
import type { LakehouseConfig, ModuleName } from "./config.ts";
import type { Built, Module } from "./module.ts";
import { outputs } from "./outputs.ts";
import { plan } from "./plan.ts";
import { site } from "./site.ts";
import { SIZES } from "./sizes.ts";

/** A whole lakehouse: the modules that its configuration comes to, on one platform. */
export class Lakehouse extends pulumi.ComponentResource {
  /** See outputs.ts. */
  readonly outputs: Record<string, pulumi.Input<unknown>>;

  /**
   * @param name `<project>-<stack>`
   * @param platform makes the platform under this resource
   */
  constructor(name: string, config: LakehouseConfig, platform: (parent: pulumi.Resource) => Platform) {
    super("lakehouse:stacks:Lakehouse", name);
    const { modules } = plan(config);
    const here = site({ name, config, platform: platform(this), parent: this }, (module) => SIZES[module]);
    const built: Partial<Record<ModuleName, unknown>> = {};
    for (const module of modules) {
      // The catalogue's types tie each build to what it declared; this loop hands out just that, by name.
      const { needs, uses, build } = CATALOGUE[module] as unknown as Module<
        ModuleName,
        ModuleName,
        ModuleName
      >;
      const declared = [...needs, ...uses].filter((name) => name in built).map((name) => [name, built[name]]);
      built[module] = build(here, Object.fromEntries(declared) as Built);
    }
    this.outputs = outputs(here, built as Partial<Built>);
    this.registerOutputs({});
  }
}
