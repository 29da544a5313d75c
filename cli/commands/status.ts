import type Docker from "dockerode";

import { condition, engine } from "../../platform/docker/engine.ts";
import { requireEngine } from "../containers.ts";
import { workingSet } from "../doctor.ts";
import { outputs, type Service } from "../outputs.ts";
import { moving } from "../pipelines.ts";
import { table } from "../table.ts";

interface Row {
  readonly cells: readonly string[];
  readonly usedMiB: number;
  readonly alarm?: readonly string[];
}

/** Prints services, streams and alarms. Returns whether all is well. */
export async function status(stack: string): Promise<boolean> {
  const all = await outputs(stack);
  const docker = engine();
  await requireEngine(docker);
  const [services, streams] = await Promise.all([
    Promise.all(Object.entries(all.services).map(([name, service]) => row(docker, name, service))),
    moving(all.connections),
  ]);
  const sum = services.reduce((total, { usedMiB }) => total + usedMiB, 0);
  const limits = Object.values(all.services).reduce((total, { memoryMiB }) => total + (memoryMiB ?? 0), 0);
  console.log(
    table(
      ["service", "state", "health", "restarts", "used MiB", "limit MiB", "what"],
      [...services.map(({ cells }) => cells), ["sum", "", "", "", sum.toFixed(0), limits.toFixed(0), ""]],
      [3, 4, 5],
    ),
  );
  if (streams.length > 0) {
    console.log(
      `\n${table(
        ["data in motion", "state", "detail"],
        streams.map(({ what, state, detail }) => [what, state, detail]),
      )}`,
    );
  }
  const alarms = [...services, ...streams].flatMap(({ alarm }) => (alarm === undefined ? [] : [alarm]));
  for (const [first = "", ...rest] of alarms) {
    console.log(`\nALARM ${first}${rest.map((line) => `\n      ${line}`).join("")}`);
  }
  return alarms.length === 0;
}

async function row(docker: Docker, name: string, { container, title, memoryMiB }: Service): Promise<Row> {
  const limit = memoryMiB === undefined ? "" : memoryMiB.toFixed(0);
  const now = await condition(docker, container);
  if (now.state === "absent") {
    return {
      cells: [name, "missing", "-", "", "", limit, title],
      usedMiB: 0,
      alarm: [`${name} has no container: ./lakehouse up --refresh makes it again`],
    };
  }
  const { State: state, RestartCount: restarts } = await docker.getContainer(container).inspect();
  const usedMiB = state.Running ? (await workingSet(docker, container)) / 2 ** 20 : 0;
  const cells = [
    name,
    state.Status,
    state.Health?.Status ?? "-",
    String(restarts),
    usedMiB.toFixed(0),
    limit,
    title,
  ];
  switch (now.state) {
    case "healthy":
      return { cells, usedMiB };
    case "stopped":
      return {
        cells,
        usedMiB,
        alarm: [`${name} is not running (${now.detail}): ./lakehouse up starts it again`],
      };
    case "unhealthy":
    case "starting":
      // Without a health check there is nothing to wait for.
      if (state.Health === undefined) return { cells, usedMiB };
      return { cells, usedMiB, alarm: [`${name} is ${now.detail}`, `./lakehouse logs ${name} shows why`] };
  }
}
