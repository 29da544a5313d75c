/** Descriptions of a resource's inputs, and the checks and comparisons that follow from them. */
import { isDeepStrictEqual } from "node:util";
import type { Bag, Value } from "./values.ts";
import { hasUnknown } from "./values.ts";

/** One fault that `check` reports. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** The kind of value an input takes. */
export interface Type<T> {
  readonly is: (value: Value) => value is T & Value;
  readonly name: string;
}

/** What may be said about an input besides its type. */
export interface Options<T> {
  /** A change makes a new resource. */
  readonly replace?: true;
  /** The server does not tell it: reading keeps what the state says. */
  readonly unreadable?: true;
  /** Never shown in plain text. */
  readonly secret?: true;
  /** The form in which two spellings of one value are the same. */
  readonly canonical?: (value: T) => Value;
  /** Why a value of the right type is wrong. */
  readonly fault?: (value: T) => string | undefined;
}

/** How an input that the program leaves out is filled. */
export type Absent<T> =
  | { readonly kind: "required" }
  /** Absent means absent. */
  | { readonly kind: "optional" }
  | { readonly kind: "default"; readonly value: T }
  /** The server, or the provider's configuration, decides; any value is right then. */
  | { readonly kind: "computed" }
  /** The resource's name in the program, made unique. */
  | { readonly kind: "autoname"; readonly suffix: boolean }
  | { readonly kind: "refused"; readonly reason: string };

/** One input. `T` is the type of the value once defaults are in. */
export interface Field<T> {
  readonly type: string;
  readonly absent: Absent<Value>;
  readonly replace: boolean;
  readonly unreadable: boolean;
  readonly secret: boolean;
  readonly canonical: (value: Value) => Value;
  readonly fault: (value: Value) => string | undefined;
  /** Only carries `T`; never set. */
  readonly valueType?: T;
}

/** A resource's inputs by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The values of a resource's inputs. */
export type Props<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

export const text: Type<string> = { is: (v): v is string => typeof v === "string", name: "string" };
export const flag: Type<boolean> = { is: (v): v is boolean => typeof v === "boolean", name: "boolean" };
export const whole: Type<number> = {
  is: (v): v is number => typeof v === "number" && Number.isInteger(v),
  name: "whole number",
};
export const texts: Type<readonly string[]> = {
  is: (v): v is readonly string[] => Array.isArray(v) && v.every((item) => typeof item === "string"),
  name: "list of strings",
};

function field<T, P>(type: Type<T>, absent: Absent<Value>, options: Options<T>): Field<P> {
  return {
    type: type.name,
    absent,
    replace: options.replace ?? false,
    unreadable: options.unreadable ?? false,
    secret: options.secret ?? false,
    canonical: (value) => (options.canonical && type.is(value) ? options.canonical(value) : value),
    fault: (value) => {
      if (!type.is(value)) return `must be a ${type.name}`;
      const items: readonly Value[] = Array.isArray(value) ? value : [value];
      if (items.some((item) => typeof item === "string" && item.includes("\0")))
        return "must not contain NUL";
      return options.fault?.(value);
    },
  };
}

/** An input that the program must give. */
export const required = <T>(type: Type<T>, options: Options<T> = {}): Field<T> =>
  field(type, { kind: "required" }, options);

/** An input with a default. */
export const defaulted = <T>(type: Type<T>, value: T & Value, options: Options<T> = {}): Field<T> =>
  field(type, { kind: "default", value }, options);

/** An input without a default. */
export const optional = <T>(type: Type<T>, options: Options<T> = {}): Field<T | undefined> =>
  field(type, { kind: "optional" }, options);

/** An input that the server or the provider decides when the program does not. */
export const computed = <T>(type: Type<T>, options: Options<T> = {}): Field<T | undefined> =>
  field(type, { kind: "computed" }, options);

/** An input that this plugin does not take. */
export const refused = (reason: string): Field<undefined> => field(text, { kind: "refused", reason }, {});

/** A name: the program's, or made from the resource's name in the program. */
export const named = (options: Options<string> & { readonly suffix?: false } = {}): Field<string> =>
  field(text, { kind: "autoname", suffix: options.suffix ?? true }, { fault: nameFault, ...options });

/** PostgreSQL cuts longer identifiers silently, and the resource would never be found again. */
export function nameFault(name: string): string | undefined {
  if (name === "") return "must not be empty";
  const bytes = Buffer.byteLength(name);
  return bytes > 63 ? `must not be longer than 63 bytes, "${name}" has ${String(bytes)}` : undefined;
}

/** Two lists with the same members are the same. */
export const asSet = (items: readonly string[]): string[] => [...new Set(items)].sort();

/** Inputs with names filled in, and every fault. */
export function check(
  fields: Fields,
  olds: Bag,
  news: Bag,
  autoname: (suffix: boolean) => string,
): { readonly inputs: Bag; readonly failures: Failure[] } {
  const inputs: Record<string, Value> = {};
  const failures: Failure[] = [];
  for (const [property, value] of Object.entries(news)) {
    if (value === undefined || value === null) continue;
    inputs[property] = value;
    const known = Object.hasOwn(fields, property) ? fields[property] : undefined;
    if (!known) failures.push({ property, reason: `${property} is not an input of this resource` });
    else if (known.absent.kind === "refused") {
      failures.push({
        property,
        reason: `${property} is not supported by this plugin: ${known.absent.reason}`,
      });
    } else if (!hasUnknown(value)) {
      const fault = known.fault(value);
      if (fault !== undefined) failures.push({ property, reason: `${property} ${fault}` });
    }
  }
  for (const [property, { absent, fault }] of Object.entries(fields)) {
    if (inputs[property] !== undefined) continue;
    if (absent.kind === "required") failures.push({ property, reason: `${property} is required` });
    if (absent.kind === "autoname") {
      const name = olds[property] ?? autoname(absent.suffix);
      inputs[property] = name;
      const wrong = hasUnknown(name) ? undefined : fault(name);
      if (wrong !== undefined)
        failures.push({ property, reason: `${property} (made from the resource's name) ${wrong}` });
    }
  }
  return { inputs, failures };
}

/** Inputs with every default filled in; what is computed keeps its value in `olds`. */
export function complete(fields: Fields, inputs: Bag, olds: Bag = {}): Bag {
  const result: Record<string, Value | undefined> = {};
  for (const [key, { absent }] of Object.entries(fields)) {
    const given = inputs[key] ?? undefined;
    if (given !== undefined) result[key] = given;
    else if (absent.kind === "default") result[key] = absent.value;
    else if (absent.kind === "computed") result[key] = olds[key];
  }
  return result;
}

/** Whether two values of an input are the same thing. */
export function sameValue(known: Field<unknown>, a: Value | undefined, b: Value | undefined): boolean {
  const left = a ?? undefined;
  const right = b ?? undefined;
  if (left === undefined || right === undefined) return left === right;
  return isDeepStrictEqual(known.canonical(left), known.canonical(right));
}
