import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";

import { memoryCheck, portCheck } from "./doctor.ts";

describe("free memory", () => {
  it("suffices", () => {
    expect(memoryCheck(4096, 0, 8192)).toMatchObject({ found: "8.0 GiB", needed: "4.0 GiB" });
    expect(memoryCheck(4096, 0, 8192).fault).toBeUndefined();
  });

  it("falls short, and the line says what to do", () => {
    expect(memoryCheck(4096, 0, 1024).fault).toMatch(/stack may use 4.0 GiB: .*lakehouse:size/);
  });

  it("counts what this stack holds already", () => {
    expect(memoryCheck(4096, 3500, 1024).fault).toBeUndefined();
  });
});

describe("a port", () => {
  let server: Server | undefined;
  afterEach(async () => {
    await letGo();
  });

  async function letGo(): Promise<void> {
    const listening = server;
    server = undefined;
    if (listening !== undefined) await new Promise((resolve) => listening.close(resolve));
  }

  /** A port that this test holds. */
  async function held(): Promise<number> {
    const listening = createServer();
    server = listening;
    await new Promise<void>((resolve) => listening.listen({ port: 0, host: "127.0.0.1" }, resolve));
    return (listening.address() as AddressInfo).port;
  }

  it("is free once its holder has let go", async () => {
    const port = await held();
    await letGo();
    const check = await portCheck("kafka", port, "dev", new Map());
    expect(check).toMatchObject({ found: "free", needed: "free, for kafka" });
    expect(check.fault).toBeUndefined();
  });

  it("is taken by another program, and the line says what to do", async () => {
    const port = await held();
    const { fault } = await portCheck("kafka", port, "dev", new Map());
    expect(fault).toBe(
      `port ${String(port)} is taken by another program: stop it, or choose another by lakehouse:ports.kafka in Pulumi.dev.yaml`,
    );
  });

  it("is held by this stack itself", async () => {
    const port = await held();
    const publishers = new Map([[port, { container: "lakehouse-dev-kafka", stack: "lakehouse-dev" }]]);
    expect((await portCheck("kafka", port, "dev", publishers)).fault).toBeUndefined();
  });

  it("is held by another stack, which is named", async () => {
    const port = await held();
    const publishers = new Map([[port, { container: "lakehouse-dev-kafka", stack: "lakehouse-dev" }]]);
    expect((await portCheck("kafka", port, "prod", publishers)).fault).toContain(
      "the container lakehouse-dev-kafka",
    );
  });
});
