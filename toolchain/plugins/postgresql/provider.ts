/** The provider: what the engine asks, answered on plain values. */
import { randomBytes } from "node:crypto";
import { checkSettings, settings } from "./config.ts";
import { database } from "./database.ts";
import { defaultPrivileges } from "./defaultPrivileges.ts";
import { extension } from "./extension.ts";
import type { Failure } from "./fields.ts";
import { check, complete, sameValue } from "./fields.ts";
import { grant } from "./grant.ts";
import { publication } from "./publication.ts";
import type { Resource } from "./resource.ts";
import { role } from "./role.ts";
import { schema } from "./schema.ts";
import { Server, errorCode } from "./sql.ts";
import type { Bag, Value } from "./values.ts";
import { UNKNOWN, hasUnknown } from "./values.ts";

/** Every resource that the plugin has, by token. */
export const RESOURCES: ReadonlyMap<string, Resource> = new Map(
  [role, database, schema, grant, defaultPrivileges, extension, publication].map((one) => [one.token, one]),
);

/** One property that an update would change. */
export interface Change {
  readonly kind: "add" | "delete" | "update";
  readonly replace: boolean;
}

/** A plugin process serves one provider resource, with one configuration. */
export class Provider {
  #server: Server | undefined;

  /** Faults of the provider's configuration. */
  checkConfig(news: Bag): Failure[] {
    return checkSettings(news);
  }

  /** Takes the configuration. One with unknown values is that of a preview: nothing is asked of the server then. */
  configure(bag: Bag): void {
    const [fault] = checkSettings(bag);
    if (fault) throw new Error(fault.reason);
    if (!Object.values(bag).some(hasUnknown)) this.#server = new Server(settings(bag, process.env));
  }

  check(
    token: string,
    name: string,
    olds: Bag,
    news: Bag,
    seed: Uint8Array,
  ): { inputs: Bag; failures: Failure[] } {
    const found = RESOURCES.get(token);
    if (!found) {
      const known = [...RESOURCES.keys()].map((key) => key.split(":").at(-1)).join(", ");
      return {
        inputs: news,
        failures: [{ property: "", reason: `${token} is not supported by this plugin; it has ${known}` }],
      };
    }
    const unique = (): string =>
      Buffer.from(seed.length > 0 ? seed : randomBytes(4))
        .toString("hex")
        .slice(0, 7);
    const result = check(found.fields, olds, news, (suffix) => (suffix ? `${name}-${unique()}` : name));
    if (result.failures.length === 0 && !Object.values(result.inputs).some(hasUnknown)) {
      result.failures.push(...found.faults(complete(found.fields, result.inputs)));
    }
    return result;
  }

  /** What is different between the last known state and the program's inputs. */
  diff(token: string, olds: Bag, news: Bag): ReadonlyMap<string, Change> {
    const found = resourceOf(token);
    const changes = new Map<string, Change>();
    const wanted = complete(found.fields, news, olds);
    for (const [key, field] of Object.entries(found.fields)) {
      const old = olds[key] ?? (field.absent.kind === "default" ? field.absent.value : undefined);
      const next = wanted[key];
      if (!hasUnknown(next)) {
        if (sameValue(field, old, next) || found.same(key, old, next, olds)) continue;
      }
      const kind = old === undefined ? "add" : next === undefined ? "delete" : "update";
      changes.set(key, { kind, replace: field.replace });
    }
    return changes;
  }

  /** Outputs that an operation will have, as far as a preview can say. */
  preview(token: string, inputs: Bag, olds?: Bag): Bag {
    const { fields } = resourceOf(token);
    const result: Record<string, Value | undefined> = { ...complete(fields, inputs, olds) };
    for (const [key, { absent }] of Object.entries(fields)) {
      if (absent.kind === "computed" && result[key] === undefined) result[key] = UNKNOWN;
    }
    return result;
  }

  async create(token: string, inputs: Bag): Promise<{ id: string; outputs: Bag }> {
    const found = resourceOf(token);
    const props = this.#withDatabase(found, complete(found.fields, inputs));
    const id = found.toId(props);
    try {
      await found.create(this.#connected(), props);
    } catch (error) {
      const code = errorCode(error);
      const taken = code !== undefined && ["42710", "42P04", "42P06"].includes(code);
      throw told(
        error,
        taken ? `; to take over the one that is there: pulumi import ${token} <name> '${id}'` : "",
      );
    }
    return { id, outputs: (await this.#read(found, props)) ?? props };
  }

  /**
   * The live state; undefined when the resource is gone. Without `state` it is an import, and the identity tells
   * what to look for. `inputs` are the program's, with what the live state says instead of what they say.
   */
  async read(
    token: string,
    id: string,
    state: Bag,
    inputs: Bag,
  ): Promise<{ id: string; outputs: Bag; inputs: Bag } | undefined> {
    const found = resourceOf(token);
    const importing = Object.keys(state).length === 0;
    let prior = state;
    if (importing) {
      const identity = found.fromId(id);
      if (!identity)
        throw new Error(`${JSON.stringify(id)} is no identity of a ${token}: give ${found.idForm}`);
      const { failures } = check(found.fields, {}, dropUndefined(identity), () => "");
      if (failures[0]) throw new Error(`${JSON.stringify(id)} (${found.idForm}): ${failures[0].reason}`);
      prior = complete(found.fields, dropUndefined(identity));
    }
    prior = this.#withDatabase(found, complete(found.fields, prior, prior));
    let outputs: Bag | undefined;
    try {
      outputs = await this.#read(found, prior);
    } catch (error) {
      throw told(error);
    }
    if (!outputs) return undefined;
    const liveInputs: Record<string, Value> = {};
    for (const [key, field] of Object.entries(found.fields)) {
      const live = outputs[key];
      const said = inputs[key] ?? undefined;
      if (said !== undefined && (field.unreadable || sameValue(field, said, live))) liveInputs[key] = said;
      else if (live === undefined || live === null) continue;
      else if (said !== undefined || this.#tells(field, live, importing)) liveInputs[key] = live;
    }
    return { id: found.toId(outputs), outputs, inputs: liveInputs };
  }

  async update(token: string, olds: Bag, inputs: Bag): Promise<Bag> {
    const found = resourceOf(token);
    const before = complete(found.fields, olds, olds);
    const after = this.#withDatabase(found, complete(found.fields, inputs, before));
    try {
      await found.update(this.#connected(), before, after);
      return (await this.#read(found, after)) ?? after;
    } catch (error) {
      throw told(error);
    }
  }

  async delete(token: string, state: Bag): Promise<void> {
    const found = resourceOf(token);
    try {
      await found.delete(this.#connected(), this.#withDatabase(found, complete(found.fields, state, state)));
    } catch (error) {
      throw told(error);
    }
  }

  /** Whether an input that the program does not give belongs into the inputs all the same. */
  #tells(field: Resource["fields"][string], live: Value, importing: boolean): boolean {
    if (field.absent.kind === "default") return !sameValue(field, field.absent.value, live);
    return field.absent.kind === "computed" ? importing : true;
  }

  /** The state without spellings that only look different. */
  async #read(found: Resource, prior: Bag): Promise<Bag | undefined> {
    const live = await found.read(this.#connected(), prior);
    if (!live) return undefined;
    const result: Record<string, Value | undefined> = {};
    for (const [key, field] of Object.entries(found.fields)) {
      result[key] = sameValue(field, prior[key], live[key]) ? prior[key] : live[key];
    }
    return result;
  }

  #withDatabase(found: Resource, props: Bag): Bag {
    if (found.fields["database"]?.absent.kind !== "computed" || props["database"] !== undefined) return props;
    return { ...props, database: this.#connected().settings.database };
  }

  #connected(): Server {
    if (!this.#server) {
      throw new Error(
        "the provider's configuration (host, port, password …) is not known yet, so the server cannot be asked",
      );
    }
    return this.#server;
  }
}

function resourceOf(token: string): Resource {
  const found = RESOURCES.get(token);
  if (!found) throw new Error(`${token} is not supported by this plugin`);
  return found;
}

function dropUndefined(bag: Bag): Bag {
  return Object.fromEntries(Object.entries(bag).filter(([, value]) => value !== undefined));
}

/** PostgreSQL's answer with its detail and hint, which the driver keeps apart. */
function told(error: unknown, more = ""): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const extra = error as Error & { readonly detail?: unknown; readonly hint?: unknown };
  const parts = [extra.detail, extra.hint].filter((part) => typeof part === "string" && part !== "");
  const code = errorCode(error);
  const state = code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? ` (SQLSTATE ${code})` : "";
  return new Error(`${error.message}${state}${parts.length > 0 ? `: ${parts.join("; ")}` : ""}${more}`, {
    cause: error,
  });
}
