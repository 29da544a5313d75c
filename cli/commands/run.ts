/** Runs a job of a pipeline where it belongs: in the Spark driver, or in a service's container. */
import { z } from "zod";

import { Fault, messageOf } from "../fault.ts";
import { json } from "../http.ts";
import { outputs, serviceNamed, type Job, type Outputs } from "../outputs.ts";
import { run as runProcess } from "../process.ts";
import { table } from "../table.ts";

const POLL_MS = 300;

const Accepted = z.looseObject({ id: z.string() });
const Run = z.looseObject({
  state: z.enum(["queued", "running", "succeeded", "failed"]),
  error: z.string().nullish(),
  seconds: z.number().nullish(),
  detail: z.unknown(),
});
const Catalogue = z.looseObject({
  jobs: z.array(
    z.looseObject({ job: z.string(), parameters: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

/** Runs a job, or lists all when there is no name. Returns the exit code. */
export async function run(
  stack: string,
  name: string | undefined,
  parameters: readonly string[],
): Promise<number> {
  const all = await outputs(stack);
  if (name === undefined) {
    await list(all);
    return 0;
  }
  const job = all.jobs[name];
  if (job === undefined) {
    throw new Fault(`there is no job "${name}" in ${all.stack}`, [
      `jobs: ${Object.keys(all.jobs).join(", ") || "none: switch a pipeline on (lakehouse:pipelines)"}`,
    ]);
  }
  const values = parse(parameters);
  switch (job.via) {
    case "spark":
      return bySpark(all, job.job, values);
    case "container":
      return inContainer(all, job, values);
  }
}

/**
 * `["rate=5"]` → `{ rate: "5" }`.
 * @throws Fault for anything that is not KEY=VALUE.
 */
export function parse(parameters: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    parameters.map((parameter) => {
      const at = parameter.indexOf("=");
      if (at < 1) throw new Fault(`"${parameter}" is no parameter`, ["parameters are written KEY=VALUE"], 2);
      return [parameter.slice(0, at), parameter.slice(at + 1)];
    }),
  );
}

async function list(all: Outputs): Promise<void> {
  const parameters = await sparkParameters(all);
  const rows = Object.entries(all.jobs).map(([name, job]) => [
    name,
    job.via === "spark" ? "spark" : job.service,
    job.title ?? "",
    job.via === "spark" ? (parameters[job.job] ?? []).join(", ") : "help=true lists them",
  ]);
  console.log(
    rows.length === 0 ? "this stack has no jobs" : table(["job", "runs in", "what", "parameters"], rows),
  );
}

/** What the driver says its jobs take; a driver that is down must not hide the list. */
async function sparkParameters({ connections: { spark } }: Outputs): Promise<Record<string, string[]>> {
  if (spark === undefined) return {};
  try {
    const { jobs } = await json(`${spark.url}/jobs`, Catalogue, { token: spark.token });
    return Object.fromEntries(jobs.map(({ job, parameters }) => [job, Object.keys(parameters)]));
  } catch {
    return {};
  }
}

/** Numbers, lists and truth values as such (`keep=5`, `tables=["silver.users"]`); everything else is text. */
export function typed(values: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, text]) => {
      try {
        return [key, JSON.parse(text) as unknown];
      } catch {
        return [key, text];
      }
    }),
  );
}

async function bySpark(all: Outputs, job: string, values: Readonly<Record<string, string>>): Promise<number> {
  const { spark } = all.connections;
  if (spark === undefined) throw new Fault(`${job} needs the Spark driver, which this stack does not have`);
  const { url, token } = spark;
  try {
    const { id } = await json(`${url}/jobs/${job}`, Accepted, { method: "POST", token, body: typed(values) });
    const progress = new Progress(job);
    for (;;) {
      const now = await json(`${url}/jobs/${id}`, Run, { token });
      progress.show(now.state);
      if (now.state === "succeeded" || now.state === "failed") {
        progress.end();
        if (now.state === "failed") throw new Error(now.error ?? "it gives no reason");
        console.log(`${job} succeeded in ${(now.seconds ?? 0).toFixed(1)} s`);
        if (now.detail !== null && now.detail !== undefined) console.log(JSON.stringify(now.detail, null, 2));
        return 0;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } catch (error) {
    throw new Fault(`${job} failed: ${messageOf(error)}`, ["./lakehouse logs spark shows more"]);
  }
}

/** The state of a run: one line that is written over on a terminal, else a line for each new state. */
class Progress {
  readonly #title: string;
  readonly #start = Date.now();
  #last = "";

  constructor(title: string) {
    this.#title = title;
  }

  show(state: string): void {
    const line = `${this.#title} ${state}`;
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[K${line} ${((Date.now() - this.#start) / 1000).toFixed(0)}s`);
    else if (line !== this.#last) process.stderr.write(`${line}\n`);
    this.#last = line;
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }
}

async function inContainer(
  all: Outputs,
  job: Extract<Job, { via: "container" }>,
  values: Readonly<Record<string, string>>,
): Promise<number> {
  const { container } = serviceNamed(all, job.service);
  const options = Object.entries(values).map(([key, value]) =>
    value === "true" ? `--${key}` : `--${key}=${value}`,
  );
  const { code } = await runProcess("docker", ["exec", container, ...job.command, ...options], {
    stdout: "inherit",
    stderr: "inherit",
  });
  return code;
}
