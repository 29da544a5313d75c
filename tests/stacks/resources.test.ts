import { beforeAll, describe, expect, it } from "vitest";

import { DockerPlatform } from "../../platform/docker/platform.ts";
import { KubernetesPlatform } from "../../platform/kubernetes/platform.ts";
import { violations } from "../../policy/rules.ts";
import { configSchema } from "../../stacks/config.ts";
import { Lakehouse } from "../../stacks/lakehouse.ts";
import { register, type Registered } from "../support/mocks.ts";

const NAME = "lakehouse-test";
const CASES = [
  { target: "docker", size: "small", pipelines: ["shop"] },
  { target: "docker", size: "medium", pipelines: ["shop"] },
  { target: "kubernetes", size: "small", pipelines: ["shop"] },
  { target: "kubernetes", size: "large", pipelines: ["shop"] },
] as const;

describe.each(CASES)("$target, $size, $pipelines", ({ target, size, pipelines }) => {
  let resources: Registered[];

  beforeAll(async () => {
    // The budget is fixed, so that what is tested does not depend on this machine's memory.
    const config = configSchema.parse({ target, size, pipelines, budget: 131_072 });
    resources = await register(() => {
      new Lakehouse(NAME, config, (parent) =>
        target === "docker"
          ? new DockerPlatform("docker", NAME, { parent })
          : new KubernetesPlatform(
              "kubernetes",
              NAME,
              (image) => `registry.example/lakehouse/${image}:fixed`,
              { parent },
            ),
      );
    });
  }, 120_000);

  it("registers exactly the committed resources", async () => {
    const text = `${JSON.stringify(resources, null, 1)}\n`;
    await expect(text).toMatchFileSnapshot(`__snapshots__/${target}-${size}-${pipelines.join("-")}.json`);
  });

  it("keeps every policy", () => {
    expect(resources.length).toBeGreaterThan(50);
    expect(violations(resources)).toEqual([]);
  });

  it("gives every service of the stack a name and an alias of its own", () => {
    const names = resources.map(({ type, name }) => `${type} ${name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it("shows no generated password in any input", () => {
    expect(JSON.stringify(resources)).not.toContain("generated-for-");
  });
});
