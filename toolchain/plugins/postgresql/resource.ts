/** The shape that every resource file has. */
import type { Failure, Fields, Props } from "./fields.ts";
import type { Server } from "./sql.ts";
import type { Bag, Value } from "./values.ts";

/** A resource: its inputs, and its life as SQL. */
export interface Definition<F extends Fields> {
  /** The type's token in the npm SDK. */
  readonly token: string;
  readonly fields: F;
  /** Faults of several inputs together; called only when all of them are known and right by themselves. */
  readonly faults?: (props: Props<F>) => Failure[];
  /** The identity of the resource, which `pulumi import` takes. */
  readonly toId: (props: Props<F>) => string;
  /** The form of the identity, for messages. */
  readonly idForm: string;
  /** The inputs that an identity tells, or undefined when it is malformed. */
  readonly fromId: (id: string) => Partial<Props<F>> | undefined;
  readonly create: (server: Server, props: Props<F>) => Promise<void>;
  /**
   * The live state, or undefined when there is no such resource. `prior` is the last known state; on an import
   * it holds the identity and the defaults.
   */
  readonly read: (server: Server, prior: Props<F>) => Promise<Props<F> | undefined>;
  readonly update: (server: Server, olds: Props<F>, news: Props<F>) => Promise<void>;
  /** Succeeds when the resource is gone already. */
  readonly delete: (server: Server, props: Props<F>) => Promise<void>;
  /** Whether two values are the same by a rule that looks at other properties as well. */
  readonly same?: (key: string, old: Value | undefined, next: Value | undefined, olds: Props<F>) => boolean;
}

/** A resource as the provider handles it, whatever its inputs. */
export type Resource = Omit<
  Definition<Fields>,
  "faults" | "toId" | "fromId" | "create" | "read" | "update" | "delete" | "same"
> & {
  readonly faults: (props: Bag) => Failure[];
  readonly toId: (props: Bag) => string;
  readonly fromId: (id: string) => Bag | undefined;
  readonly create: (server: Server, props: Bag) => Promise<void>;
  readonly read: (server: Server, prior: Bag) => Promise<Bag | undefined>;
  readonly update: (server: Server, olds: Bag, news: Bag) => Promise<void>;
  readonly delete: (server: Server, props: Bag) => Promise<void>;
  readonly same: (key: string, old: Value | undefined, next: Value | undefined, olds: Bag) => boolean;
};

/**
 * Forgets the types of a definition's properties. The one place where this happens: bags that reach a
 * definition went through `check`, which holds every value against the field that its type comes from.
 */
export function resource<F extends Fields>(definition: Definition<F>): Resource {
  return {
    faults: () => [],
    same: () => false,
    ...definition,
  } as unknown as Resource;
}

/** An identity of several parts, each free of the separator. */
export function joinId(separator: "." | "/", parts: readonly (string | readonly string[])[]): string {
  const safe = (part: string): string =>
    encodeURIComponent(part).replaceAll(".", separator === "." ? "%2E" : ".");
  const joined = parts.map((part) => (typeof part === "string" ? safe(part) : part.map(safe).join(",")));
  while (joined.length > 1 && joined.at(-1) === "") joined.pop();
  return joined.join(separator);
}

/** The parts of an identity, or undefined when their number is wrong or one of the first `least` is empty. */
export function splitId(separator: "." | "/", id: string, least: number, most = least): string[] | undefined {
  const raw = id.split(separator);
  if (raw.length < least || raw.length > most || raw.slice(0, least).includes("")) return undefined;
  return raw;
}

/** One part of a split identity. */
export const part = (raw: string | undefined): string => decodeURIComponent(raw ?? "");

/** A part that is a list. */
export const partList = (raw: string | undefined): string[] =>
  raw === undefined || raw === "" ? [] : raw.split(",").map((item) => decodeURIComponent(item));
