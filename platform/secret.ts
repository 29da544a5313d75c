import * as pulumi from "@pulumi/pulumi";

import { ModuleProvider } from "./dynamic.ts";

/**
 * A value that must not be shown. It cannot be printed, concatenated or serialised by accident: whoever needs the
 * text asks for {@link Secret.value} and gets an Output that Pulumi encrypts in state.
 */
export class Secret {
  readonly #value: pulumi.Output<string>;

  constructor(value: pulumi.Input<string>) {
    this.#value = pulumi.secret(value);
  }

  /** The text, as a secret Output. */
  get value(): pulumi.Output<string> {
    return this.#value;
  }

  toString(): never {
    throw new TypeError(
      "a Secret cannot be made text: pass it on as a Secret, or use .value where a secret Output is taken",
    );
  }

  toJSON(): never {
    return this.toString();
  }
}

/** What an environment variable of a workload may hold. */
export type EnvValue = pulumi.Input<string> | Secret;

const SECRET_NAME = /PASSWORD|SECRET|TOKEN/i;

/** @throws TypeError for a variable that is named like a secret and is none: it would stand in plain state. */
export function refusePlainSecrets(workload: string, env: Readonly<Record<string, EnvValue>> = {}): void {
  const plain = Object.entries(env).filter(
    ([name, value]) => SECRET_NAME.test(name) && !(value instanceof Secret),
  );
  if (plain.length > 0) {
    throw new TypeError(
      `${workload}: ${plain.map(([name]) => name).join(", ")} must be a Secret, not plain text`,
    );
  }
}

/** One for all, so that Pulumi serialises it once. */
const provider = new ModuleProvider("platform/password.provider.ts");

class Password extends pulumi.dynamic.Resource {
  declare readonly value: pulumi.Output<string>;

  constructor(name: string, length: number, opts: pulumi.CustomResourceOptions) {
    super(
      provider,
      name,
      { length, value: undefined },
      { ...opts, additionalSecretOutputs: ["value"] },
      "lakehouse",
      "Password",
    );
  }
}

/**
 * A password made once and kept in the stack's (encrypted) state: 32 letters and digits from the operating system's
 * generator (190 bits), safe in URLs, shell words and property files. Changing it means replacing the resource
 * (`pulumi up --replace`), which changes the role or user that has it and restarts who uses it.
 */
export function generatedPassword(name: string, opts: { parent: pulumi.Resource }): Secret {
  return new Secret(new Password(name, 32, opts).value);
}
