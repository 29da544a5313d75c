import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { configSchema } from "./config.ts";
import { projectFile, stackFileSchema } from "./schema.ts";

it("the committed JSON Schema is the configuration's own", () => {
  const committed: unknown = JSON.parse(readFileSync("lakehouse.schema.json", "utf8"));
  expect(committed, "run `npm run schema`").toEqual(JSON.parse(JSON.stringify(stackFileSchema())));
});

it("Pulumi.yaml describes every key", () => {
  const text = readFileSync("Pulumi.yaml", "utf8");
  expect(projectFile(text), "run `npm run schema`").toBe(text);
  for (const [key, value] of Object.entries(configSchema.shape)) {
    expect(text).toContain(`lakehouse:${key}`);
    expect(value.description, `lakehouse:${key} has a description`).toBeTruthy();
  }
});
