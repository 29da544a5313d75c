import { existsSync } from "node:fs";
import { join } from "node:path";

import { Fault } from "../fault.ts";
import { outputs } from "../outputs.ts";
import { ROOT, run } from "../process.ts";

/**
 * Hands over to the checks that feed known data through the stack, for the pipelines that lead the
 * arguments or all that the stack has. Returns the first exit code that is not 0.
 */
export async function verify(stack: string, args: readonly string[]): Promise<number> {
  const { connections, jobs } = await outputs(stack);
  const main = join(ROOT, "workloads/verify/src/main.ts");
  if (!existsSync(main)) throw new Fault("workloads/verify is missing in this checkout");
  const running = new Set(Object.keys(jobs).map((job) => job.split(":")[0] ?? job));
  const { named, options } = split(args);
  const strangers = named.filter((name) => !running.has(name));
  if (strangers.length > 0 || running.size === 0) {
    throw new Fault(`the stack "${stack}" runs no pipeline ${strangers.join(", ")}`.trim(), [
      `it runs: ${[...running].join(", ") || "none: switch one on (lakehouse:pipelines)"}`,
    ]);
  }
  let worst = 0;
  for (const pipeline of named.length > 0 ? named : running) {
    const { code } = await run(process.execPath, [main, pipeline, ...options], {
      stdout: "inherit",
      stderr: "inherit",
      env: { LAKEHOUSE_CONNECTIONS: JSON.stringify(connections), LAKEHOUSE_STACK: stack },
    });
    if (worst === 0) worst = code;
  }
  return worst;
}

/** `["shop", "--seed", "7"]` → the pipelines before the first option, and the options. */
export function split(args: readonly string[]): { named: readonly string[]; options: readonly string[] } {
  const at = args.findIndex((arg) => arg.startsWith("-"));
  return at < 0 ? { named: args, options: [] } : { named: args.slice(0, at), options: args.slice(at) };
}
