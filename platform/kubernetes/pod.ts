import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { Secret } from "../secret.ts";
import type { ServiceSpec, TaskSpec } from "../spec.ts";
import type { KubernetesSite } from "./platform.ts";

/** The user of every image of this project that has none of its package's own. */
const UID = 10001;

/** What is the same for every pod: no token of the cluster, no root, files of volumes owned by the user. */
export const podDefaults = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: UID,
    fsGroup: UID,
    seccompProfile: { type: "RuntimeDefault" },
  },
} as const;

/** A workload's environment and files as cluster objects, and how a pod mounts them. */
export interface Configuration {
  readonly plain: readonly { readonly name: string; readonly value: pulumi.Input<string> }[];
  readonly secret: pulumi.Output<string> | undefined;
  readonly mounts: readonly { readonly name: string; readonly mountPath: string; readonly subPath: string }[];
  readonly volumes: { readonly name: string; readonly configMap: { readonly name: pulumi.Input<string> } }[];
  /** Changes when any file or secret changes: as an annotation it rolls the pods. */
  readonly checksum: pulumi.Output<string>;
}

type Spec = TaskSpec | ServiceSpec<string>;

/** One Secret for the secret part of the environment, one ConfigMap for the files; neither when there is nothing. */
export function configuration(
  name: string,
  site: KubernetesSite,
  { env = {}, files = {} }: Spec,
  opts: { parent: pulumi.Resource },
): Configuration {
  const metadata = { namespace: site.namespace, labels: { app: name } };
  const plain: { name: string; value: pulumi.Input<string> }[] = [];
  const secrets: Record<string, pulumi.Output<string>> = {};
  for (const [key, value] of Object.entries(env)) {
    if (value instanceof Secret) secrets[key] = value.value;
    else plain.push({ name: key, value });
  }
  const secret =
    Object.keys(secrets).length === 0
      ? undefined
      : new k8s.core.v1.Secret(`${name}-secret`, { metadata, stringData: secrets }, opts).metadata.name;
  const entries = Object.entries(files);
  const map =
    entries.length === 0
      ? undefined
      : new k8s.core.v1.ConfigMap(
          `${name}-files`,
          { metadata, data: Object.fromEntries(entries.map(([path, text]) => [key(path), text])) },
          opts,
        );
  return {
    plain,
    secret,
    mounts: entries.map(([path]) => ({ name: "files", mountPath: path, subPath: key(path) })),
    volumes: map === undefined ? [] : [{ name: "files", configMap: { name: map.metadata.name } }],
    checksum: pulumi
      .all([pulumi.all(secrets), pulumi.all(files)])
      .apply((parts) => createHash("sha256").update(JSON.stringify(parts)).digest("hex")),
  };
}

/** The container that a spec describes, without what only a service has. */
export function container(name: string, site: KubernetesSite, spec: Spec, parts: Configuration) {
  const { cpu, memory } = spec.resources;
  return {
    name,
    image: site.image(spec.image),
    ...(spec.command === undefined ? {} : { args: [...spec.command] }),
    env: [...parts.plain],
    envFrom: parts.secret === undefined ? [] : [{ secretRef: { name: parts.secret } }],
    volumeMounts: [...parts.mounts],
    resources: {
      // Memory is asked for in full, so that no pod is put where it could be evicted; CPU only in part.
      requests: { cpu: `${String(Math.round(cpu * 250))}m`, memory: `${String(memory)}Mi` },
      limits: { cpu: `${String(Math.round(cpu * 1000))}m`, memory: `${String(memory)}Mi` },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    },
  };
}

/** A ConfigMap's keys have no slashes. */
function key(path: string): string {
  return path.slice(1).replaceAll("/", "_");
}
