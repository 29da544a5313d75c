import * as pulumi from "@pulumi/pulumi";

/** One resource as the program registered it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** `type name` of the parent; empty for a top-level resource. */
  readonly parent: string;
  readonly deletedWith: string;
  readonly deleteBeforeReplace: boolean;
  /** Every input; a secret stands as {@link SECRET}, the paths and hashes of a machine are left out. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What stands in the place of a secret input. */
export const SECRET = "(secret)";

const PROJECT = "lakehouse";
const STACK = "test";

/** The part of Pulumi's registration request that is looked at here. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDeletedwith(): string;
  getDeletebeforereplace(): boolean;
}

/**
 * Runs a program against a pretended engine and gives back every resource that it registered, sorted by type and name.
 */
export async function register(program: () => void): Promise<Registered[]> {
  const inputs = new Map<string, Record<string, unknown>>();
  const requests: Request[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        const given = args.inputs as Record<string, unknown>;
        inputs.set(`${args.type} ${args.name}`, given);
        return { id: `${args.name}-id`, state: { ...given, ...computed(args.type, args.name) } };
      },
      call: (args) => args.inputs as Record<string, unknown>,
    },
    PROJECT,
    STACK,
    false,
  );
  record(requests);
  await pulumi.runtime.runInPulumiStack(() => {
    program();
    return Promise.resolve(undefined);
  });
  // The next case makes mocks of its own: nothing of this one may still be on its way.
  await pulumi.runtime.disconnect();
  return requests
    .map((request) => ({
      type: request.getType(),
      name: request.getName(),
      parent: short(request.getParent()),
      deletedWith: short(request.getDeletedwith()),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      inputs: shown(inputs.get(`${request.getType()} ${request.getName()}`) ?? {}) as Record<string, unknown>,
    }))
    .filter(({ type }) => type !== "pulumi:pulumi:Stack")
    .sort((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
}

/** Mocks are not told parents and options, so the requests are noted on their way to them. */
function record(requests: Request[]): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource: (request: Request, callback: unknown) => unknown;
  };
  const pass = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    requests.push(request);
    return pass(request, callback);
  };
}

function short(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return urn === "" ? "" : `${types.split("$").at(-1) ?? ""} ${name}`;
}

/** Outputs that the real providers compute and other resources use. */
function computed(type: string, name: string): Record<string, unknown> {
  if (type === "docker:index/remoteImage:RemoteImage") return { imageId: `sha256:${name}` };
  if (type === "kubernetes:core/v1:Service")
    return { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } };
  if (type.endsWith(":Password")) return { value: `generated-for-${name}` };
  return {};
}

function shown(value: unknown): unknown {
  if (pulumi.runtime.isRpcSecret(value)) return SECRET;
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([property]) => property !== "__provider")
        .map(([property, inner]) => [property, shown(inner)]),
    );
  }
  return typeof value === "string" ? withoutMachine(value) : value;
}

/** A staged context's folder and an image's content hash differ from change to change and machine to machine. */
function withoutMachine(text: string): string {
  return text
    .replace(/^\/.*\/contexts\/([a-z-]+)-[0-9a-f]+$/, "(contexts)/$1")
    .replace(/^(lakehouse\/[a-z-]+):[0-9a-f]+$/, "$1:(hash)");
}
