import type * as pulumi from "@pulumi/pulumi";

import type { Address } from "./platform.ts";
import type { Secret } from "./secret.ts";

/** What a consumer needs to talk to a service, and nothing else. Every `host` implies that the service is ready. */

/** An S3 endpoint with one consumer's own key. */
export interface S3 {
  readonly endpoint: pulumi.Output<string>;
  readonly accessKey: pulumi.Output<string>;
  readonly secretKey: Secret;
}

/** A PostgreSQL database with one consumer's own role. */
export interface Sql {
  readonly address: Address;
  readonly database: pulumi.Output<string>;
  readonly user: pulumi.Output<string>;
  readonly password: Secret;
}

/** A Kafka cluster. */
export interface KafkaBrokers {
  readonly bootstrap: pulumi.Output<string>;
}

/** A service that speaks HTTP. */
export interface Http {
  readonly url: pulumi.Output<string>;
}

/** An Iceberg REST catalog. */
export interface Catalog extends Http {
  /** Where its tables live, e.g. `s3://warehouse/`. */
  readonly warehouse: pulumi.Output<string>;
}
