import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "tests/e2e/**", "**/*.engine.test.ts"],
    // Pulumi's mocks are process-wide, so every file gets a process of its own.
    pool: "forks",
    // Its functions' text goes into Pulumi's state, so it must be Node's own and not a bundler's.
    server: { deps: { external: [/platform\/dynamic\.ts$/] } },
  },
});
