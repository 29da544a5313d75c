import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import { ModuleProvider } from "../dynamic.ts";
import { Workload, type Address, type PlatformOptions } from "../platform.ts";
import type { ServiceSpec } from "../spec.ts";
import { dockerCpus, goDuration } from "../units.ts";
import { environment, labels } from "./container.ts";
import type { HealthInputs } from "./health.provider.ts";
import type { DockerSite } from "./platform.ts";

/** One for all, so that Pulumi serialises it once. */
const healthProvider = new ModuleProvider("platform/docker/health.provider.ts");

/** Ready when the container is healthy; see health.provider.ts. */
class HealthGate extends pulumi.dynamic.Resource {
  /** The service's name on the network, known once it is ready. */
  declare readonly host: pulumi.Output<string>;

  constructor(
    name: string,
    inputs: { [K in keyof HealthInputs]: pulumi.Input<HealthInputs[K]> },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(healthProvider, name, inputs, opts, "lakehouse", "HealthGate");
  }
}

/** One container with its volumes and the gate that its users wait for. */
export class DockerWorkload<P extends string> extends Workload<P> {
  readonly instance: pulumi.Output<string>;
  readonly carrier: pulumi.Resource;
  readonly ready: pulumi.Resource;
  readonly #spec: ServiceSpec<P>;
  readonly #host: pulumi.Output<string>;

  constructor(name: string, site: DockerSite, spec: ServiceSpec<P>, opts: PlatformOptions) {
    super("lakehouse:docker:Workload", name, {}, { parent: opts.parent });
    this.#spec = spec;
    const container = this.#container(name, site, spec, opts);
    const gate = new HealthGate(
      `${name}-health`,
      {
        container: container.name,
        containerId: container.id,
        service: name,
        host: name,
        within: spec.startup.within,
      },
      { parent: this, deletedWith: container },
    );
    this.instance = container.name;
    this.carrier = container;
    this.ready = gate;
    this.#host = gate.host;
    this.registerOutputs({ instance: this.instance });
  }

  address(port: P): Address {
    return { host: this.#host, port: this.#spec.ports[port] };
  }

  published(port: P): Address | undefined {
    const published = this.#spec.publish?.[port];
    if (published === undefined || published === false) return undefined;
    return { host: pulumi.output("127.0.0.1"), port: published };
  }

  #container(name: string, site: DockerSite, spec: ServiceSpec<P>, opts: PlatformOptions): docker.Container {
    const containerName = `${site.name}-${name}`;
    const tags = Object.entries(labels(site.name, name)).map(([label, value]) => ({ label, value }));
    const stateful = spec.volumes !== undefined;
    const memory: number = spec.resources.memory;
    return new docker.Container(
      `${name}-container`,
      {
        name: containerName,
        hostname: name,
        image: site.images.id(spec.image),
        ...(spec.command === undefined ? {} : { command: [...spec.command] }),
        envs: environment(spec.env),
        uploads: Object.entries(spec.files ?? {}).map(([file, content]) => ({ file, content })),
        volumes: Object.entries(spec.volumes ?? {}).map(([volume, { path }]) => ({
          containerPath: path,
          volumeName: new docker.Volume(
            `${name}-${volume}`,
            { name: `${containerName}-${volume}`, labels: tags },
            { parent: this },
          ).name,
        })),
        ports: this.#publishedPorts(),
        networksAdvanced: [{ name: site.network.name, aliases: [name] }],
        healthcheck: {
          tests: ["CMD", ...spec.health.command],
          interval: goDuration(spec.health.every ?? 10),
          timeout: goDuration(spec.health.timeout ?? 5),
          retries: spec.health.retries ?? 3,
          startPeriod: goDuration(spec.startup.within),
        },
        memory,
        memorySwap: memory,
        cpus: dockerCpus(spec.resources.cpu),
        restart: "unless-stopped",
        destroyGraceSeconds: spec.stop?.within ?? (stateful ? 60 : 10),
        stopTimeout: spec.stop?.within ?? (stateful ? 60 : 10),
        securityOpts: ["no-new-privileges"],
        capabilities: { drops: ["CAP_NET_RAW", "CAP_MKNOD", "CAP_AUDIT_WRITE"] },
        logDriver: "json-file",
        logOpts: { "max-size": "20m", "max-file": "3" },
        labels: tags,
        wait: false,
      },
      {
        parent: this,
        // The name is fixed, so the old container has to go first; these arguments the provider "updates" without effect.
        deleteBeforeReplace: true,
        replaceOnChanges: ["healthcheck", "stopTimeout", "logOpts"],
        ...(opts.dependsOn === undefined ? {} : { dependsOn: opts.dependsOn }),
      },
    );
  }

  #publishedPorts(): { internal: number; external: number; ip: string }[] {
    const ports: { internal: number; external: number; ip: string }[] = [];
    for (const port of Object.keys(this.#spec.ports) as P[]) {
      const external = this.#spec.publish?.[port];
      if (external !== undefined && external !== false) {
        ports.push({ internal: this.#spec.ports[port], external, ip: "127.0.0.1" });
      }
    }
    return ports.sort((a, b) => a.internal - b.internal);
  }
}
