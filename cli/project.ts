/** The Pulumi project that this checkout is. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Fault } from "./fault.ts";
import { ROOT, run, type Finished, type RunOptions } from "./process.ts";

/** As in Pulumi.yaml; containers, networks and volumes carry it in their names. */
export const PROJECT = "lakehouse";

/** `lakehouse-dev`: the prefix of names and the value of the label `lakehouse.stack`. */
export function stackLabel(stack: string): string {
  return `${PROJECT}-${stack}`;
}

/** The file with the stack's settings. */
export function stackFile(stack: string): string {
  return join(ROOT, `Pulumi.${stack}.yaml`);
}

/** @throws Fault when the checkout has no settings for this stack. */
export function requireStackFile(stack: string): void {
  if (existsSync(stackFile(stack))) return;
  throw new Fault(`there is no stack "${stack}": Pulumi.${stack}.yaml is missing`, [
    "copy Pulumi.dev.yaml to that name and edit it, or choose another --stack",
  ]);
}

/** Runs the Pulumi CLI on this project; the stack's file stays as it is in the checkout. */
export async function pulumi(
  stack: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<Finished> {
  const file = stackFile(stack);
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  try {
    return await run("pulumi", [...args, "--stack", stack], options);
  } finally {
    if (before !== undefined) keepSettings(file, before);
  }
}

/**
 * Pulumi notes a salt for secret settings in the stack's file. The state has one of its own, so while the
 * file holds no secrets the note only dirties the checkout.
 */
function keepSettings(file: string, before: string): void {
  const now = existsSync(file) ? readFileSync(file, "utf8") : before;
  if (now !== before && !before.includes("encryptionsalt:") && !now.includes("secure:"))
    writeFileSync(file, before);
}

/** Whether the backend knows the stack. */
export async function stackExists(stack: string): Promise<boolean> {
  const { code, stdout, stderr } = await run("pulumi", [
    "--non-interactive",
    "stack",
    "ls",
    "--json",
    "--project",
    PROJECT,
  ]);
  if (code !== 0)
    throw new Fault(`Pulumi's backend does not answer:\n${stderr.trim()}`, [
      "pulumi whoami --verbose shows which backend is used",
    ]);
  const known = JSON.parse(stdout) as { name: string }[];
  return known.some(({ name }) => name.split("/").at(-1) === stack);
}

/** Makes the stack when the backend does not know it yet. */
export async function ensureStack(stack: string): Promise<void> {
  if (await stackExists(stack)) return;
  const { code, stderr } = await pulumi(stack, ["stack", "init", "--no-select"], { stdout: "capture" });
  if (code !== 0) throw new Fault(`the stack "${stack}" cannot be made:\n${stderr.trim()}`);
}

/** Removes a stack by the names on the engine, whatever the state says. */
export function leftoversCommand(stack: string): string {
  return `./lakehouse destroy --leftovers --stack ${stack}`;
}

/** What to do about errors of Pulumi's that have one usual cause. */
export function pulumiHints(stack: string, stderr: string): string[] {
  const plain = (command: string) => `eval "$(./lakehouse env)" && ${command} --stack ${stack}`;
  if (/currently locked by/.test(stderr)) {
    return [
      "another update is running, or one was killed. If none runs, remove its lock:",
      plain("pulumi cancel --yes"),
    ];
  }
  if (/incorrect passphrase/.test(stderr)) {
    return [
      "the state was made with another passphrase: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to it,",
      `or remove what runs and start anew: ${leftoversCommand(stack)}`,
    ];
  }
  if (
    /is already in use by container|network with name .* already exists|volume name .* already/i.test(stderr)
  ) {
    return [
      "something of an earlier stack is left whose state is gone. Remove it (its data too):",
      leftoversCommand(stack),
    ];
  }
  if (/pending operations|snapshot integrity/i.test(stderr)) {
    return [
      "an earlier update was interrupted. Compare the state with what runs:",
      plain("pulumi refresh --yes --clear-pending-creates"),
    ];
  }
  return [];
}
