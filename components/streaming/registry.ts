import * as pulumi from "@pulumi/pulumi";

import type { Http, Sql } from "../../platform/bindings.ts";
import { Component } from "../../platform/component.ts";
import { authority, type Task, type Workload } from "../../platform/platform.ts";
import { heap, mib } from "../../platform/units.ts";
import type { ComponentArgs, HostPort } from "../args.ts";
import { jdbcUrl } from "../storage/postgres.ts";

export interface SchemaRegistryArgs extends ComponentArgs {
  readonly ports: { readonly http: HostPort };
  /** Where schemas are kept. */
  readonly database: Sql;
}

/**
 * Apicurio Registry behind the Confluent Schema Registry API. A global rule refuses every schema that readers of the
 * former one could not read (BACKWARD).
 */
export class SchemaRegistry extends Component {
  readonly workload: Workload<"http">;
  /** The Confluent-compatible API. */
  readonly confluent: Http;
  /** Apicurio's own API, which its Avro converter speaks. */
  readonly apicurio: Http;
  /** The rule's task: whoever registers schemas comes after it. */
  readonly compatibility: Task;

  constructor(name: string, args: SchemaRegistryArgs, opts: { parent: pulumi.Resource }) {
    super("streaming:SchemaRegistry", name, opts);
    const { platform, resources, ports, database } = args;
    this.workload = platform.run(
      name,
      {
        image: "registry",
        ports: { http: 8080 },
        publish: { http: ports.http },
        env: {
          APICURIO_STORAGE_KIND: "sql",
          APICURIO_STORAGE_SQL_KIND: "postgresql",
          APICURIO_DATASOURCE_URL: jdbcUrl(database),
          APICURIO_DATASOURCE_USERNAME: database.user,
          APICURIO_DATASOURCE_PASSWORD: database.password,
          HEAP: heap(resources.memory, 0.5),
        },
        health: { command: ["registry-health"] },
        startup: { within: 120 },
        resources,
      },
      { parent: this },
    );
    const url = pulumi.interpolate`http://${authority(this.workload.address("http"))}`;
    this.confluent = { url: pulumi.interpolate`${url}/apis/ccompat/v7` };
    this.apicurio = { url: pulumi.interpolate`${url}/apis/registry/v2` };
    this.compatibility = platform.once(
      `${name}-compatibility`,
      {
        image: "registry",
        entrypoint: ["registry-apply"],
        env: { REGISTRY_URL: url },
        resources: { cpu: 0.5, memory: mib(64) },
        within: 60,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
