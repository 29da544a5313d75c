import { IcebergRest } from "../components/catalog/iceberg.ts";
import { Spark } from "../components/compute/spark.ts";
import { Trino } from "../components/compute/trino.ts";
import { Minio } from "../components/storage/minio.ts";
import { Postgres } from "../components/storage/postgres.ts";
import { Connect } from "../components/streaming/connect.ts";
import { Kafka } from "../components/streaming/kafka.ts";
import { SchemaRegistry } from "../components/streaming/registry.ts";
import type { ModuleName } from "./config.ts";
import { defineModule, type Module } from "./module.ts";
import { Shop } from "./pipelines/shop.ts";
import { ShopSource } from "./pipelines/shop-source.ts";

/** The bucket of every Iceberg table. */
const WAREHOUSE = "warehouse";

const postgres = defineModule<"postgres">({
  title: "PostgreSQL 17",
  needs: [],
  uses: [],
  ports: ["postgres"],
  build: (site) =>
    new Postgres(
      "postgres",
      { ...site.args("postgres"), ports: { sql: site.ports.postgres } },
      { parent: site.parent },
    ),
});

const minio = defineModule<"minio">({
  title: "MinIO",
  needs: [],
  uses: [],
  ports: ["minio", "minioConsole"],
  build: (site) =>
    new Minio(
      "minio",
      {
        ...site.args("minio"),
        ports: { api: site.ports.minio, console: site.ports.minioConsole },
        protect: site.config.protect,
      },
      { parent: site.parent },
    ),
});

const kafka = defineModule<"kafka">({
  title: "Apache Kafka",
  needs: [],
  uses: [],
  ports: ["kafka"],
  build: (site) =>
    new Kafka(
      "kafka",
      { ...site.args("kafka"), ports: { external: site.ports.kafka } },
      { parent: site.parent },
    ),
});

const registry = defineModule<"registry", "postgres">({
  title: "Schema registry",
  needs: ["postgres"],
  uses: [],
  ports: ["registry"],
  build: (site, { postgres }) =>
    new SchemaRegistry(
      "registry",
      {
        ...site.args("registry"),
        ports: { http: site.ports.registry },
        database: postgres.tenant("registry", { parent: postgres }),
      },
      { parent: site.parent },
    ),
});

const connect = defineModule<"connect", "kafka" | "registry", "shopSource">({
  title: "Kafka Connect with Debezium",
  needs: ["kafka", "registry"],
  uses: ["shopSource"],
  ports: ["connect"],
  build: (site, { kafka, shopSource }) =>
    new Connect(
      "connect",
      {
        ...site.args("connect"),
        ports: { http: site.ports.connect },
        kafka,
        env: { ...shopSource?.connectEnv },
      },
      { parent: site.parent },
    ),
});

const iceberg = defineModule<"iceberg", "postgres" | "minio">({
  title: "Iceberg REST catalog",
  needs: ["postgres", "minio"],
  uses: [],
  ports: ["iceberg"],
  build: (site, { postgres, minio }) => {
    const bucket = minio.bucket(WAREHOUSE, { parent: minio });
    return new IcebergRest(
      "iceberg",
      {
        ...site.args("iceberg"),
        ports: { http: site.ports.iceberg },
        database: postgres.tenant("iceberg", { parent: postgres }),
        s3: minio.user("iceberg", { write: [bucket] }, { parent: minio }),
        bucket,
      },
      { parent: site.parent },
    );
  },
});

const shopSource = defineModule<"shopSource", "postgres" | "minio">({
  title: "Shop: source database and landing bucket",
  needs: ["postgres", "minio"],
  uses: [],
  ports: [],
  build: (site, { postgres, minio }) =>
    new ShopSource("shop-source", { ...site.args("shop"), postgres, minio }, { parent: site.parent }),
});

const spark = defineModule<"spark", "kafka" | "registry" | "iceberg" | "minio" | "postgres", "shopSource">({
  title: "Apache Spark",
  needs: ["kafka", "registry", "iceberg", "minio", "postgres"],
  uses: ["shopSource"],
  ports: ["sparkUi", "sparkControl", "sparkThrift"],
  build: (site, { kafka, registry, iceberg, minio, postgres, shopSource }) =>
    new Spark(
      "spark",
      {
        ...site.args("spark"),
        ports: { ui: site.ports.sparkUi, control: site.ports.sparkControl, thrift: site.ports.sparkThrift },
        catalog: iceberg,
        s3: minio.user(
          "spark",
          { write: [WAREHOUSE], read: shopSource === undefined ? [] : [shopSource.landingBucket] },
          { parent: minio },
        ),
        kafka,
        registry: registry.confluent,
        metastore: postgres.tenant("metastore", { parent: postgres }),
        pipelines: shopSource === undefined ? [] : [shopSource.sparkPipeline],
      },
      { parent: site.parent },
    ),
});

const trino = defineModule<"trino", "iceberg" | "minio">({
  title: "Trino",
  needs: ["iceberg", "minio"],
  uses: [],
  ports: ["trino"],
  build: (site, { iceberg, minio }) =>
    new Trino(
      "trino",
      {
        ...site.args("trino"),
        ports: { http: site.ports.trino },
        catalog: iceberg,
        s3: minio.user("trino", { read: [WAREHOUSE] }, { parent: minio }),
        written: [],
      },
      { parent: site.parent },
    ),
});

const shop = defineModule<"shop", "shopSource" | "connect" | "registry" | "spark" | "trino">({
  title: "Shop pipeline",
  needs: ["shopSource", "connect", "registry", "spark", "trino"],
  uses: [],
  ports: [],
  build: (site, { shopSource, connect, registry }) =>
    new Shop(
      "shop",
      { ...site.args("shop"), source: shopSource, connect, registry, trickle: site.config.trickle },
      { parent: site.parent },
    ),
});

/** Every module there is. Pulled in by switches, built in the order of `MODULES`. */
export const CATALOGUE = {
  postgres,
  minio,
  kafka,
  registry,
  connect,
  iceberg,
  shopSource,
  spark,
  trino,
  shop,
} as const satisfies { [N in ModuleName]: Module<N, never, never> | Module<N, ModuleName, ModuleName> };
