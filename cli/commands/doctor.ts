import { engine } from "../../platform/docker/engine.ts";
import { examine, type Check } from "../doctor.ts";
import { Fault } from "../fault.ts";
import { table } from "../table.ts";

/** Prints the state of the machine. @throws Fault with one line for each thing that is wrong. */
export async function doctor(stack: string): Promise<void> {
  const checks = await examine(engine(), stack);
  console.log(report(checks));
  requireSound(checks);
}

/** Says nothing when all is well. @throws Fault with the table otherwise. */
export async function preflight(stack: string): Promise<void> {
  const checks = await examine(engine(), stack);
  if (checks.some(({ fault }) => fault !== undefined)) console.error(report(checks));
  requireSound(checks);
}

function report(checks: readonly Check[]): string {
  return table(
    ["check", "found", "needed", ""],
    checks.map(({ name, found, needed, fault }) => [
      name,
      found,
      needed,
      fault === undefined ? "ok" : "FAULT",
    ]),
  );
}

function requireSound(checks: readonly Check[]): void {
  const faults = checks.flatMap(({ fault }) => (fault === undefined ? [] : [`- ${fault}`]));
  if (faults.length > 0) throw new Fault("this machine is not ready:", faults);
}
