/**
 * Invariants of every stack: what holds for each resource of any configuration on any platform. Each rule is a pure
 * function of one resource, so that it can judge a test's registrations today and a running update later.
 */

/** What a rule looks at. */
export interface PolicyResource {
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface Rule {
  readonly name: string;
  /** What is wrong with the resource; undefined when nothing is. */
  readonly fault: (resource: PolicyResource) => string | undefined;
}

const CONTAINER = "docker:index/container:Container";
const IMAGE = "docker:index/remoteImage:RemoteImage";
const TASK = /^pulumi-nodejs:.*:Task$/;
const SECRET_NAME = /PASSWORD|SECRET|TOKEN/i;
const SECRET_MARK = "(secret)";

function container(judge: (inputs: PolicyResource["inputs"]) => string | undefined): Rule["fault"] {
  return ({ type, inputs }) => (type === CONTAINER ? judge(inputs) : undefined);
}

export const RULES: readonly Rule[] = [
  {
    name: "no mutable tag",
    fault: ({ type, inputs }) => {
      if (type !== IMAGE) return undefined;
      const name = String(inputs["name"]);
      return /:(?!latest$).+/.test(name) ? undefined : `image ${name} has no fixed tag`;
    },
  },
  {
    name: "limits set",
    fault: container(({ memory, memorySwap, cpus }) =>
      typeof memory === "number" && memory > 0 && memorySwap === memory && cpus !== undefined
        ? undefined
        : "memory, memorySwap (equal) and cpus must be set",
    ),
  },
  {
    name: "not privileged",
    fault: container(({ privileged }) => (privileged === true ? "is privileged" : undefined)),
  },
  {
    name: "no new privileges",
    fault: container(({ securityOpts }) =>
      Array.isArray(securityOpts) && securityOpts.includes("no-new-privileges")
        ? undefined
        : "may gain privileges",
    ),
  },
  {
    name: "non-root",
    fault: container(({ user }) => (user === "root" || user === "0" ? "runs as root" : undefined)),
  },
  {
    name: "loopback only",
    fault: container(({ ports }) => {
      const open = (Array.isArray(ports) ? ports : []) as { ip?: string; external?: number }[];
      const wide = open.filter(({ ip }) => ip !== "127.0.0.1");
      return wide.length === 0
        ? undefined
        : `opens ${wide.map(({ external }) => String(external)).join(", ")} to the network`;
    }),
  },
  {
    name: "healthcheck present",
    fault: container(({ healthcheck }) => {
      const tests = (healthcheck as { tests?: unknown } | undefined)?.tests;
      return Array.isArray(tests) && tests.length > 1 ? undefined : "has no healthcheck";
    }),
  },
  {
    name: "secrets not plain",
    fault: ({ type, inputs }) => {
      if (type === CONTAINER) {
        // With one secret among them, the engine keeps the whole list as a secret.
        const envs = Array.isArray(inputs["envs"]) ? (inputs["envs"] as unknown[]) : [];
        const plain = envs
          .filter((env): env is string => typeof env === "string" && env !== SECRET_MARK)
          .map((env) => env.slice(0, env.indexOf("=")))
          .filter((key) => SECRET_NAME.test(key));
        return plain.length === 0 ? undefined : `plain environment: ${plain.join(", ")}`;
      }
      if (TASK.test(type)) {
        const plain = Object.entries((inputs["env"] ?? {}) as Record<string, unknown>)
          .filter(([key, value]) => SECRET_NAME.test(key) && value !== SECRET_MARK)
          .map(([key]) => key);
        return plain.length === 0 ? undefined : `plain environment: ${plain.join(", ")}`;
      }
      const plain = ["password", "secret", "minioPassword"].filter(
        (key) => inputs[key] !== undefined && inputs[key] !== SECRET_MARK,
      );
      return plain.length === 0 ? undefined : `plain input: ${plain.join(", ")}`;
    },
  },
  {
    name: "everything parented",
    fault: ({ type, parent }) =>
      type === "lakehouse:stacks:Lakehouse" || (parent !== "" && !parent.startsWith("pulumi:pulumi:Stack"))
        ? undefined
        : "has no parent",
  },
  {
    name: "log bounded",
    fault: container(({ logOpts }) =>
      (logOpts as Record<string, string> | undefined)?.["max-size"] === undefined
        ? "its log may fill the disk"
        : undefined,
    ),
  },
];

/** Every violation as one readable line. */
export function violations(resources: readonly PolicyResource[]): string[] {
  return resources.flatMap((resource) =>
    RULES.flatMap(({ name, fault }) => {
      const found = fault(resource);
      return found === undefined ? [] : [`${resource.name}: ${name}: ${found}`];
    }),
  );
}
