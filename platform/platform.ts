import * as pulumi from "@pulumi/pulumi";

import type { ServiceSpec, TaskSpec } from "./spec.ts";

/** Where a port is reached. */
export interface Address {
  readonly host: pulumi.Output<string>;
  readonly port: number;
}

/** `host:port` of an address. */
export function authority(address: Address): pulumi.Output<string> {
  return pulumi.interpolate`${address.host}:${address.port}`;
}

/** A running service. Its port names are literals, so that a mistyped one does not compile. */
export abstract class Workload<P extends string> extends pulumi.ComponentResource {
  /** The name on the container runtime: container or pod. */
  abstract readonly instance: pulumi.Output<string>;
  /** What holds the workload's inner resources: when it goes, they are gone with it (`deletedWith`). */
  abstract readonly carrier: pulumi.Resource;
  /** Depend on this to come after the workload is ready. */
  abstract readonly ready: pulumi.Resource;
  /** Where other workloads reach the port; using it depends on readiness. */
  abstract address(port: P): Address;
  /**
   * Where the machine that runs Pulumi reaches the port; undefined when it is not published. A fixed text, so that a
   * provider that is configured with it is not replaced with the workload: depend on {@link ready} beside it.
   */
  abstract published(port: P): Address | undefined;

  /** As {@link published}, for callers that cannot work without it. @throws Error that names the config key. */
  requirePublished(port: P): Address {
    const address = this.published(port);
    if (address === undefined) {
      throw new Error(
        `port "${port}" must be published: remove its \`false\` from the config key lakehouse:ports`,
      );
    }
    return address;
  }
}

/** A finished task: depend on it to run after it. */
export type Task = pulumi.Resource;

export interface PlatformOptions {
  readonly parent: pulumi.Resource;
  readonly dependsOn?: pulumi.Input<pulumi.Input<pulumi.Resource>[]>;
}

/** Turns specs into running workloads. Only a platform knows containers or pods. */
export interface Platform {
  /** Runs a service for as long as the stack lives. */
  run<P extends string>(name: string, spec: ServiceSpec<P>, opts: PlatformOptions): Workload<P>;
  /** Runs a command once: topics, tables, connectors. A failure shows its last lines and fails the update. */
  once(name: string, spec: TaskSpec, opts: PlatformOptions): Task;
}
