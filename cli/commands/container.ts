/** Commands that hand the terminal to a container. */
import { outputs, serviceNamed } from "../outputs.ts";
import { run } from "../process.ts";

const TERMINAL = { stdout: "inherit", stderr: "inherit" } as const;

/** Prints what a service prints. */
export async function logs(
  stack: string,
  service: string,
  { follow, tail }: { readonly follow: boolean; readonly tail: string },
): Promise<number> {
  const { container } = serviceNamed(await outputs(stack), service);
  const args = ["logs", "--tail", tail, ...(follow ? ["--follow"] : []), container];
  return (await run("docker", args, TERMINAL)).code;
}

/** Opens Trino's command line, or runs what it is given. */
export async function sql(
  stack: string,
  statement: string | undefined,
  more: readonly string[],
): Promise<number> {
  const { container } = serviceNamed(await outputs(stack), "trino");
  const interactive = statement === undefined && process.stdin.isTTY;
  const args = [
    "exec",
    interactive ? "-it" : "-i",
    container,
    "trino",
    "--catalog",
    "iceberg",
    ...(statement === undefined ? [] : ["--execute", statement]),
    ...more,
  ];
  return (await run("docker", args, TERMINAL)).code;
}
