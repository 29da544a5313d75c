export { type CheckResult, renderReport } from "./report.ts";
export { NotReady, type VerifyOptions, verifyShop } from "./shop.ts";
