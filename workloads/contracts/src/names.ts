/** Names that more than one program of the `shop` pipeline must agree on. */
import type { SourceTable } from "./shop.ts";

/** Debezium's `topic.prefix`, also the name of the connector, the publication and the replication slot. */
export const cdcName = "shop";

/** The topic that carries a source table's changes. */
export function cdcTopic(table: SourceTable): string {
  return `${cdcName}.public.${table}`;
}

/** Where pageviews land unless the configuration says otherwise. */
export const landingBucket = "landing";
export const pageviewPrefix = "shop/pageviews/";

/** The object key of a pageview file that holds views of one day (`YYYY-MM-DD`). */
export function pageviewObject(day: string, name: string): string {
  return `${pageviewPrefix}date=${day}/${name}.json`;
}

/** The Iceberg catalog as Spark and Trino both call it, and the bucket below it. */
export const icebergCatalog = "iceberg";
export const warehouseBucket = "warehouse";

export const bronzeTables = {
  users: "bronze.users",
  items: "bronze.items",
  purchases: "bronze.purchases",
  pageviews: "bronze.pageviews",
  pageviewsDeadLetters: "bronze.pageviews_dlq",
} as const;

export const silverTables = {
  users: "silver.users",
  items: "silver.items",
  purchases: "silver.purchases",
  purchasesEnriched: "silver.purchases_enriched",
  pageviewsByItems: "silver.pageviews_by_items",
} as const;

export const goldTables = {
  topSellingItems: "gold.top_selling_items",
  salesPerformance24h: "gold.sales_performance_24h",
  topConvertingItems: "gold.top_converting_items",
  pageviewsByChannel: "gold.pageviews_by_channel",
} as const;
