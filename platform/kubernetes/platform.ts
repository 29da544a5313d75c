import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Platform, PlatformOptions, Task, Workload } from "../platform.ts";
import { refusePlainSecrets } from "../secret.ts";
import type { ServiceSpec, TaskSpec } from "../spec.ts";
import { container, configuration, podDefaults } from "./pod.ts";
import { KubernetesWorkload } from "./workload.ts";

/** What every workload of a stack shares. */
export interface KubernetesSite {
  /** `<project>-<stack>`: the namespace. */
  readonly name: string;
  readonly namespace: pulumi.Output<string>;
  /** The full reference of an image under `images/`, in a registry that the cluster can pull from. */
  readonly image: (name: string) => string;
}

/** Workloads as Deployments and StatefulSets in one namespace. */
export class KubernetesPlatform extends pulumi.ComponentResource implements Platform {
  readonly #site: KubernetesSite;

  /**
   * @param site `<project>-<stack>`
   * @param image the full reference of an image under `images/`
   */
  constructor(
    name: string,
    site: string,
    image: (name: string) => string,
    opts: { parent: pulumi.Resource },
  ) {
    super("lakehouse:platform:Kubernetes", name, {}, opts);
    const namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      // The strictest of the standard policies that the cluster enforces by itself.
      { metadata: { name: site, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
      { parent: this },
    );
    this.#site = { name: site, namespace: namespace.metadata.name, image };
    this.registerOutputs({ namespace: this.#site.namespace });
  }

  run<P extends string>(name: string, spec: ServiceSpec<P>, opts: PlatformOptions): Workload<P> {
    refusePlainSecrets(name, spec.env);
    return new KubernetesWorkload(name, this.#site, spec, opts);
  }

  once(name: string, spec: TaskSpec, opts: PlatformOptions): Task {
    refusePlainSecrets(name, spec.env);
    const parent = { parent: opts.parent };
    const parts = configuration(name, this.#site, spec, parent);
    return new k8s.batch.v1.Job(
      `${name}-job`,
      {
        metadata: { namespace: this.#site.namespace, labels: { app: name } },
        spec: {
          backoffLimit: 2,
          activeDeadlineSeconds: spec.within ?? 300,
          template: {
            metadata: { labels: { app: name } },
            spec: {
              ...podDefaults,
              restartPolicy: "Never",
              containers: [
                {
                  ...container(name, this.#site, spec, parts),
                  ...(spec.entrypoint === undefined ? {} : { command: [...spec.entrypoint] }),
                },
              ],
              volumes: parts.volumes,
            },
          },
        },
      },
      {
        ...parent,
        // A Job's template cannot be changed: another one takes its place.
        replaceOnChanges: ["spec.template"],
        deleteBeforeReplace: true,
        ...(opts.dependsOn === undefined ? {} : { dependsOn: opts.dependsOn }),
      },
    );
  }
}
