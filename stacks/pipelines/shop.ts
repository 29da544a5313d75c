import type * as pulumi from "@pulumi/pulumi";

import type { ComponentArgs } from "../../components/args.ts";
import type { Connect } from "../../components/streaming/connect.ts";
import type { SchemaRegistry } from "../../components/streaming/registry.ts";
import { Component } from "../../platform/component.ts";
import type { Workload } from "../../platform/platform.ts";
import { TABLES, type ShopSource } from "./shop-source.ts";

export interface ShopArgs extends ComponentArgs {
  readonly source: ShopSource;
  readonly connect: Connect;
  readonly registry: SchemaRegistry;
  /** Changes per second that the generator makes by itself; 0 lets it wait for `./lakehouse run`. */
  readonly trickle: number;
}

/** How `./lakehouse run` starts a job. */
export type Job =
  | { readonly via: "spark"; readonly job: string; readonly title: string }
  | {
      readonly via: "container";
      readonly service: string;
      readonly command: readonly string[];
      readonly title: string;
    };

/** The jobs of the shop pipeline by name. */
export const SHOP_JOBS: Readonly<Record<string, Job>> = {
  "shop:users": generator("users", "seed users"),
  "shop:items": generator("items", "seed products"),
  "shop:flashsale": generator("flashsale", "a burst of purchases"),
  "shop:trickle": generator("trickle", "a steady mix of inserts, updates and deletes"),
  "shop:pageviews": generator("pageviews", "pageview objects, some malformed"),
  "shop:silver": spark("silver", "enrich purchases, count pageviews by item"),
  "shop:gold": spark("gold", "compute the gold tables"),
  "shop:refresh": spark("refresh", "silver, then gold"),
  "shop:jdbc": spark("jdbc", "load the source tables by JDBC, the second way into silver"),
  "shop:maintain": spark("maintain", "compact tables and expire snapshots while streams write"),
};

function generator(command: string, title: string): Job {
  return {
    via: "container",
    service: "shop-generator",
    command: ["node", "workloads/generators/src/main.ts", command],
    title,
  };
}

function spark(job: string, title: string): Job {
  return { via: "spark", job: `shop/${job}`, title };
}

/** The shop pipeline: change data capture of its source and the generator that keeps the source alive. */
export class Shop extends Component {
  readonly generator: Workload<never>;

  constructor(name: string, args: ShopArgs, opts: { parent: pulumi.Resource }) {
    super("shop:Pipeline", name, opts);
    const { platform, resources, source, connect, registry, trickle } = args;
    connect.connector(
      name,
      { config: connectorConfig(source, registry) },
      { parent: this, dependsOn: [source.publication, registry.compatibility] },
    );
    this.generator = platform.run<never>(
      `${name}-generator`,
      {
        image: "generators",
        command: trickle > 0 ? ["trickle", "--rate", String(trickle)] : ["wait"],
        ports: {},
        env: {
          PGHOST: source.app.address.host,
          PGPORT: String(source.app.address.port),
          PGDATABASE: source.app.database,
          PGUSER: source.app.user,
          PGPASSWORD: source.app.password,
          S3_ENDPOINT: source.s3.endpoint,
          S3_ACCESS_KEY: source.s3.accessKey,
          S3_SECRET_KEY: source.s3.secretKey,
          LANDING_BUCKET: source.landingBucket,
        },
        health: { command: ["node", "--version"], every: 30 },
        startup: { within: 60 },
        resources,
      },
      { parent: this, dependsOn: [source.publication] },
    );
    this.registerOutputs({});
  }
}

function connectorConfig(source: ShopSource, registry: SchemaRegistry): Record<string, pulumi.Input<string>> {
  const avro = {
    "": "io.apicurio.registry.utils.converter.AvroConverter",
    ".apicurio.registry.url": registry.apicurio.url,
    ".apicurio.registry.auto-register": "true",
    ".apicurio.registry.as-confluent": "true",
    ".apicurio.registry.use-id": "contentId",
    ".apicurio.registry.headers.enabled": "false",
  };
  const converter = (side: "key" | "value") =>
    Object.fromEntries(Object.entries(avro).map(([key, value]) => [`${side}.converter${key}`, value]));
  return {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "tasks.max": "1",
    "database.hostname": source.app.address.host,
    "database.port": String(source.app.address.port),
    "database.dbname": source.app.database,
    "database.user": source.cdc.user,
    "database.password": "${env:SHOP_CDC_PASSWORD}",
    "topic.prefix": "shop",
    "table.include.list": TABLES.map((table) => `public.${table}`).join(","),
    "plugin.name": "pgoutput",
    "publication.name": "shop",
    "publication.autocreate.mode": "disabled",
    "slot.name": "shop",
    "slot.drop.on.stop": "false",
    "snapshot.mode": "initial",
    // A change and the place it was read from are written in one transaction: a killed worker doubles nothing.
    "exactly.once.support": "required",
    // Keeps the slot moving while only other databases of the server are written to.
    "heartbeat.interval.ms": "10000",
    "tombstones.on.delete": "false",
    "decimal.handling.mode": "precise",
    "topic.creation.default.partitions": "3",
    "topic.creation.default.replication.factor": "1",
    // A stopped database is waited for rather than given up on.
    "errors.max.retries": "-1",
    "poll.interval.ms": "100",
    ...converter("key"),
    ...converter("value"),
  };
}
