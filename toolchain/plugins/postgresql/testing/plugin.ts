/** The plugin as the engine sees it: a process with a gRPC service. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import type { Failure } from "../fields.ts";
import type { Bag } from "../values.ts";
import { receive, send } from "../values.ts";

const NONE: ReadonlySet<string> = new Set();

/** A live resource as the engine's state keeps it. */
export interface State {
  readonly id: string;
  readonly outputs: Bag;
  readonly secrets: ReadonlySet<string>;
}

/** What an update would change. */
export interface Difference {
  readonly keys: readonly string[];
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

type Unary<Request, Response> = (
  request: Request,
  callback: (error: grpc.ServiceError | null, response: Response) => void,
) => unknown;

/** A plugin process. */
export class Plugin {
  readonly #client: ResourceProviderClient;
  readonly #kill: () => void;

  private constructor(client: ResourceProviderClient, kill: () => void) {
    this.#client = client;
    this.#kill = kill;
  }

  /** Starts the launcher, as the engine does, and configures the provider when a configuration is given. */
  static async start(config?: Bag, env: Readonly<Record<string, string>> = {}): Promise<Plugin> {
    const launcher = new URL("../pulumi-resource-postgresql", import.meta.url).pathname;
    const child = spawn(launcher, ["127.0.0.1:1"], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    const port = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("error", reject);
      child.once("exit", (code) => {
        reject(new Error(`the plugin ended with ${String(code)} before it said its port`));
      });
    });
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const plugin = new Plugin(client, () => {
      client.close();
      child.kill();
    });
    if (config) await plugin.configure(config);
    return plugin;
  }

  stop(): void {
    this.#kill();
  }

  async configure(config: Bag): Promise<void> {
    const request = new pb.ConfigureRequest().setArgs(send(config, NONE)).setAcceptsecrets(true);
    await this.#call((callback) => this.#client.configure(request, callback));
  }

  async checkConfig(config: Bag): Promise<readonly Failure[]> {
    const request = new pb.CheckRequest().setNews(send(config, NONE));
    return failuresOf(await this.#call((callback) => this.#client.checkConfig(request, callback)));
  }

  async check(
    token: string,
    inputs: Bag,
    olds: Bag = {},
  ): Promise<{ inputs: Bag; secrets: ReadonlySet<string>; failures: readonly Failure[] }> {
    const request = new pb.CheckRequest()
      .setUrn(urn(token))
      .setNews(send(inputs, NONE))
      .setOlds(send(olds, NONE));
    const response = await this.#call<messages.CheckResponse>((callback) =>
      this.#client.check(request, callback),
    );
    const { values, secrets } = receive(response.getInputs());
    return { inputs: values, secrets, failures: failuresOf(response) };
  }

  async diff(token: string, state: State, inputs: Bag): Promise<Difference> {
    const request = new pb.DiffRequest()
      .setUrn(urn(token))
      .setId(state.id)
      .setOlds(send(state.outputs, state.secrets))
      .setNews(send(inputs, NONE));
    const response = await this.#call<messages.DiffResponse>((callback) =>
      this.#client.diff(request, callback),
    );
    return {
      keys: response.getDiffsList(),
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
    };
  }

  async create(token: string, inputs: Bag, secrets = NONE): Promise<State> {
    const request = new pb.CreateRequest().setUrn(urn(token)).setProperties(send(inputs, secrets));
    const response = await this.#call<messages.CreateResponse>((callback) =>
      this.#client.create(request, callback),
    );
    return { id: response.getId(), ...stateOf(response) };
  }

  /** What a preview says about a resource that does not exist yet. */
  async previewCreate(token: string, inputs: Bag): Promise<Bag> {
    const request = new pb.CreateRequest()
      .setUrn(urn(token))
      .setProperties(send(inputs, NONE))
      .setPreview(true);
    const response = await this.#call<messages.CreateResponse>((callback) =>
      this.#client.create(request, callback),
    );
    return receive(response.getProperties()).values;
  }

  async read(
    token: string,
    state: { readonly id: string; readonly outputs?: Bag; readonly secrets?: ReadonlySet<string> },
    inputs: Bag = {},
  ): Promise<(State & { readonly inputs: Bag }) | undefined> {
    const request = new pb.ReadRequest()
      .setUrn(urn(token))
      .setId(state.id)
      .setProperties(send(state.outputs ?? {}, state.secrets ?? NONE))
      .setInputs(send(inputs, NONE));
    const response = await this.#call<messages.ReadResponse>((callback) =>
      this.#client.read(request, callback),
    );
    if (response.getId() === "") return undefined;
    return { id: response.getId(), ...stateOf(response), inputs: receive(response.getInputs()).values };
  }

  async update(token: string, state: State, inputs: Bag): Promise<State> {
    const request = new pb.UpdateRequest()
      .setUrn(urn(token))
      .setId(state.id)
      .setOlds(send(state.outputs, state.secrets))
      .setNews(send(inputs, NONE));
    const response = await this.#call<messages.UpdateResponse>((callback) =>
      this.#client.update(request, callback),
    );
    return { id: state.id, ...stateOf(response) };
  }

  async delete(token: string, state: State): Promise<void> {
    const request = new pb.DeleteRequest()
      .setUrn(urn(token))
      .setId(state.id)
      .setProperties(send(state.outputs, state.secrets));
    await this.#call((callback) => this.#client.delete(request, callback));
  }

  #call<Response>(invoke: (callback: Parameters<Unary<never, Response>>[1]) => unknown): Promise<Response> {
    return new Promise((resolve, reject) => {
      invoke((error, response) => {
        if (error) reject(new Error(error.details));
        else resolve(response);
      });
    });
  }
}

const urn = (token: string): string => `urn:pulumi:test::test::${token}::thing`;

function stateOf(response: {
  getProperties(): ReturnType<messages.CreateResponse["getProperties"]>;
}): Omit<State, "id"> {
  const { values, secrets } = receive(response.getProperties());
  return { outputs: values, secrets };
}

function failuresOf(response: messages.CheckResponse): Failure[] {
  return response
    .getFailuresList()
    .map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
}
