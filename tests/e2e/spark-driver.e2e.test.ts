import { resolve } from "node:path";

import { expect, it } from "vitest";

import { imageContext } from "../../platform/docker/contexts.ts";
import { run } from "./support.ts";

it("the Spark driver's own tests pass inside its image", async () => {
  expect((await run("node", ["platform/docker/contexts.ts", "build", "spark"])).code).toBe(0);
  const { code, output } = await run("docker", [
    ...["run", "--rm", "--network", "none", "--hostname", "localhost", "--env", "SPARK_LOCAL_IP=127.0.0.1"],
    ...["--memory", "3g", "--entrypoint", "python3"],
    ...["--volume", `${resolve("workloads/spark/tests")}:/tests:ro`, "--workdir", "/tmp"],
    imageContext("spark").reference,
    ...["-m", "pytest", "-q", "-p", "no:cacheprovider", "/tests"],
  ]);
  expect(output).toMatch(/\d+ passed/);
  expect(code).toBe(0);
});
