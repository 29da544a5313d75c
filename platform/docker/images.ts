import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import { imageContext } from "./contexts.ts";

/** Builds each image under `images/` that a workload asks for, once, after the images that it stands on. */
export class DockerImages extends pulumi.ComponentResource {
  readonly #built = new Map<string, docker.RemoteImage>();

  constructor(name: string, opts: { parent: pulumi.Resource }) {
    super("lakehouse:platform:Images", name, {}, opts);
    this.registerOutputs({});
  }

  /** The image's id on the engine. The tag is a hash of all that the image is made of, so it changes only with it. */
  id(image: string): pulumi.Output<string> {
    return this.#image(image).imageId;
  }

  #image(image: string): docker.RemoteImage {
    const known = this.#built.get(image);
    if (known !== undefined) return known;
    const context = imageContext(image);
    const bases = context.bases.map((base) => this.#image(base));
    const built = new docker.RemoteImage(
      `image-${image}`,
      {
        name: context.reference,
        build: { context: context.directory, dockerfile: "Dockerfile", remove: true, forceRemove: true },
        keepLocally: true,
      },
      { parent: this, dependsOn: bases, customTimeouts: { create: "60m" } },
    );
    this.#built.set(image, built);
    return built;
  }
}
