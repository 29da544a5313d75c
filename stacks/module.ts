import type { Connect } from "../components/streaming/connect.ts";
import type { IcebergRest } from "../components/catalog/iceberg.ts";
import type { Kafka } from "../components/streaming/kafka.ts";
import type { Minio } from "../components/storage/minio.ts";
import type { Postgres } from "../components/storage/postgres.ts";
import type { SchemaRegistry } from "../components/streaming/registry.ts";
import type { Spark } from "../components/compute/spark.ts";
import type { Trino } from "../components/compute/trino.ts";
import type { ModuleName, PortName } from "./config.ts";
import type { Shop } from "./pipelines/shop.ts";
import type { ShopSource } from "./pipelines/shop-source.ts";
import type { Site } from "./site.ts";

/** What each module is once it is built. */
export interface Built {
  readonly postgres: Postgres;
  readonly minio: Minio;
  readonly kafka: Kafka;
  readonly registry: SchemaRegistry;
  readonly connect: Connect;
  readonly iceberg: IcebergRest;
  readonly shopSource: ShopSource;
  readonly spark: Spark;
  readonly trino: Trino;
  readonly shop: Shop;
}

/**
 * One line of the catalogue. `build` receives what the module declared and nothing else, so reading an undeclared
 * module does not compile.
 */
export interface Module<N extends ModuleName, Needs extends ModuleName, Uses extends ModuleName> {
  /** For people. */
  readonly title: string;
  /** Turned on with this module. */
  readonly needs: readonly Needs[];
  /** Given to `build` when something else turns them on. */
  readonly uses: readonly Uses[];
  /** Host ports that the module opens. */
  readonly ports: readonly PortName[];
  readonly build: (site: Site, on: Pick<Built, Needs> & Partial<Pick<Built, Uses>>) => Built[N];
}

/** Lets a catalogue line keep its own types. */
export function defineModule<
  N extends ModuleName,
  Needs extends ModuleName = never,
  Uses extends ModuleName = never,
>(module: Module<N, Needs, Uses>): Module<N, Needs, Uses> {
  return module;
}
