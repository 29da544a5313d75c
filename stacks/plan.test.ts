import { describe, expect, it } from "vitest";

import { parseConfig } from "../platform/config.ts";
import { configSchema } from "./config.ts";
import { plan } from "./plan.ts";
import { portCollisions, resolvePorts } from "./ports.ts";

const parse = (raw: Record<string, string>) => parseConfig(configSchema, raw);

describe("the configuration", () => {
  it("has a default for every key", () => {
    expect(parse({})).toMatchObject({
      target: "docker",
      pipelines: ["shop"],
      size: "small",
      vendorImages: true,
    });
  });

  it("reads structured values as Pulumi hands them over", () => {
    const config = parse({
      pipelines: '["shop"]',
      ports: '{"trino": 9191, "iceberg": false}',
      budget: "8000",
    });
    expect(config).toMatchObject({ ports: { trino: 9191, iceberg: false }, budget: 8000 });
  });

  it.each([
    ["an unknown key", { sise: "small" }, "sise"],
    ["an unknown size", { size: "tiny" }, "lakehouse:size"],
    ["an unknown pipeline", { pipelines: '["shoop"]' }, "lakehouse:pipelines.0"],
    ["a text for a list", { pipelines: "shop" }, "lakehouse:pipelines"],
    ["an unknown component", { components: '{"kafca": true}' }, "kafca"],
    ["a port out of range", { ports: '{"trino": 70000}' }, "lakehouse:ports.trino"],
    ["a privileged port", { ports: '{"trino": 80}' }, "lakehouse:ports.trino"],
    ["a negative budget", { budget: "-1" }, "lakehouse:budget"],
    [
      "a memory override that no service can live with",
      { overrides: '{"kafka": {"memory": 1}}' },
      "lakehouse:overrides.kafka.memory",
    ],
    ["an unknown override", { overrides: '{"kafka": {"disk": 1}}' }, "disk"],
    ["an unknown target", { target: "nomad" }, "lakehouse:target"],
    ["a word for a switch", { protect: "yes" }, "lakehouse:protect"],
  ])("refuses %s and names it", (_, raw, key) => {
    expect(() => parse(raw as Record<string, string>)).toThrow(key);
  });

  it("reports every fault at once", () => {
    expect(() => parse({ size: "tiny", target: "nomad", nonsense: "1" })).toThrow(/3 faults/);
  });
});

describe("the plan", () => {
  it("builds what shop needs, needed ones first", () => {
    const { modules } = plan(parse({ budget: "32768" }));
    expect([...modules].sort()).toEqual(
      [
        "connect",
        "iceberg",
        "kafka",
        "minio",
        "postgres",
        "registry",
        "shop",
        "shopSource",
        "spark",
        "trino",
      ].sort(),
    );
    expect(modules.indexOf("shopSource")).toBeLessThan(modules.indexOf("connect"));
  });

  it("builds a single component with its needs alone", () => {
    const { modules } = plan(parse({ pipelines: "[]", components: '{"registry": true}', budget: "32768" }));
    expect(modules).toEqual(["postgres", "registry"]);
  });

  it("reports switches and ports that contradict each other together", () => {
    const contradictory = parse({
      components: '{"kafka": false}',
      ports: '{"trino": 5432, "postgres": 5432}',
    });
    expect(() => plan(contradictory)).toThrow(/kafka is switched off but needed/);
    const collision = parse({ ports: '{"trino": 5432}', budget: "32768" });
    expect(() => plan(collision)).toThrow(/postgres and trino both ask for 5432/);
  });

  it("refuses more memory than there is, with a table", () => {
    expect(() => plan(parse({ budget: "1000" }))).toThrow(/spark[\s\S]*sum[\s\S]*budget/);
  });
});

describe("ports", () => {
  it("collide only among those that are opened", () => {
    const ports = resolvePorts({ trino: 5432 });
    expect(portCollisions(ports, ["trino", "postgres"])).toHaveLength(1);
    expect(portCollisions(ports, ["trino"])).toEqual([]);
    expect(portCollisions(resolvePorts({ trino: 5432, postgres: false }), ["trino", "postgres"])).toEqual([]);
  });
});
