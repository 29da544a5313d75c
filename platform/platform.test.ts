import { describe, expect, it } from "vitest";

import { demultiplex } from "./docker/engine.ts";
import { fingerprint } from "./docker/task.provider.ts";
import { create, diff } from "./password.provider.ts";
import { refusePlainSecrets, Secret } from "./secret.ts";
import { dockerCpus, formatMiB, goDuration, mib } from "./units.ts";

describe("units", () => {
  it.each([
    [5, "5s"],
    [60, "1m0s"],
    [90, "1m30s"],
    [3600, "1h0m0s"],
    [3725, "1h2m5s"],
  ])("%d seconds are %s in Go's form", (seconds, text) => {
    expect(goDuration(seconds)).toBe(text);
  });

  it("write whole CPUs with a decimal", () => {
    expect([dockerCpus(1), dockerCpus(0.5), dockerCpus(2)]).toEqual(["1.0", "0.5", "2.0"]);
  });

  it("refuse a size that is none", () => {
    expect(() => mib(0)).toThrow(RangeError);
    expect(() => mib(1.5)).toThrow(RangeError);
  });

  it("are readable", () => {
    expect([formatMiB(640), formatMiB(1536)]).toEqual(["640 MiB", "1.5 GiB"]);
  });
});

describe("a secret", () => {
  const secret = new Secret("hunter2");

  it("cannot be made text by accident", () => {
    expect(() => String(secret)).toThrow(TypeError);
    expect(() => JSON.stringify({ secret })).toThrow(TypeError);
  });
});

describe("an environment", () => {
  it("refuses a plain value under a secret's name", () => {
    expect(() => {
      refusePlainSecrets("kafka", { DB_PASSWORD: "hunter2", HEAP: "1m" });
    }).toThrow("kafka: DB_PASSWORD must be a Secret");
    expect(() => {
      refusePlainSecrets("kafka", { DB_PASSWORD: new Secret("hunter2") });
    }).not.toThrow();
  });
});

describe("a generated password", () => {
  it("has the asked length, no character that needs quoting, and is never the same", () => {
    const passwords = Array.from({ length: 200 }, () => create({ length: 32 }).outs.value);
    for (const password of passwords) expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(new Set(passwords).size).toBe(passwords.length);
  });

  it("changes only with its length", () => {
    expect(diff("", { length: 32 }, { length: 32 })).toEqual({ changes: false, replaces: [] });
    expect(diff("", { length: 32 }, { length: 40 })).toEqual({ changes: true, replaces: ["length"] });
  });
});

describe("a task's fingerprint", () => {
  const task = {
    name: "t",
    image: "i",
    command: ["a"],
    env: { A: "1", B: "2" },
    files: {},
    labels: {},
    network: "n",
    memory: 64,
    cpu: 1,
    within: 10,
  };

  it("does not depend on the order of its environment, nor on its limits", () => {
    expect(fingerprint({ ...task, env: { B: "2", A: "1" }, memory: 128 })).toBe(fingerprint(task));
  });

  it.each([
    ["command", { command: ["b"] }],
    ["environment", { env: { A: "1", B: "3" } }],
    ["files", { files: { "/x": "y" } }],
    ["image", { image: "j" }],
  ])("changes with its %s", (_, change) => {
    expect(fingerprint({ ...task, ...change })).not.toBe(fingerprint(task));
  });
});

describe("a container's log", () => {
  it("is put together from the engine's frames", () => {
    const frame = (text: string) => {
      const header = Buffer.alloc(8);
      header.writeUInt32BE(Buffer.byteLength(text), 4);
      return Buffer.concat([header, Buffer.from(text)]);
    };
    expect(demultiplex(Buffer.concat([frame("one\n"), frame("zwölf\n")]))).toBe("one\nzwölf\n");
  });
});
