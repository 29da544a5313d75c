import * as pulumi from "@pulumi/pulumi";

import type { Catalog, S3, Sql } from "../../platform/bindings.ts";
import { Component } from "../../platform/component.ts";
import { heap } from "../../platform/units.ts";
import { authority, type Workload } from "../../platform/platform.ts";
import type { ComponentArgs, HostPort } from "../args.ts";
import { jdbcUrl } from "../storage/postgres.ts";

export interface IcebergRestArgs extends ComponentArgs {
  readonly ports: { readonly http: HostPort };
  /** Where table pointers are kept. */
  readonly database: Sql;
  readonly s3: S3;
  /** The bucket that holds every table. */
  readonly bucket: pulumi.Output<string>;
}

/**
 * Iceberg's REST catalog server over PostgreSQL; it keeps every snapshot. The server has no authentication, so its
 * port is open on loopback only and belongs to whoever may use this machine.
 */
export class IcebergRest extends Component implements Catalog {
  readonly workload: Workload<"http">;
  readonly url: pulumi.Output<string>;
  readonly warehouse: pulumi.Output<string>;

  constructor(name: string, args: IcebergRestArgs, opts: { parent: pulumi.Resource }) {
    super("catalog:IcebergRest", name, opts);
    const { platform, resources, ports, database, s3, bucket } = args;
    this.warehouse = pulumi.interpolate`s3://${bucket}/`;
    this.workload = platform.run(
      name,
      {
        image: "iceberg",
        ports: { http: 8181 },
        publish: { http: ports.http },
        env: {
          CATALOG_URI: jdbcUrl(database),
          CATALOG_JDBC_USER: database.user,
          CATALOG_JDBC_PASSWORD: database.password,
          CATALOG_WAREHOUSE: this.warehouse,
          CATALOG_S3_ENDPOINT: s3.endpoint,
          CATALOG_S3_ACCESS__KEY__ID: s3.accessKey,
          CATALOG_S3_SECRET__ACCESS__KEY: s3.secretKey,
          ICEBERG_HEAP: heap(resources.memory, 0.5),
        },
        health: {
          command: ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8181/v1/namespaces"],
        },
        startup: { within: 60 },
        resources,
      },
      { parent: this },
    );
    this.url = pulumi.interpolate`http://${authority(this.workload.address("http"))}`;
    this.registerOutputs({});
  }
}
