import type * as pulumi from "@pulumi/pulumi";

import type { Catalog, Http, KafkaBrokers, S3, Sql } from "../../platform/bindings.ts";
import { Component } from "../../platform/component.ts";
import type { Workload } from "../../platform/platform.ts";
import { generatedPassword, type EnvValue, type Secret } from "../../platform/secret.ts";
import { heap } from "../../platform/units.ts";
import type { ComponentArgs, HostPort } from "../args.ts";
import { jdbcUrl } from "../storage/postgres.ts";

/** What a pipeline brings into the driver. */
export interface SparkPipeline {
  /** The package under `workloads/spark` to load. */
  readonly name: string;
  readonly env: Readonly<Record<string, EnvValue>>;
}

export interface SparkArgs extends ComponentArgs {
  readonly ports: { readonly ui: HostPort; readonly control: HostPort; readonly thrift: HostPort };
  readonly catalog: Catalog;
  readonly s3: S3;
  readonly kafka: KafkaBrokers;
  readonly registry: Http;
  /** The Hive metastore of the Thrift Server. */
  readonly metastore: Sql;
  readonly pipelines: readonly SparkPipeline[];
}

/**
 * One long-lived Spark driver: the pipelines' streaming queries, their batch jobs behind a small control API, and SQL
 * over JDBC through the Thrift Server, in one JVM. Checkpoints live in the volume `state`.
 */
export class Spark extends Component {
  readonly workload: Workload<"control" | "thrift" | "ui">;
  /** Bearer token of the control API. */
  readonly token: Secret;

  constructor(name: string, args: SparkArgs, opts: { parent: pulumi.Resource }) {
    super("compute:Spark", name, opts);
    const { platform, resources, ports, catalog, s3, kafka, registry, metastore, pipelines } = args;
    this.token = generatedPassword(`${name}-token`, { parent: this });
    this.workload = platform.run(
      name,
      {
        image: "spark",
        ports: { control: 8090, thrift: 10000, ui: 4040 },
        publish: { control: ports.control, thrift: ports.thrift, ui: ports.ui },
        env: {
          ...Object.fromEntries(pipelines.flatMap(({ env }) => Object.entries(env))),
          LAKEHOUSE_PIPELINES: pipelines.map((pipeline) => pipeline.name).join(","),
          CONTROL_TOKEN: this.token,
          // The rest of the limit is Python, thread stacks, metaspace and off-heap buffers.
          DRIVER_MEMORY: heap(resources.memory, 0.55),
          ICEBERG_REST_URI: catalog.url,
          WAREHOUSE: catalog.warehouse,
          S3_ENDPOINT: s3.endpoint,
          S3_ACCESS_KEY: s3.accessKey,
          S3_SECRET_KEY: s3.secretKey,
          KAFKA_BOOTSTRAP: kafka.bootstrap,
          SCHEMA_REGISTRY_URL: registry.url,
          HIVE_METASTORE_JDBC_URL: jdbcUrl(metastore),
          HIVE_METASTORE_JDBC_USER: metastore.user,
          HIVE_METASTORE_JDBC_PASSWORD: metastore.password,
        },
        volumes: { state: { path: "/var/lib/spark", size: "10Gi" } },
        health: { command: ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8090/health"] },
        startup: { within: 240 },
        stop: { within: 60 },
        resources,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
