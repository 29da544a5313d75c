import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Workload, type Address, type PlatformOptions } from "../platform.ts";
import type { ServiceSpec } from "../spec.ts";
import { configuration, container, podDefaults } from "./pod.ts";
import type { KubernetesSite } from "./platform.ts";

/** One Deployment, or StatefulSet when the spec has volumes, behind a Service of the workload's name. */
export class KubernetesWorkload<P extends string> extends Workload<P> {
  readonly instance: pulumi.Output<string>;
  readonly carrier: pulumi.Resource;
  readonly ready: pulumi.Resource;
  readonly #spec: ServiceSpec<P>;
  readonly #host: pulumi.Output<string>;
  readonly #outside: k8s.core.v1.Service | undefined;

  constructor(name: string, site: KubernetesSite, spec: ServiceSpec<P>, opts: PlatformOptions) {
    super("lakehouse:kubernetes:Workload", name, {}, { parent: opts.parent });
    this.#spec = spec;
    const labels = { app: name };
    const ports = (Object.entries(spec.ports) as [P, number][]).map(([port, number]) => ({
      name: port.toLowerCase(),
      port: number,
    }));
    const service = this.#service(name, site, labels, ports);
    const set = this.#set(name, site, spec, labels, opts);
    this.instance = set.metadata.name;
    this.carrier = set;
    this.ready = set;
    // The set is only done when its pods are ready, so the name is given out after that.
    this.#host = pulumi.all([service?.metadata.name ?? name, set.id]).apply(([host]) => host);
    this.#outside = this.#published(name, site, labels);
    this.registerOutputs({ instance: this.instance });
  }

  address(port: P): Address {
    return { host: this.#host, port: this.#spec.ports[port] };
  }

  published(port: P): Address | undefined {
    const number = this.#spec.publish?.[port];
    if (this.#outside === undefined || number === undefined || number === false) return undefined;
    const host = this.#outside.status.loadBalancer.ingress.apply(
      ([first]) => first?.ip ?? first?.hostname ?? "127.0.0.1",
    );
    return { host, port: number };
  }

  #service(
    name: string,
    site: KubernetesSite,
    labels: { app: string },
    ports: { name: string; port: number }[],
  ) {
    if (ports.length === 0) return undefined;
    return new k8s.core.v1.Service(
      `${name}-service`,
      { metadata: { name, namespace: site.namespace, labels }, spec: { selector: labels, ports } },
      { parent: this },
    );
  }

  #published(name: string, site: KubernetesSite, labels: { app: string }): k8s.core.v1.Service | undefined {
    const open = (Object.entries(this.#spec.publish ?? {}) as [P, number | false][]).flatMap(
      ([port, number]) =>
        number === false
          ? []
          : [{ name: port.toLowerCase(), port: number, targetPort: this.#spec.ports[port] }],
    );
    if (open.length === 0) return undefined;
    return new k8s.core.v1.Service(
      `${name}-published`,
      {
        metadata: { name: `${name}-published`, namespace: site.namespace, labels },
        spec: { type: "LoadBalancer", selector: labels, ports: open },
      },
      { parent: this },
    );
  }

  #set(
    name: string,
    site: KubernetesSite,
    spec: ServiceSpec<P>,
    labels: { app: string },
    opts: PlatformOptions,
  ) {
    const parts = configuration(name, site, spec, { parent: this });
    const volumes = Object.entries(spec.volumes ?? {});
    const { command, every = 10, timeout = 5, retries = 3 } = spec.health;
    const probe = { exec: { command: [...command] }, periodSeconds: every, timeoutSeconds: timeout };
    const template = {
      metadata: { labels, annotations: { "lakehouse/configuration": parts.checksum } },
      spec: {
        ...podDefaults,
        terminationGracePeriodSeconds: spec.stop?.within ?? (volumes.length > 0 ? 60 : 10),
        containers: [
          {
            ...container(name, site, spec, parts),
            ports: (Object.entries(spec.ports) as [P, number][]).map(([port, containerPort]) => ({
              name: port.toLowerCase(),
              containerPort,
            })),
            volumeMounts: [
              ...parts.mounts,
              ...volumes.map(([volume, { path }]) => ({ name: volume, mountPath: path })),
            ],
            startupProbe: { ...probe, failureThreshold: Math.ceil(spec.startup.within / every) },
            readinessProbe: { ...probe, failureThreshold: retries },
          },
        ],
        volumes: parts.volumes,
      },
    };
    const metadata = { name, namespace: site.namespace, labels };
    const options: pulumi.CustomResourceOptions = {
      parent: this,
      ...(opts.dependsOn === undefined ? {} : { dependsOn: opts.dependsOn }),
    };
    const selector = { matchLabels: labels };
    if (volumes.length === 0) {
      return new k8s.apps.v1.Deployment(
        `${name}-deployment`,
        { metadata, spec: { replicas: 1, selector, template } },
        options,
      );
    }
    return new k8s.apps.v1.StatefulSet(
      `${name}-statefulset`,
      {
        metadata,
        spec: {
          serviceName: name,
          replicas: 1,
          selector,
          template,
          volumeClaimTemplates: volumes.map(([volume, { size }]) => ({
            metadata: { name: volume },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: size } } },
          })),
        },
      },
      options,
    );
  }
}
