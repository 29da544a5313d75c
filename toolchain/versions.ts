import { readFileSync } from "node:fs";

const LINES = readFileSync(new URL("versions.sh", import.meta.url), "utf8").split("\n");

/** A value from versions.sh, which the shell reads too. */
export function version(name: string): string {
  const line = LINES.find((text) => text.startsWith(`${name}=`));
  if (line === undefined) throw new Error(`toolchain/versions.sh names no ${name}`);
  return line.slice(name.length + 1);
}
