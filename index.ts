import * as pulumi from "@pulumi/pulumi";

import { readConfig } from "./platform/config.ts";
import { DockerPlatform } from "./platform/docker/platform.ts";
import { configSchema, type LakehouseConfig } from "./stacks/config.ts";
import { Lakehouse } from "./stacks/lakehouse.ts";
import type { Platform } from "./platform/platform.ts";

const config = readConfig(configSchema);
const name = `${pulumi.getProject()}-${pulumi.getStack()}`;

/** The platform that the configuration names. */
function platform({ target }: LakehouseConfig, parent: pulumi.Resource): Platform {
  switch (target) {
    case "docker":
      return new DockerPlatform("docker", name, { parent });
    case "kubernetes":
      throw new Error("lakehouse:target kubernetes cannot be deployed yet: use docker");
  }
}

const lakehouse = new Lakehouse(name, config, (parent) => platform(config, parent));

export const { stack, services, jobs, credentials, connections } = lakehouse.outputs;
