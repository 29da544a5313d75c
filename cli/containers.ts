/** What the engine holds of a stack: found by label, or by name where something cannot carry one. */
import type Docker from "dockerode";

import { condition, untilHealthy } from "../platform/docker/engine.ts";
import { Fault, messageOf } from "./fault.ts";
import { stackLabel } from "./project.ts";

/** @throws Fault with what to do when the engine does not answer. */
export async function requireEngine(docker: Docker): Promise<void> {
  try {
    await docker.ping();
  } catch (error) {
    throw new Fault(`the Docker engine does not answer: ${messageOf(error)}`, [
      "./lakehouse setup starts it on Debian and Ubuntu; elsewhere start Docker yourself",
    ]);
  }
}

/** Names of everything that a stack has on the engine. */
export interface Belongings {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/** Finds everything of a stack, whatever state it is in. */
export async function belongings(docker: Docker, stack: string): Promise<Belongings> {
  const label = stackLabel(stack);
  // A label is certain; a name alone may belong to a stack whose name starts alike.
  const ours = (name: string, labels: Readonly<Record<string, string>> | null | undefined) => {
    const labelled = labels?.["lakehouse.stack"];
    return labelled === undefined ? name === label || name.startsWith(`${label}-`) : labelled === label;
  };
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ]);
  return {
    containers: containers
      .map(({ Names: names, Labels: labels, Id: id }) => ({ name: names[0]?.slice(1) ?? id, labels }))
      .filter(({ name, labels }) => ours(name, labels))
      .map(({ name }) => name)
      .sort(),
    networks: networks
      .filter(({ Name: name, Labels: labels }) => ours(name, labels))
      .map(({ Name: name }) => name)
      .sort(),
    volumes: volumes.Volumes.filter(({ Name: name, Labels: labels }) => ours(name, labels))
      .map(({ Name: name }) => name)
      .sort(),
  };
}

/** One line for each thing of a stack. */
export function listed({ containers, networks, volumes }: Belongings): string[] {
  return [
    ...containers.map((name) => `container ${name}`),
    ...networks.map((name) => `network ${name}`),
    ...volumes.map((name) => `volume ${name}`),
  ];
}

/** Removes everything of a stack by its names, data included: for what no state knows any more. */
export async function removeBelongings(
  docker: Docker,
  stack: string,
  report: (line: string) => void,
): Promise<void> {
  const { containers, networks, volumes } = await belongings(docker, stack);
  await Promise.all(
    containers.map(async (name) => {
      await docker.getContainer(name).remove({ force: true, v: true });
      report(`removed container ${name}`);
    }),
  );
  for (const name of networks) {
    await docker.getNetwork(name).remove();
    report(`removed network ${name}`);
  }
  for (const name of volumes) {
    await docker.getVolume(name).remove();
    report(`removed volume ${name}`);
  }
}

/**
 * Starts the services of a stack that have stopped and waits until they are ready. It comes before every
 * update, because what lives inside a service (buckets, roles) cannot be compared while it is down.
 */
export async function repair(docker: Docker, stack: string, report: (line: string) => void): Promise<void> {
  const stopped: string[] = [];
  for (const name of (await belongings(docker, stack)).containers) {
    const { State: state, HostConfig: host } = await docker.getContainer(name).inspect();
    // Without a restart policy it is a one-shot task, which the update runs again by itself.
    if (state.Running || host.RestartPolicy?.Name === "no" || host.RestartPolicy?.Name === "") continue;
    report(`${name} has stopped (${(await condition(docker, name)).detail}): starting it`);
    await docker.getContainer(name).start();
    stopped.push(name);
  }
  await Promise.all(
    stopped.map(async (name) => {
      try {
        await untilHealthy(docker, name, { name, within: 180 });
        report(`${name} is ready again`);
      } catch (error) {
        // The update's own gate decides; it may well replace the container.
        report(messageOf(error));
      }
    }),
  );
}
