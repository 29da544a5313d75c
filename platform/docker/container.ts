import * as pulumi from "@pulumi/pulumi";

import { Secret, type EnvValue } from "../secret.ts";

/** Environment as `KEY=value`, sorted so that the order of writing never shows as a change. */
export function environment(env: Readonly<Record<string, EnvValue>> = {}): pulumi.Output<string>[] {
  return Object.entries(env)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => pulumi.interpolate`${key}=${plain(value)}`);
}

/** The Output behind a plain or secret value. */
export function plain(value: EnvValue): pulumi.Input<string> {
  return value instanceof Secret ? value.value : value;
}

/** By which everything of a stack is found on the engine, also when its state is lost. */
export function labels(
  site: string,
  module: string,
): { "lakehouse.stack": string; "lakehouse.module": string } {
  return { "lakehouse.stack": site, "lakehouse.module": module };
}
