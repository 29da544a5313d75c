/**
 * Values as the engine sends them. On the wire a property bag is a protobuf struct in which unknown values (a
 * resource that does not exist yet, during a preview) are one reserved string and secrets are objects with a
 * reserved signature; inside the plugin the former are `UNKNOWN` and the latter plain values whose top-level
 * keys are remembered.
 */
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";

/** A value that the engine does not know yet. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** One property's value. */
export type Value =
  null | boolean | number | string | typeof UNKNOWN | readonly Value[] | { readonly [key: string]: Value };

/** A resource's properties; an absent key and `undefined` mean the same. */
export type Bag = Readonly<Record<string, Value | undefined>>;

/** A bag together with the names of its secret properties. */
export interface Received {
  readonly values: Bag;
  readonly secrets: ReadonlySet<string>;
}

const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** Whether the value is unknown or holds something unknown. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return (value as readonly Value[]).some(hasUnknown);
  if (typeof value === "object" && value !== null) return Object.values(value).some(hasUnknown);
  return false;
}

/** Reads a bag off the wire. */
export function receive(struct: Struct | undefined): Received {
  const values: Record<string, Value> = {};
  const secrets = new Set<string>();
  for (const [key, raw] of Object.entries(struct?.toJavaScript() ?? {})) {
    if (raw === null) continue;
    values[key] = plain(raw, () => secrets.add(key));
  }
  return { values, secrets };
}

/** Puts a bag on the wire, the named properties as secrets. */
export function send(bag: Bag, secrets: ReadonlySet<string>): Struct {
  const wire: Record<string, JavaScriptValue> = {};
  for (const [key, value] of Object.entries(bag)) {
    if (value === undefined) continue;
    const raw = encode(value);
    wire[key] = secrets.has(key) ? { [SIGNATURE]: SECRET, value: raw } : raw;
  }
  return structs.Struct.fromJavaScript(wire);
}

function plain(raw: unknown, onSecret: () => void): Value {
  if (raw === UNKNOWN_TEXT) return UNKNOWN;
  if (Array.isArray(raw)) return raw.map((item: unknown) => plain(item, onSecret));
  if (typeof raw === "object" && raw !== null) {
    const fields = raw as Readonly<Record<string, unknown>>;
    if (fields[SIGNATURE] === SECRET) {
      onSecret();
      return plain(fields["value"], onSecret);
    }
    if (fields[SIGNATURE] === OUTPUT) {
      if (fields["secret"] === true) onSecret();
      return fields["value"] === undefined ? UNKNOWN : plain(fields["value"], onSecret);
    }
    return Object.fromEntries(Object.entries(fields).map(([key, item]) => [key, plain(item, onSecret)]));
  }
  if (typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean") return raw;
  return null;
}

function encode(value: Value): JavaScriptValue {
  if (value === UNKNOWN) return UNKNOWN_TEXT;
  if (Array.isArray(value)) return (value as readonly Value[]).map(encode);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encode(item)]));
  }
  return value as JavaScriptValue;
}
