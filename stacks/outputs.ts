import * as pulumi from "@pulumi/pulumi";

import { plain } from "../platform/docker/container.ts";
import type { Secret } from "../platform/secret.ts";
import type { Workload } from "../platform/platform.ts";
import { CATALOGUE } from "./catalogue.ts";
import type { ModuleName, PortName } from "./config.ts";
import type { Built } from "./module.ts";
import { SHOP_JOBS } from "./pipelines/shop.ts";
import type { Site } from "./site.ts";

/** What people call the pages behind ports. */
const PAGES: Readonly<Partial<Record<PortName, string>>> = {
  minio: "S3 API",
  minioConsole: "Console",
  registry: "Schema registry",
  connect: "Kafka Connect REST",
  iceberg: "Iceberg REST",
  sparkUi: "Spark UI",
  trino: "Trino",
};

/** What a stack tells about itself: addresses, jobs, and (secret) how to sign in and connect. */
export function outputs(site: Site, built: Partial<Built>): Record<string, pulumi.Input<unknown>> {
  return {
    stack: site.name,
    services: services(site, built),
    jobs: built.shop === undefined ? {} : SHOP_JOBS,
    credentials: pulumi.secret(credentials(built)),
    connections: pulumi.secret(connections(site, built)),
  };
}

function services(site: Site, built: Partial<Built>): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [name, module] of Object.entries(built) as [ModuleName, Built[ModuleName]][]) {
    const workload = workloadOf(module);
    if (workload === undefined) continue;
    const { title, ports } = CATALOGUE[name];
    all[name === "shop" ? "shop-generator" : name] = {
      container: workload.instance,
      title,
      memoryMiB: site.args(name).resources.memory,
      urls: ports.flatMap((port) => {
        const number = site.ports[port];
        const page = PAGES[port];
        return page === undefined || number === false
          ? []
          : [{ name: page, url: `http://localhost:${String(number)}` }];
      }),
    };
  }
  return all;
}

function workloadOf(module: Built[ModuleName]): Workload<string> | undefined {
  if ("workload" in module) return module.workload;
  return "generator" in module ? module.generator : undefined;
}

function credentials({ postgres, minio, spark, shopSource }: Partial<Built>): Record<string, unknown> {
  const entry = (user: pulumi.Input<string>, password: Secret) => ({ user, password: plain(password) });
  return {
    ...(postgres && { postgres: entry("postgres", postgres.password) }),
    ...(minio && { minio: entry(minio.root.user, minio.root.password) }),
    ...(spark && { "spark-control": entry("(bearer token)", spark.token) }),
    ...(shopSource && {
      "shop-database": entry(shopSource.app.user, shopSource.app.password),
      "shop-landing": entry(shopSource.s3.accessKey, shopSource.s3.secretKey),
    }),
  };
}

function connections({ ports }: Site, built: Partial<Built>): Record<string, unknown> {
  const { shopSource, kafka, registry, connect, spark, trino } = built;
  const local = (port: number | false) => `http://127.0.0.1:${String(port)}`;
  return {
    ...(shopSource && {
      postgres: {
        host: "127.0.0.1",
        port: ports.postgres,
        database: shopSource.app.database,
        user: shopSource.app.user,
        password: plain(shopSource.app.password),
      },
      s3: {
        endpoint: local(ports.minio),
        accessKey: shopSource.s3.accessKey,
        secretKey: plain(shopSource.s3.secretKey),
        landingBucket: shopSource.landingBucket,
      },
    }),
    ...(kafka && { kafka: { brokers: [`127.0.0.1:${String(ports.kafka)}`] } }),
    ...(registry && { registry: { url: `${local(ports.registry)}/apis/ccompat/v7` } }),
    ...(connect && { connect: { url: local(ports.connect), connector: "shop" } }),
    ...(spark && { spark: { url: local(ports.sparkControl), token: plain(spark.token) } }),
    ...(trino && { trino: { url: local(ports.trino), user: "trino" } }),
  };
}
