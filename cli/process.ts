/** Child processes of the command line: passed through to the terminal, or captured. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

/** The checkout. */
export const ROOT = fileURLToPath(new URL("../", import.meta.url)).replace(/\/$/, "");

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** `inherit`: straight to the terminal; `tee`: to the terminal and kept; `capture`: only kept. */
  readonly stdout?: "inherit" | "tee" | "capture";
  readonly stderr?: "inherit" | "tee" | "capture";
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command in the checkout and waits for its end; a ^C is the child's to handle. */
export async function run(
  command: string,
  args: readonly string[],
  { stdout = "capture", stderr = "capture", env = {} }: RunOptions = {},
): Promise<Finished> {
  const interruptible = () => undefined;
  process.on("SIGINT", interruptible);
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: ROOT,
        env: { ...process.env, ...env },
        stdio: [
          "inherit",
          stdout === "inherit" ? "inherit" : "pipe",
          stderr === "inherit" ? "inherit" : "pipe",
        ],
      });
      const kept = { stdout: "", stderr: "" };
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        kept.stdout += text;
        if (stdout === "tee") process.stdout.write(text);
      });
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        kept.stderr += text;
        if (stderr === "tee") process.stderr.write(text);
      });
      child.on("error", reject);
      child.on("close", (code) => {
        resolve({
          code: code ?? 130,
          stdout: stripVTControlCharacters(kept.stdout),
          stderr: stripVTControlCharacters(kept.stderr),
        });
      });
    });
  } finally {
    process.off("SIGINT", interruptible);
  }
}
