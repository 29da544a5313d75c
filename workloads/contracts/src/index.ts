export * from "./connections.ts";
export * from "./malformed.ts";
export * from "./names.ts";
export * from "./shop.ts";
