import type * as pulumi from "@pulumi/pulumi";

import type { Catalog, S3 } from "../../platform/bindings.ts";
import { Component } from "../../platform/component.ts";
import type { Workload } from "../../platform/platform.ts";
import type { AbsolutePath } from "../../platform/spec.ts";
import { heap } from "../../platform/units.ts";
import type { ComponentArgs, HostPort } from "../args.ts";
import { accessRules, type TrinoWritten } from "./trino-access.ts";

export interface TrinoArgs extends ComponentArgs {
  readonly ports: { readonly http: HostPort };
  readonly catalog: Catalog;
  readonly s3: S3;
  /** Tables that pipelines write through Trino; all else is read-only. */
  readonly written: readonly TrinoWritten[];
}

/** Trino, one node that coordinates and works: interactive SQL over every catalog. It keeps no state. */
export class Trino extends Component {
  readonly workload: Workload<"http">;

  constructor(name: string, args: TrinoArgs, opts: { parent: pulumi.Resource }) {
    super("compute:Trino", name, opts);
    const { platform, resources, ports, catalog, s3, written } = args;
    const files: Record<AbsolutePath, string> = {
      "/etc/trino/catalog/iceberg.properties": ICEBERG_PROPERTIES,
      "/etc/trino/rules.json": JSON.stringify(accessRules(written), null, 2),
    };
    this.workload = platform.run(
      name,
      {
        image: "trino",
        ports: { http: 8080 },
        publish: { http: ports.http },
        env: {
          TRINO_HEAP: heap(resources.memory, 0.62),
          ICEBERG_REST_URI: catalog.url,
          S3_ENDPOINT: s3.endpoint,
          S3_ACCESS_KEY: s3.accessKey,
          S3_SECRET_KEY: s3.secretKey,
        },
        files,
        // The server says it has started before it can run a query, so the check runs one.
        health: { command: ["trino-health"], timeout: 10 },
        startup: { within: 180 },
        stop: { within: 30 },
        resources,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

const ICEBERG_PROPERTIES = `connector.name=iceberg
iceberg.catalog.type=rest
iceberg.rest-catalog.uri=\${ENV:ICEBERG_REST_URI}
fs.native-s3.enabled=true
s3.endpoint=\${ENV:S3_ENDPOINT}
s3.region=us-east-1
s3.path-style-access=true
s3.aws-access-key=\${ENV:S3_ACCESS_KEY}
s3.aws-secret-key=\${ENV:S3_SECRET_KEY}
`;
