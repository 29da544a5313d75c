/** Pipelines by name, in the order in which people list them. */
export const PIPELINES = ["shop"] as const;
export type PipelineName = (typeof PIPELINES)[number];

/** Every module: services, the sources that pipelines put into them, and pipelines. What a module needs or uses comes before it. */
export const MODULES = [
  "postgres",
  "minio",
  "kafka",
  "registry",
  "shopSource",
  "connect",
  "iceberg",
  "spark",
  "trino",
  "shop",
] as const;
export type ModuleName = (typeof MODULES)[number];
