import { describe, expect, it } from "vitest";
import { connectionsFromEnv } from "./connections.ts";

const connections = {
  postgres: { host: "127.0.0.1", port: 5432, database: "shop", user: "shop_app", password: "hush" },
  s3: { endpoint: "http://127.0.0.1:9000", accessKey: "a", secretKey: "hush", landingBucket: "landing" },
  trino: { url: "http://127.0.0.1:9090", user: "verify" },
  kafka: { brokers: ["127.0.0.1:9094"] },
  registry: { url: "http://127.0.0.1:8081" },
  spark: { url: "http://127.0.0.1:8090", token: "hush" },
  connect: { url: "http://127.0.0.1:8083", connector: "shop" },
};

describe("connectionsFromEnv", () => {
  it("reads the stack output", () => {
    expect(connectionsFromEnv({ LAKEHOUSE_CONNECTIONS: JSON.stringify(connections) })).toEqual(connections);
  });

  it("names every fault and quotes no secret", () => {
    const broken = { ...connections, trino: {}, postgres: { ...connections.postgres, port: "hush-port" } };
    const read = (): unknown => connectionsFromEnv({ LAKEHOUSE_CONNECTIONS: JSON.stringify(broken) });
    expect(read).toThrow(/postgres\.port.*\n.*trino\.url.*\n.*trino\.user/);
    expect(read).not.toThrow(/hush/);
  });

  it.each([undefined, "", "not json hush"])("says how to set it when it is %j", (value) => {
    expect(() => connectionsFromEnv({ LAKEHOUSE_CONNECTIONS: value })).toThrow(
      /pulumi stack output connections/,
    );
  });
});
