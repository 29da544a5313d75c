/** The few questions this project asks the Docker engine itself, beside what the Pulumi provider does. */
import Docker from "dockerode";
import { pack, type Pack } from "tar-stream";

/** Honours DOCKER_HOST and friends, as the Pulumi provider does. */
export function engine(): Docker {
  return new Docker();
}

/** What a container is doing. */
export interface Condition {
  readonly state: "healthy" | "starting" | "unhealthy" | "stopped" | "absent";
  /** For people: state, exit code, what the last health check printed. */
  readonly detail: string;
}

/** How long one readiness check may take when it is asked for out of turn. */
const CHECK_MS = 10_000;

/**
 * Looks at a container once. While the engine has not come to its first check yet, the container's own health command
 * is run right away: checks may then be far apart, which spares the CPU, and readiness is still seen at once.
 */
export async function condition(docker: Docker, container: string): Promise<Condition> {
  try {
    const { State: state, Config: config } = await docker.getContainer(container).inspect();
    if (!state.Running || state.Restarting) {
      const reason = state.OOMKilled ? "out of memory" : state.Error;
      const detail = `${state.Status}, exit code ${String(state.ExitCode)}${reason === "" ? "" : `, ${reason}`}`;
      return { state: "stopped", detail };
    }
    const said = state.Health?.Log.at(-1)?.Output.trim() ?? "";
    switch (state.Health?.Status) {
      case "healthy":
        return { state: "healthy", detail: "healthy" };
      case "unhealthy":
        return { state: "unhealthy", detail: `unhealthy: ${said}` };
      default: {
        const [, ...command] = config.Healthcheck?.Test ?? [];
        if (command.length > 0 && (await succeeds(docker, container, command)))
          return { state: "healthy", detail: "healthy" };
        return { state: "starting", detail: said === "" ? "starting" : `starting: ${said}` };
      }
    }
  } catch (error) {
    if (statusCode(error) === 404) return { state: "absent", detail: "no such container" };
    // It ended between the look and the check.
    if (statusCode(error) === 409) return { state: "stopped", detail: "ended while it was looked at" };
    throw error;
  }
}

/** Whether a command run inside the container ends with 0. */
async function succeeds(docker: Docker, container: string, command: string[]): Promise<boolean> {
  const exec = await docker
    .getContainer(container)
    .exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
  const output = await exec.start({});
  await new Promise<void>((resolve) => {
    const late = setTimeout(() => {
      output.destroy();
    }, CHECK_MS);
    output.once("close", () => {
      clearTimeout(late);
      resolve();
    });
    output.resume();
  });
  return (await exec.inspect()).ExitCode === 0;
}

/** The last lines that a container printed, both streams, newest last. */
export async function lastLines(docker: Docker, container: string, count = 30): Promise<string> {
  try {
    const raw = await docker
      .getContainer(container)
      .logs({ stdout: true, stderr: true, tail: count, follow: false });
    return demultiplex(raw);
  } catch (error) {
    return `(no log: ${error instanceof Error ? error.message : String(error)})`;
  }
}

/** How long a container may take, and what to call it in messages. */
export interface Patience {
  readonly name: string;
  readonly within: number;
}

/**
 * Waits until a container is ready.
 * @throws Error with the last log lines as soon as it has ended or is unhealthy, or after `within` seconds.
 */
export async function untilHealthy(
  docker: Docker,
  container: string,
  { name, within }: Patience,
): Promise<void> {
  const deadline = Date.now() + within * 1000;
  let stops = 0;
  for (;;) {
    const now = await condition(docker, container);
    if (now.state === "healthy") return;
    // The restart policy may bring a container back once or twice while what it needs is still coming up.
    if (now.state === "stopped") stops += 1;
    const over = Date.now() > deadline;
    if (now.state === "absent" || now.state === "unhealthy" || stops > 3 || over) {
      const why = over ? `not ready within ${String(within)} s (${now.detail})` : now.detail;
      throw new Error(
        `${name} is not ready: ${why}\nlast lines of ${container}:\n${await lastLines(docker, container)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, now.state === "stopped" ? 2000 : 1000));
  }
}

/** A command to run once in a container of its own. */
export interface OneShot {
  readonly name: string;
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
  /** MiB */
  readonly memory: number;
  readonly cpu: number;
  /** seconds */
  readonly within: number;
}

/**
 * Runs a command to its end and removes its container.
 * @throws Error with the last log lines when the exit code is not 0 or the time is up.
 */
export async function runOnce(docker: Docker, task: OneShot): Promise<void> {
  await remove(docker, task.name);
  const container = await docker.createContainer({
    name: task.name,
    Image: task.image,
    ...(task.entrypoint === undefined ? {} : { Entrypoint: [...task.entrypoint] }),
    ...(task.command === undefined ? {} : { Cmd: [...task.command] }),
    Env: Object.entries(task.env).map(([key, value]) => `${key}=${value}`),
    Labels: { ...task.labels },
    HostConfig: {
      NetworkMode: task.network,
      Memory: task.memory * 2 ** 20,
      MemorySwap: task.memory * 2 ** 20,
      NanoCpus: Math.round(task.cpu * 1e9),
      SecurityOpt: ["no-new-privileges"],
      LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "2" } },
    },
  });
  try {
    if (Object.keys(task.files).length > 0)
      await container.putArchive(archive(task.files) as unknown as NodeJS.ReadableStream, { path: "/" });
    await container.start();
    const exitCode = await exit(docker, container, task.within);
    if (exitCode !== 0) {
      const why =
        exitCode === undefined
          ? `did not end within ${String(task.within)} s`
          : `ended with ${String(exitCode)}`;
      throw new Error(
        `${task.name} ${why}; it runs again on the next update\n${await lastLines(docker, task.name)}`,
      );
    }
  } finally {
    await remove(docker, task.name);
  }
}

async function exit(
  docker: Docker,
  container: Docker.Container,
  within: number,
): Promise<number | undefined> {
  const deadline = Date.now() + within * 1000;
  while (Date.now() < deadline) {
    const { State: state } = await docker.getContainer(container.id).inspect();
    if (!state.Running && state.Status !== "created") return state.ExitCode;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return undefined;
}

async function remove(docker: Docker, name: string): Promise<void> {
  try {
    await docker.getContainer(name).remove({ force: true, v: true });
  } catch (error) {
    if (statusCode(error) !== 404) throw error;
  }
}

function archive(files: Readonly<Record<string, string>>): Pack {
  const tar = pack();
  for (const [path, text] of Object.entries(files))
    tar.entry({ name: path.replace(/^\//, ""), mode: 0o644 }, text);
  tar.finalize();
  return tar;
}

function statusCode(error: unknown): number | undefined {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : undefined;
}

/** Docker frames the log of a container without terminal: 1 byte stream, 3 bytes zero, 4 bytes length, text. */
export function demultiplex(raw: Buffer): string {
  let text = "";
  for (let at = 0; at + 8 <= raw.length;) {
    const length = raw.readUInt32BE(at + 4);
    text += raw.toString("utf8", at + 8, at + 8 + length);
    at += 8 + length;
  }
  return text;
}
