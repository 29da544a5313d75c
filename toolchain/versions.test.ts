import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { version } from "./versions.ts";

const lock = z
  .looseObject({ packages: z.record(z.string(), z.looseObject({ version: z.string().optional() })) })
  .parse(JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8")));

/** The version of a Go module that one of ours requires. */
function requirement(ours: string, module: string): string {
  const text = readFileSync(new URL(`go/${ours}/go.mod`, import.meta.url), "utf8");
  const found = text
    .split(/\s+/)
    .flatMap((word, at, words) => (word === module ? [words[at + 1] ?? ""] : []));
  const [first] = found.filter((word) => /^v\d/.test(word));
  if (first === undefined) throw new Error(`${ours} does not require ${module}`);
  return first.slice(1);
}

describe("versions of the toolchain", () => {
  it.each(["docker", "minio", "postgresql"])("plugin %s is the npm package's", (name) => {
    const installed = lock.packages[`node_modules/@pulumi/${name}`]?.version;
    expect(version(`PLUGIN_${name.toUpperCase()}_VERSION`)).toBe(installed);
  });

  it("the CLI is built from its own version", () => {
    expect(requirement("pulumi", "github.com/pulumi/pulumi/pkg/v3")).toBe(version("PULUMI_VERSION"));
  });

  it("the language host is built from its own version", () => {
    expect(requirement("language-nodejs", "github.com/pulumi/pulumi/sdk/v3")).toBe(
      version("PULUMI_LANGUAGE_NODEJS_VERSION"),
    );
  });

  it("both plugins share one bridge, so that its build is shared too", () => {
    const bridge = "github.com/pulumi/pulumi-terraform-bridge/v3";
    expect(requirement("plugin-docker", bridge)).toBe(requirement("plugin-minio", bridge));
  });

  it("Node is at least what package.json asks for", () => {
    const { engines } = z
      .looseObject({ engines: z.object({ node: z.string() }) })
      .parse(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")));
    expect(`>=${version("NODE_MINIMUM").replace(/\.0$/, "")}`).toBe(engines.node);
  });
});
