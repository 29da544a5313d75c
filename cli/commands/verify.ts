import { existsSync } from "node:fs";
import { join } from "node:path";

import { Fault } from "../fault.ts";
import { outputs } from "../outputs.ts";
import { ROOT, run } from "../process.ts";

/** Hands over to the checks that feed known data through the stack. Returns their exit code. */
export async function verify(stack: string, more: readonly string[]): Promise<number> {
  const { connections } = await outputs(stack);
  const main = join(ROOT, "workloads/verify/src/main.ts");
  if (!existsSync(main)) throw new Fault("workloads/verify is missing in this checkout");
  const { code } = await run(process.execPath, [main, ...more], {
    stdout: "inherit",
    stderr: "inherit",
    env: { LAKEHOUSE_CONNECTIONS: JSON.stringify(connections), LAKEHOUSE_STACK: stack },
  });
  return code;
}
