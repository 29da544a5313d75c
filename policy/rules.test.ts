import { describe, expect, it } from "vitest";

import { RULES, violations, type PolicyResource } from "./rules.ts";

const good: PolicyResource = {
  type: "docker:index/container:Container",
  name: "kafka-container",
  parent: "lakehouse:docker:Workload kafka",
  inputs: {
    memory: 512,
    memorySwap: 512,
    cpus: "1.0",
    securityOpts: ["no-new-privileges"],
    ports: [{ internal: 9094, external: 9094, ip: "127.0.0.1" }],
    healthcheck: { tests: ["CMD", "true"] },
    envs: ["(secret)", "HEAP=512m"],
    logOpts: { "max-size": "20m" },
  },
};

/** One deliberate violation for each rule. */
const BROKEN: Readonly<Record<string, PolicyResource>> = {
  "no mutable tag": {
    ...good,
    type: "docker:index/remoteImage:RemoteImage",
    inputs: { name: "lakehouse/kafka:latest" },
  },
  "limits set": { ...good, inputs: { ...good.inputs, memorySwap: 1024 } },
  "not privileged": { ...good, inputs: { ...good.inputs, privileged: true } },
  "no new privileges": { ...good, inputs: { ...good.inputs, securityOpts: [] } },
  "non-root": { ...good, inputs: { ...good.inputs, user: "root" } },
  "loopback only": {
    ...good,
    inputs: { ...good.inputs, ports: [{ internal: 1, external: 2, ip: "0.0.0.0" }] },
  },
  "healthcheck present": { ...good, inputs: { ...good.inputs, healthcheck: undefined } },
  "secrets not plain": { ...good, inputs: { ...good.inputs, envs: ["DB_PASSWORD=hunter2"] } },
  "everything parented": { ...good, parent: "" },
  "log bounded": { ...good, inputs: { ...good.inputs, logOpts: {} } },
};

describe("policy rules", () => {
  it("let a sound container pass", () => {
    expect(violations([good])).toEqual([]);
  });

  it.each(RULES.map(({ name }) => name))("catch a violation of: %s", (name) => {
    const broken = BROKEN[name];
    expect(broken, `a violation for the rule "${name}"`).toBeDefined();
    expect(violations(broken === undefined ? [] : [broken])).toEqual([
      expect.stringContaining(`: ${name}: `),
    ]);
  });

  it.each([
    [
      "a task's environment",
      { ...good, type: "pulumi-nodejs:lakehouse:Task", inputs: { env: { PGPASSWORD: "x" } } },
    ],
    ["a role's password", { ...good, type: "postgresql:index/role:Role", inputs: { password: "x" } }],
  ])("catch a plain secret in %s", (_, resource) => {
    expect(violations([resource])).toHaveLength(1);
  });
});
