import { createHash } from "node:crypto";

import { engine, runOnce, type OneShot } from "./engine.ts";

/** A hash over everything that the task is made of, so that state keeps no second copy of its secrets. */
export function fingerprint(task: OneShot): string {
  const sorted = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const { name, image, entrypoint, command, network } = task;
  const parts = [name, image, entrypoint, command, network, sorted(task.env), sorted(task.files)];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Runs the task. */
export async function create(inputs: OneShot): Promise<{ id: string; outs: { fingerprint: string } }> {
  await runOnce(engine(), inputs);
  return { id: inputs.name, outs: { fingerprint: fingerprint(inputs) } };
}

/** A task runs again when anything in it has changed; limits alone are no reason. */
export function diff(_id: string, olds: { fingerprint: string }, news: OneShot): { changes: boolean } {
  return { changes: olds.fingerprint !== fingerprint(news) };
}

/** Runs the task again. */
export async function update(_id: string, _olds: unknown, news: OneShot): Promise<{ outs: object }> {
  return { outs: (await create(news)).outs };
}
