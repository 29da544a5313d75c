import { defineConfig } from "vitest/config";

/** Real engine, real services, one stack: files and tests run in order, and the first failure ends the run. */
export default defineConfig({
  test: {
    include: ["tests/e2e/**/*.e2e.test.ts", "toolchain/**/*.engine.test.ts", "workloads/**/*.engine.test.ts"],
    fileParallelism: false,
    bail: 1,
    pool: "forks",
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
    // Long steps print their own progress.
    disableConsoleIntercept: true,
  },
});
