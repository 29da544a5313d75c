import type * as pulumi from "@pulumi/pulumi";

import type { KafkaBrokers } from "../../platform/bindings.ts";
import { Component } from "../../platform/component.ts";
import { authority, type Workload } from "../../platform/platform.ts";
import { heap } from "../../platform/units.ts";
import type { ComponentArgs, HostPort } from "../args.ts";

export interface KafkaArgs extends ComponentArgs {
  readonly ports: { readonly external: HostPort };
}

/** Apache Kafka, one broker that is its own KRaft controller. Its log lives in the volume `data`. */
export class Kafka extends Component implements KafkaBrokers {
  readonly workload: Workload<"internal" | "external">;
  readonly bootstrap: pulumi.Output<string>;

  constructor(name: string, { platform, resources, ports }: KafkaArgs, opts: { parent: pulumi.Resource }) {
    super("streaming:Kafka", name, opts);
    this.workload = platform.run(
      name,
      {
        image: "kafka",
        ports: { internal: 9092, external: 9094 },
        publish: { external: ports.external },
        // Clients on the host are told this port, so it has to be the published one.
        env: {
          EXTERNAL_PORT: String(ports.external === false ? 9094 : ports.external),
          HEAP: heap(resources.memory, 0.5),
        },
        volumes: { data: { path: "/var/lib/kafka", size: "20Gi" } },
        health: { command: ["kafka-health"] },
        startup: { within: 90 },
        resources,
      },
      { parent: this },
    );
    this.bootstrap = authority(this.workload.address("internal"));
    this.registerOutputs({});
  }
}
