/** `up`, `preview` and `destroy`: Pulumi's commands with what a person would have to do around them. */
import { engine } from "../../platform/docker/engine.ts";
import { belongings, listed, removeBelongings, repair, requireEngine } from "../containers.ts";
import { Fault } from "../fault.ts";
import { outputs } from "../outputs.ts";
import {
  ensureStack,
  leftoversCommand,
  pulumi,
  pulumiHints,
  requireStackFile,
  stackExists,
  stackLabel,
} from "../project.ts";
import { preflight } from "./doctor.ts";
import { urlTable } from "./urls.ts";

/** Few services start at a time, as their start is what a small machine is busy with. */
const PARALLEL = "3";

/** Repairs and updates the stack, then says where everything is. */
export async function up(stack: string, more: readonly string[]): Promise<void> {
  requireStackFile(stack);
  await preflight(stack);
  await requireNoLeftovers(stack);
  await ensureStack(stack);
  await repair(engine(), stack, (line) => {
    console.log(`repair: ${line}`);
  });
  await through(stack, [
    "up",
    "--yes",
    "--skip-preview",
    "--suppress-outputs",
    "--parallel",
    PARALLEL,
    ...more,
  ]);
  console.log(`\n${urlTable(await outputs(stack))}\n`);
  console.log("next: ./lakehouse verify · ./lakehouse status · ./lakehouse credentials · ./lakehouse run");
}

/** Shows what `up` would do. */
export async function preview(stack: string, more: readonly string[]): Promise<void> {
  requireStackFile(stack);
  await ensureStack(stack);
  await through(stack, ["preview", "--suppress-outputs", ...more]);
}

/** Removes the stack and looks whether anything of it is left. */
export async function destroy(stack: string, more: readonly string[], leftovers: boolean): Promise<void> {
  const docker = engine();
  await requireEngine(docker);
  const known = await stackExists(stack);
  if (known && !leftovers)
    await through(stack, ["destroy", "--yes", "--skip-preview", "--suppress-outputs", ...more]);
  if (leftovers) {
    await removeBelongings(docker, stack, (line) => {
      console.log(line);
    });
    // The state would go on naming what is gone now.
    if (known) await through(stack, ["stack", "rm", "--force", "--yes", "--preserve-config"]);
  }
  const left = listed(await belongings(docker, stack));
  if (left.length > 0) {
    throw new Fault(
      known
        ? `destroyed, but this is left of ${stackLabel(stack)}:`
        : `there is no state of the stack "${stack}", but this of it is on the engine:`,
      [...left, "to remove it, its data too:", leftoversCommand(stack)],
    );
  }
  console.log(`nothing of ${stackLabel(stack)} is left: no container, no network, no volume`);
}

/** What a lost state has left would only collide, one name after the other. */
async function requireNoLeftovers(stack: string): Promise<void> {
  const left = listed(await belongings(engine(), stack));
  if (left.length === 0 || (await stackExists(stack))) return;
  throw new Fault(`there is no state of the stack "${stack}", but this of it is on the engine:`, [
    ...left,
    "use the backend that has the state (PULUMI_BACKEND_URL), or remove all this, its data too:",
    leftoversCommand(stack),
  ]);
}

/** Runs Pulumi on the terminal. @throws Fault with what to do about a known error. */
async function through(stack: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await pulumi(stack, args, {
    // Only a terminal gets Pulumi's live tree; its messages are then read from stderr alone.
    stdout: process.stdout.isTTY ? "inherit" : "tee",
    stderr: "tee",
  });
  if (code !== 0)
    throw new Fault(`pulumi ${args[0] ?? ""} failed`, pulumiHints(stack, stdout + stderr), code);
}
