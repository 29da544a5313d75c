import { readFileSync } from "node:fs";

import * as postgresql from "@pulumi/postgresql";
import type * as pulumi from "@pulumi/pulumi";

import type { ComponentArgs } from "../../components/args.ts";
import type { SparkPipeline } from "../../components/compute/spark.ts";
import type { Minio } from "../../components/storage/minio.ts";
import { jdbcUrl, type Postgres } from "../../components/storage/postgres.ts";
import type { S3, Sql } from "../../platform/bindings.ts";
import { Component } from "../../platform/component.ts";
import type { EnvValue, Secret } from "../../platform/secret.ts";
import { mib } from "../../platform/units.ts";

/** Tables under change data capture. */
export const TABLES = ["users", "items", "purchases"] as const;

export interface ShopSourceArgs extends ComponentArgs {
  readonly postgres: Postgres;
  readonly minio: Minio;
}

/**
 * Where the shop's data comes from: its OLTP database with the tables, roles and publication that change data capture
 * reads, and the bucket in which pageviews land.
 */
export class ShopSource extends Component {
  /** The shop's own application role: owns the tables. */
  readonly app: Sql;
  /** Replicates, and reads the published tables. */
  readonly cdc: { readonly user: pulumi.Output<string>; readonly password: Secret };
  /** The application's key for the landing bucket. */
  readonly s3: S3;
  readonly landingBucket: pulumi.Output<string>;
  /** Exists when the tables may be captured. */
  readonly publication: postgresql.Publication;
  /** What Kafka Connect needs in its environment for the connector. */
  readonly connectEnv: Readonly<Record<string, EnvValue>>;
  readonly sparkPipeline: SparkPipeline;

  constructor(
    name: string,
    { platform, postgres, minio }: ShopSourceArgs,
    opts: { parent: pulumi.Resource },
  ) {
    super("shop:Source", name, opts);
    const child = { parent: this };
    const { role: owner, password } = postgres.role("shop-app", {}, child);
    const database = new postgresql.Database(
      `${name}-database`,
      { name: "shop", owner: owner.name },
      { ...child, ...postgres.inside },
    );
    this.app = {
      address: postgres.workload.address("sql"),
      database: database.name,
      user: owner.name,
      password,
    };

    const tables = platform.once(
      `${name}-tables`,
      {
        image: "postgres",
        entrypoint: ["psql"],
        command: ["--no-psqlrc", "--set=ON_ERROR_STOP=1", "--single-transaction", "--file=/tmp/tables.sql"],
        env: {
          PGHOST: this.app.address.host,
          PGPORT: String(this.app.address.port),
          PGDATABASE: this.app.database,
          PGUSER: this.app.user,
          PGPASSWORD: this.app.password,
        },
        files: { "/tmp/tables.sql": readFileSync("sql/shop/source/01-tables.sql", "utf8") },
        resources: { cpu: 0.5, memory: mib(64) },
        within: 60,
      },
      child,
    );

    const cdc = postgres.role("shop-cdc", { replication: true }, child);
    const loader = postgres.role("shop-loader", {}, child);
    const grants = [
      this.#mayRead(`${name}-cdc-grant`, cdc.role, tables, postgres),
      this.#mayRead(`${name}-loader-grant`, loader.role, tables, postgres),
    ];
    this.publication = new postgresql.Publication(
      `${name}-publication`,
      { name: "shop", database: database.name, tables: TABLES.map((table) => `public.${table}`) },
      { ...child, ...postgres.inside, dependsOn: [tables, ...grants] },
    );
    this.cdc = { user: cdc.role.name, password: cdc.password };

    this.landingBucket = minio.bucket("landing", child);
    this.s3 = minio.user("shop", { write: [this.landingBucket] }, child);

    this.connectEnv = { SHOP_CDC_PASSWORD: this.cdc.password };
    this.sparkPipeline = {
      name: "shop",
      env: {
        SHOP_JDBC_URL: jdbcUrl(this.app),
        SHOP_JDBC_USER: loader.role.name,
        SHOP_JDBC_PASSWORD: loader.password,
        LANDING_BUCKET: this.landingBucket,
      },
    };
    this.registerOutputs({});
  }

  /** May connect and select from the shop's tables, nothing more. */
  #mayRead(
    name: string,
    role: postgresql.Role,
    tables: pulumi.Resource,
    postgres: Postgres,
  ): pulumi.Resource {
    return new postgresql.Grant(
      name,
      {
        database: this.app.database,
        role: role.name,
        schema: "public",
        objectType: "table",
        objects: [...TABLES],
        privileges: ["SELECT"],
      },
      { parent: this, ...postgres.inside, dependsOn: [tables] },
    );
  }
}
