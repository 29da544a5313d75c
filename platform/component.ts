import * as pulumi from "@pulumi/pulumi";

/**
 * Base of every component of this project: `lakehouse:<group>:<Class>`, parented, with its outputs registered.
 * Children are made with `{ parent: this }` and nothing else, and their names begin with the component's.
 */
export abstract class Component extends pulumi.ComponentResource {
  constructor(type: `${string}:${string}`, name: string, opts: { parent: pulumi.Resource }) {
    super(`lakehouse:${type}`, name, {}, { parent: opts.parent });
  }
}
