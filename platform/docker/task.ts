import * as pulumi from "@pulumi/pulumi";

import { ModuleProvider } from "../dynamic.ts";
import type { PlatformOptions } from "../platform.ts";
import type { TaskSpec } from "../spec.ts";
import { labels, plain } from "./container.ts";
import type { DockerSite } from "./platform.ts";

/** One for all, so that Pulumi serialises it once. */
const taskProvider = new ModuleProvider("platform/docker/task.provider.ts");

/** A command that runs once in a container of its own; see task.provider.ts. */
export class DockerTask extends pulumi.dynamic.Resource {
  constructor(name: string, site: DockerSite, spec: TaskSpec, opts: PlatformOptions) {
    super(
      taskProvider,
      name,
      {
        name: `${site.name}-${name}`,
        image: site.images.id(spec.image),
        entrypoint: spec.entrypoint,
        command: spec.command,
        env: Object.fromEntries(Object.entries(spec.env ?? {}).map(([key, value]) => [key, plain(value)])),
        files: spec.files ?? {},
        labels: labels(site.name, name),
        network: site.network.name,
        memory: spec.resources.memory,
        cpu: spec.resources.cpu,
        within: spec.within ?? 300,
        fingerprint: undefined,
      },
      { parent: opts.parent, ...(opts.dependsOn === undefined ? {} : { dependsOn: opts.dependsOn }) },
      "lakehouse",
      "Task",
    );
  }
}
