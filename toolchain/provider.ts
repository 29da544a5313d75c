/** Asks a provider plugin, as Pulumi's engine does, whether it knows the inputs that an npm SDK offers. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { CheckResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import struct, { type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb.js";
import ts from "typescript";

type Bag = Record<string, JavaScriptValue>;

/** An input of a resource; nested ones are `build.args` or, in a list, `ports[].internal`. */
export interface SdkInput {
  readonly path: string;
  /** A value of its type. */
  readonly sample: JavaScriptValue;
}

/** A resource of an SDK with all its inputs. */
export interface SdkResource {
  readonly token: string;
  readonly inputs: readonly SdkInput[];
}

/** The resources of an npm SDK, read from its declarations. */
export function resourcesOf(sdk: string): SdkResource[] {
  const home = dirname(createRequire(import.meta.url).resolve(`${sdk}/package.json`));
  const nested = interfacesOf(join(home, "types/input.d.ts"));
  return readdirSync(home)
    .filter((name) => name.endsWith(".js"))
    .flatMap((name) => {
      const token = /__pulumiType = '([^']+:[^']+)'/.exec(readFileSync(join(home, name), "utf8"))?.[1];
      if (token === undefined) return [];
      const args = interfacesOf(join(home, name.replace(/js$/, "d.ts"))).get(
        `${token.split(":").at(-1) ?? ""}Args`,
      );
      return [{ token, inputs: args === undefined ? [] : paths(args, nested) }];
    });
}

type Properties = ReadonlyMap<string, string>;

/** Every interface of a declaration file: its properties with the text of their types. */
function interfacesOf(path: string): ReadonlyMap<string, Properties> {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const found = new Map<string, Properties>();
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node)) {
      const members = node.members.filter(ts.isPropertySignature);
      found.set(
        node.name.text,
        new Map(members.map(({ name, type }) => [name.getText(), type?.getText() ?? ""])),
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function paths(properties: Properties, nested: ReadonlyMap<string, Properties>): SdkInput[] {
  return [...properties].flatMap(([name, type]) => {
    const inner = nested.get(/inputs\.(\w+)/.exec(type)?.[1] ?? "");
    if (inner === undefined) return [{ path: name, sample: sample(type) }];
    const list = type.includes("[]") ? "[]" : "";
    return paths(inner, nested).map(({ path, ...rest }) => ({ path: `${name}${list}.${path}`, ...rest }));
  });
}

function sample(type: string): JavaScriptValue {
  const one = type.includes("boolean") ? true : type.includes("number") ? 1 : "1";
  if (type.includes("[key: string]")) return { key: one };
  return type.includes("[]") ? [one] : one;
}

/** A running plugin. */
export class ProviderProcess {
  readonly #client: ResourceProviderClient;
  readonly #kill: () => void;

  private constructor(client: ResourceProviderClient, kill: () => void) {
    this.#client = client;
    this.#kill = kill;
  }

  /** Starts the executable and waits for its port. */
  static async start(executable: string): Promise<ProviderProcess> {
    const child = spawn(executable, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
    const port = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("error", reject);
      child.once("exit", (code) => {
        reject(new Error(`${executable} ended with ${String(code)} before it said its port`));
      });
    });
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    return new ProviderProcess(client, () => {
      client.close();
      child.kill();
    });
  }

  stop(): void {
    this.#kill();
  }

  /** Those of the inputs whose name the plugin does not know. @throws Error for an unknown resource. */
  async unknownInputs({ token, inputs }: SdkResource): Promise<string[]> {
    const unknown: string[] = [];
    for (const { path, sample: value } of inputs) {
      const failures = await this.#check(token, bag(path, value));
      if (failures.some((reason) => reason.startsWith("Invalid or unknown key"))) unknown.push(path);
    }
    return unknown;
  }

  async #check(token: string, news: Bag): Promise<string[]> {
    const request = new pb.CheckRequest()
      .setUrn(`urn:pulumi:stack::project::${token}::name`)
      .setNews(struct.Struct.fromJavaScript(news))
      .setOlds(struct.Struct.fromJavaScript({}));
    const response = await new Promise<CheckResponse>((resolve, reject) => {
      this.#client.check(request, (error, answer) => {
        if (error) reject(new Error(error.message));
        else resolve(answer);
      });
    });
    return response.getFailuresList().map((failure) => failure.getReason());
  }
}

/** `"ports[].internal"`, 1 → `{ ports: [{ internal: 1 }] }` */
function bag(path: string, value: JavaScriptValue): Bag {
  const [first = "", ...rest] = path.split(".");
  const inner = rest.length === 0 ? value : bag(rest.join("."), value);
  return first.endsWith("[]") ? { [first.slice(0, -2)]: [inner] } : { [first]: inner };
}
