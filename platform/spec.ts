import type * as pulumi from "@pulumi/pulumi";

import type { EnvValue } from "./secret.ts";
import type { MiB } from "./units.ts";

/** A path inside a container. */
export type AbsolutePath = `/${string}`;

/** The name of a folder under `images/`: the one place where the service's version stands. */
export type ImageName = string;

/** How a workload shows that it is ready to serve, not merely running. */
export interface Health {
  /** The command to run inside the container; exit code 0 means ready. */
  readonly command: readonly string[];
  /** Seconds between two checks; the first is made at once, whatever this is. @default 10 */
  readonly every?: number;
  /** Seconds that one check may take. @default 5 */
  readonly timeout?: number;
  /** Checks in a row that must fail before the workload counts as unhealthy. @default 3 */
  readonly retries?: number;
}

/** A named volume. Renaming it loses the data; its size is a claim on Kubernetes and advice on Docker. */
export interface VolumeSpec {
  readonly path: AbsolutePath;
  readonly size: `${number}Gi`;
}

/** What every workload and task has in common. */
interface ContainerSpec {
  readonly image: ImageName;
  /** Arguments after the image's entry point. @default the image's own */
  readonly command?: readonly pulumi.Input<string>[];
  /** Environment; secrets as {@link Secret}. Changing it restarts the workload. */
  readonly env?: Readonly<Record<string, EnvValue>>;
  /** Text files by path, without secrets. Changing one restarts the workload. */
  readonly files?: Readonly<Record<AbsolutePath, pulumi.Input<string>>>;
  readonly resources: {
    /** CPUs that the workload may use at most (it asks for a quarter of that). */
    readonly cpu: number;
    /** Memory limit; the workload is ended when it takes more. */
    readonly memory: MiB;
  };
}

/** One long-running service in its vendor's words. `P` are the names of its ports. */
export interface ServiceSpec<P extends string> extends ContainerSpec {
  /** Ports by name, with the vendor's numbers. */
  readonly ports: Readonly<Record<P, number>>;
  /** Ports to open on the host's loopback (Docker) or as a node port (Kubernetes), by name. */
  readonly publish?: Partial<Readonly<Record<P, number | false>>>;
  /** Any volume makes the workload stateful. */
  readonly volumes?: Readonly<Record<string, VolumeSpec>>;
  readonly health: Health;
  /** Seconds until the first readiness, on a slow machine; after that the start has failed. */
  readonly startup: { readonly within: number };
  /** Seconds between the request to stop and the kill. @default 10, stateful 60 */
  readonly stop?: { readonly within: number };
}

/** A command that runs to its end once, and again when anything in it changes. */
export interface TaskSpec extends ContainerSpec {
  /** Replaces the image's entry point. */
  readonly entrypoint?: readonly string[];
  /** Seconds until the task has failed. @default 300 */
  readonly within?: number;
}
