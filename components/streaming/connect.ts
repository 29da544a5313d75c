import * as pulumi from "@pulumi/pulumi";

import type { Http, KafkaBrokers } from "../../platform/bindings.ts";
import { Component } from "../../platform/component.ts";
import { authority, type Platform, type Task, type Workload } from "../../platform/platform.ts";
import type { EnvValue } from "../../platform/secret.ts";
import { heap, mib } from "../../platform/units.ts";
import type { ComponentArgs, HostPort } from "../args.ts";

export interface ConnectArgs extends ComponentArgs {
  readonly ports: { readonly http: HostPort };
  readonly kafka: KafkaBrokers;
  /**
   * Environment that connector configurations may refer to as `${env:NAME}`: the way for a password to reach a
   * connector without standing in its configuration, which Kafka keeps and the REST API shows.
   */
  readonly env: Readonly<Record<string, EnvValue>>;
}

/** A connector and the resources that must exist before it. */
export interface ConnectorArgs {
  /** The connector's configuration as Kafka Connect takes it. Changing it restarts the connector, not the service. */
  readonly config: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Kafka Connect with Debezium's PostgreSQL source and the Avro converter. Its state lives in Kafka topics. */
export class Connect extends Component implements Http {
  readonly workload: Workload<"http">;
  readonly url: pulumi.Output<string>;
  readonly #platform: Platform;

  constructor(name: string, args: ConnectArgs, opts: { parent: pulumi.Resource }) {
    super("streaming:Connect", name, opts);
    const { platform, resources, ports, kafka, env } = args;
    this.#platform = platform;
    this.workload = platform.run(
      name,
      {
        image: "connect",
        ports: { http: 8083 },
        publish: { http: ports.http },
        env: { KAFKA_BOOTSTRAP: kafka.bootstrap, HEAP: heap(resources.memory, 0.6), ...env },
        health: { command: ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8083/health"] },
        startup: { within: 150 },
        stop: { within: 30 },
        resources,
      },
      { parent: this },
    );
    this.url = pulumi.interpolate`http://${authority(this.workload.address("http"))}`;
    this.registerOutputs({});
  }

  /** Creates or updates a connector and waits until it and its tasks run; shows the task's error when they do not. */
  connector(
    name: string,
    { config }: ConnectorArgs,
    opts: { parent: pulumi.Resource; dependsOn?: pulumi.Resource[] },
  ): Task {
    return this.#platform.once(
      `${name}-connector`,
      {
        image: "connect",
        entrypoint: ["connect-apply"],
        command: [name, "/tmp/connector.json"],
        env: { CONNECT_URL: this.url },
        files: { "/tmp/connector.json": pulumi.jsonStringify(config) },
        resources: { cpu: 0.5, memory: mib(64) },
        within: 180,
      },
      opts,
    );
  }
}
