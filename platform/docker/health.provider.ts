import { condition, engine, untilHealthy } from "./engine.ts";

/** Inputs of the health gate. */
export interface HealthInputs {
  /** The container's name. */
  readonly container: string;
  /** Its id: another id is another container, which must become healthy again. */
  readonly containerId: string;
  /** The service's name, for messages. */
  readonly service: string;
  /** The name on the network: passed through, so that using it is depending on readiness. */
  readonly host: string;
  /** Seconds. */
  readonly within: number;
}

/** How long a look at the engine may take during a preview; past it the preview goes on without an answer. */
const PROBE_MS = 2000;

/** Waits until the container is ready. */
export async function create(inputs: HealthInputs): Promise<{ id: string; outs: HealthInputs }> {
  await untilHealthy(engine(), inputs.container, { name: inputs.service, within: inputs.within });
  return { id: inputs.container, outs: inputs };
}

/**
 * Reports a change for another container and for one that is not healthy now, so that a crashed service fails every
 * update until it is mended, while the update of a healthy stack stays empty.
 */
export async function diff(
  _id: string,
  olds: HealthInputs,
  news: HealthInputs,
): Promise<{ changes: boolean }> {
  const same =
    olds.containerId === news.containerId && olds.container === news.container && olds.host === news.host;
  return { changes: !same || !(await isHealthy(news.container)) };
}

/** As {@link create}, for a container that was replaced or found unhealthy. */
export async function update(
  _id: string,
  _olds: HealthInputs,
  news: HealthInputs,
): Promise<{ outs: HealthInputs }> {
  return { outs: (await create(news)).outs };
}

async function isHealthy(container: string): Promise<boolean> {
  const unanswered = new Promise<boolean>((resolve) => setTimeout(resolve, PROBE_MS, true).unref());
  // A preview must work on a machine without an engine: an unreachable one is reported by the resources that need it.
  const answer = condition(engine(), container).then(
    ({ state }) => state === "healthy",
    () => true,
  );
  return Promise.race([answer, unanswered]);
}
