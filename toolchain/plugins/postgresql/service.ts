/**
 * The provider as the gRPC service that the engine calls. It is made from the SDK's generated messages rather
 * than `provider.main`, whose server answers Configure by itself: a provider behind it never learns its
 * configuration, nor whether a call is a preview, nor the inputs on a read.
 */
import grpc from "@grpc/grpc-js";
import type { ServerUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import type * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Failure } from "./fields.ts";
import type { Change, Provider } from "./provider.ts";
import { RESOURCES } from "./provider.ts";
import type { Bag } from "./values.ts";
import { hasUnknown, receive, send } from "./values.ts";

/** Starts to serve and gives the port. */
export async function serve(provider: Provider, version: string): Promise<number> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(ResourceProviderService, implementation(provider, version));
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

function implementation(provider: Provider, version: string): UntypedServiceImplementation {
  return {
    getPluginInfo: handler(() => new plugins.PluginInfo().setVersion(version)),
    attach: handler(() => new empty.Empty()),
    cancel: handler(() => new empty.Empty()),
    getSchema: handler(() =>
      new pb.GetSchemaResponse().setSchema(JSON.stringify({ name: "postgresql", version })),
    ),

    checkConfig: handler((request: messages.CheckRequest) => {
      const news = receive(request.getNews());
      return checked(news.values, news.secrets, provider.checkConfig(news.values));
    }),
    // Another address or password is no other server: resources stay.
    diffConfig: handler((request: messages.DiffRequest) => {
      const olds = JSON.stringify(receive(request.getOlds()).values);
      const news = receive(request.getNews()).values;
      const same = !Object.values(news).some(hasUnknown) && JSON.stringify(news) === olds;
      const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
      return new pb.DiffResponse().setChanges(same ? DIFF_NONE : DIFF_SOME);
    }),
    configure: handler((request: messages.ConfigureRequest) => {
      provider.configure(receive(request.getArgs()).values);
      return new pb.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setAcceptresources(false)
        .setAcceptoutputs(false);
    }),

    check: handler((request: messages.CheckRequest) => {
      const olds = receive(request.getOlds());
      const news = receive(request.getNews());
      const { token, name } = parseUrn(request.getUrn());
      const result = provider.check(token, name, olds.values, news.values, request.getRandomseed_asU8());
      return checked(result.inputs, secretsOf(token, news.secrets), result.failures);
    }),
    diff: handler((request: messages.DiffRequest) => {
      const { token } = parseUrn(request.getUrn());
      const olds = receive(request.getOlds()).values;
      const ignored = new Set(request.getIgnorechangesList());
      const changes = provider.diff(token, olds, receive(request.getNews()).values);
      return differences(new Map([...changes].filter(([key]) => !ignored.has(key))));
    }),
    create: handler(async (request: messages.CreateRequest) => {
      const { token } = parseUrn(request.getUrn());
      const inputs = receive(request.getProperties());
      const secrets = secretsOf(token, inputs.secrets);
      if (request.getPreview()) {
        return new pb.CreateResponse().setProperties(send(provider.preview(token, inputs.values), secrets));
      }
      const { id, outputs } = await provider.create(token, inputs.values);
      return new pb.CreateResponse().setId(id).setProperties(send(outputs, secrets));
    }),
    read: handler(async (request: messages.ReadRequest) => {
      const { token } = parseUrn(request.getUrn());
      const state = receive(request.getProperties());
      const inputs = receive(request.getInputs());
      const secrets = secretsOf(token, new Set([...state.secrets, ...inputs.secrets]));
      const live = await provider.read(token, request.getId(), state.values, inputs.values);
      const response = new pb.ReadResponse();
      if (!live) return response;
      return response
        .setId(live.id)
        .setProperties(send(live.outputs, secrets))
        .setInputs(send(live.inputs, secrets));
    }),
    update: handler(async (request: messages.UpdateRequest) => {
      const { token } = parseUrn(request.getUrn());
      const olds = receive(request.getOlds());
      const news = receive(request.getNews());
      const outputs = request.getPreview()
        ? provider.preview(token, news.values, olds.values)
        : await provider.update(token, olds.values, news.values);
      return new pb.UpdateResponse().setProperties(send(outputs, secretsOf(token, news.secrets)));
    }),
    delete: handler(async (request: messages.DeleteRequest) => {
      await provider.delete(parseUrn(request.getUrn()).token, receive(request.getProperties()).values);
      return new empty.Empty();
    }),

    invoke: handler((request: messages.InvokeRequest): never => {
      throw new Error(`${request.getTok()} is not supported by this plugin: it has no functions`);
    }),
  };
}

function handler<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call: ServerUnaryCall<Request, Response>, callback) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback({
            code: grpc.status.UNKNOWN,
            details: error instanceof Error ? error.message : String(error),
          });
        },
      );
  };
}

/** `urn:pulumi:stack::project::parent$type::name` */
function parseUrn(urn: string): { token: string; name: string } {
  const [, , types, ...name] = urn.split("::");
  return { token: types?.split("$").at(-1) ?? "", name: name.join("::") };
}

function secretsOf(token: string, sent: ReadonlySet<string>): ReadonlySet<string> {
  const own = Object.entries(RESOURCES.get(token)?.fields ?? {}).flatMap(([key, field]) =>
    field.secret ? [key] : [],
  );
  return new Set([...sent, ...own]);
}

function checked(
  inputs: Bag,
  secrets: ReadonlySet<string>,
  failures: readonly Failure[],
): messages.CheckResponse {
  const response = new pb.CheckResponse().setInputs(send(inputs, secrets));
  response.setFailuresList(
    failures.map(({ property, reason }) => new pb.CheckFailure().setProperty(property).setReason(reason)),
  );
  return response;
}

function differences(changes: ReadonlyMap<string, Change>): messages.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
  const response = new pb.DiffResponse()
    .setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList([...changes.keys()])
    .setHasdetaileddiff(true);
  const { Kind } = pb.PropertyDiff;
  for (const [key, { kind, replace }] of changes) {
    const [plain, replacing] = {
      add: [Kind.ADD, Kind.ADD_REPLACE] as const,
      delete: [Kind.DELETE, Kind.DELETE_REPLACE] as const,
      update: [Kind.UPDATE, Kind.UPDATE_REPLACE] as const,
    }[kind];
    response.getDetaileddiffMap().set(key, new pb.PropertyDiff().setKind(replace ? replacing : plain));
    if (replace) response.addReplaces(key);
  }
  // The new one has the old one's name, or privileges that removing the old one afterwards would take away again.
  return response.setDeletebeforereplace(response.getReplacesList().length > 0);
}
