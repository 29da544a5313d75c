import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ProviderProcess, resourcesOf } from "./provider.ts";
import { version } from "./versions.ts";

const HOME = join(process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "plugins");

/** Resources that the SDK has beside the upstream provider's, so that a bridge alone cannot serve them. */
const NOT_BRIDGED = new Set(["docker:index/image:Image"]);

describe.each(["docker", "minio"] as const)("plugin %s", (name) => {
  const release = version(`PLUGIN_${name.toUpperCase()}_VERSION`);
  const executable = join(HOME, `resource-${name}-v${release}`, `pulumi-resource-${name}`);
  const resources = resourcesOf(`@pulumi/${name}`).filter(({ token }) => !NOT_BRIDGED.has(token));

  describe.skipIf(!existsSync(executable))("as it is set up", () => {
    let provider: ProviderProcess;
    beforeAll(async () => {
      provider = await ProviderProcess.start(executable);
    });
    afterAll(() => {
      provider.stop();
    });

    it("has resources to compare", () => {
      expect(resources.length).toBeGreaterThan(8);
    });

    it.each(resources)("knows every input of $token", async (resource) => {
      expect(resource.inputs.length).toBeGreaterThan(0);
      expect(await provider.unknownInputs(resource)).toEqual([]);
    });

    it("does not know an input that nobody has", async () => {
      const nobody = (path: string) => ({ path, sample: "1" });
      const [{ token }] = resources as [(typeof resources)[0]];
      expect(await provider.unknownInputs({ token, inputs: [nobody("nobodyHas")] })).toEqual(["nobodyHas"]);
      if (name !== "docker") return;
      const paths = ["healthcheck.nobodyHas", "ports[].nobodyHas"];
      const container = { token: "docker:index/container:Container", inputs: paths.map(nobody) };
      expect(await provider.unknownInputs(container)).toEqual(paths);
    });

    it("refuses a resource that nobody has", async () => {
      const stranger = { token: `${name}:index/stranger:Stranger`, inputs: [{ path: "name", sample: "1" }] };
      await expect(provider.unknownInputs(stranger)).rejects.toThrow("unrecognized resource type");
    });
  });
});
