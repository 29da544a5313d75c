import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import type { Platform, PlatformOptions, Task, Workload } from "../platform.ts";
import { refusePlainSecrets } from "../secret.ts";
import type { ServiceSpec, TaskSpec } from "../spec.ts";
import { DockerImages } from "./images.ts";
import { DockerTask } from "./task.ts";
import { DockerWorkload } from "./workload.ts";

/** What every container of a stack shares. */
export interface DockerSite {
  /** `<project>-<stack>`: prefix of every container, volume and network of the stack. */
  readonly name: string;
  readonly network: docker.Network;
  readonly images: DockerImages;
}

/** Workloads as containers on one Docker engine, joined by one network. */
export class DockerPlatform extends pulumi.ComponentResource implements Platform {
  readonly #site: DockerSite;

  /** @param site `<project>-<stack>` */
  constructor(name: string, site: string, opts: { parent: pulumi.Resource }) {
    super("lakehouse:platform:Docker", name, {}, opts);
    const network = new docker.Network(
      `${name}-network`,
      { name: site, driver: "bridge", labels: [{ label: "lakehouse.stack", value: site }] },
      { parent: this, deleteBeforeReplace: true },
    );
    this.#site = { name: site, network, images: new DockerImages(`${name}-images`, { parent: this }) };
    this.registerOutputs({ network: network.name });
  }

  run<P extends string>(name: string, spec: ServiceSpec<P>, opts: PlatformOptions): Workload<P> {
    refusePlainSecrets(name, spec.env);
    return new DockerWorkload(name, this.#site, spec, opts);
  }

  once(name: string, spec: TaskSpec, opts: PlatformOptions): Task {
    refusePlainSecrets(name, spec.env);
    return new DockerTask(name, this.#site, spec, opts);
  }
}
