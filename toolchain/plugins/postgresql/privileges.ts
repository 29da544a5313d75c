/** Privileges: which there are, how sets of them compare, and the SQL to reach a set from another. */
import { asSet } from "./fields.ts";

/** The privileges that each kind of object has. */
export const PRIVILEGES = {
  database: ["CREATE", "CONNECT", "TEMPORARY"],
  schema: ["CREATE", "USAGE"],
  table: ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"],
  sequence: ["USAGE", "SELECT", "UPDATE"],
  function: ["EXECUTE"],
  procedure: ["EXECUTE"],
  routine: ["EXECUTE"],
  foreign_data_wrapper: ["USAGE"],
  foreign_server: ["USAGE"],
  column: ["SELECT", "INSERT", "UPDATE", "REFERENCES"],
  type: ["USAGE"],
} as const;

/** What a role holds on one object. */
export interface Held {
  readonly privileges: readonly string[];
  /** Those of them that it may pass on. */
  readonly grantable: readonly string[];
}

/** Privileges in capitals, once each, sorted; the short forms written out. */
export function canonicalPrivileges(names: readonly string[]): string[] {
  const set = asSet(
    names.map((name) =>
      name
        .toUpperCase()
        .replace(/^TEMP$/, "TEMPORARY")
        .replace(/^ALL PRIVILEGES$/, "ALL"),
    ),
  );
  return set.includes("ALL") ? ["ALL"] : set;
}

/** Why the list is wrong for the kind of object. */
export function privilegesFault(names: readonly string[], kind: keyof typeof PRIVILEGES): string | undefined {
  const known: readonly string[] = PRIVILEGES[kind];
  const wrong = canonicalPrivileges(names).find((name) => name !== "ALL" && !known.includes(name));
  return wrong === undefined
    ? undefined
    : `privileges of a ${kind} are ${known.join(", ")} or ALL, not ${wrong}`;
}

/** The privileges that a list stands for on this server. */
export function expand(
  names: readonly string[],
  kind: keyof typeof PRIVILEGES,
  serverVersion: number,
): string[] {
  const set = canonicalPrivileges(names);
  if (!set.includes("ALL")) return set;
  return asSet(PRIVILEGES[kind].filter((name) => name !== "MAINTAIN" || serverVersion >= 170000));
}

/** Whether the first list is what the second, `ALL`, stands for on one server or another. */
export function isAll(old: unknown, next: unknown, kind: keyof typeof PRIVILEGES): boolean {
  if (!isTexts(old) || !isTexts(next) || canonicalPrivileges(next).join() !== "ALL") return false;
  return [160000, 170000].some(
    (version) => expand(next, kind, version).join() === canonicalPrivileges(old).join(),
  );
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

/** The statements' verbs that lead from what is held to what is wanted: revocations first. */
export function steps(held: Held, wanted: readonly string[], withGrantOption: boolean): Step[] {
  const result: Step[] = [];
  const extra = held.privileges.filter((name) => !wanted.includes(name));
  const passedOn = held.grantable.filter((name) => wanted.includes(name));
  const reached = withGrantOption ? passedOn : held.privileges;
  const missing = wanted.filter((name) => !reached.includes(name));
  if (extra.length > 0) result.push({ verb: "REVOKE", privileges: extra });
  if (!withGrantOption && passedOn.length > 0)
    result.push({ verb: "REVOKE GRANT OPTION FOR", privileges: passedOn });
  if (missing.length > 0)
    result.push({ verb: "GRANT", privileges: missing, suffix: withGrantOption ? " WITH GRANT OPTION" : "" });
  return result;
}

/** One statement: a verb and what it is about. */
export interface Step {
  readonly verb: "REVOKE" | "REVOKE GRANT OPTION FOR" | "GRANT";
  readonly privileges: readonly string[];
  readonly suffix?: string;
}

/** `GRANT … ON … TO …`, the privileges written by `write`. */
export function statement(
  step: Step,
  on: string,
  to: string,
  write: (privilege: string) => string = (p) => p,
): string {
  const preposition = step.verb === "GRANT" ? "TO" : "FROM";
  return `${step.verb} ${step.privileges.map(write).join(", ")} ON ${on} ${preposition} ${to}${step.suffix ?? ""}`;
}

/**
 * The state to show for what is held on several objects: the wanted spelling while every object has exactly
 * that, else what the first object that differs has.
 */
export function shown(
  held: readonly Held[],
  prior: { readonly privileges: readonly string[]; readonly withGrantOption: boolean },
  wanted: readonly string[],
): { readonly privileges: readonly string[]; readonly withGrantOption: boolean } {
  const goal = asSet(wanted).join();
  const other = held.find((one) => asSet(one.privileges).join() !== goal);
  if (other) {
    return {
      privileges: asSet(other.privileges),
      withGrantOption: other.privileges.length > 0 && isGrantable(other),
    };
  }
  if (wanted.length === 0 || held.length === 0) return prior;
  const odd = held.some((one) => isGrantable(one) !== prior.withGrantOption);
  return {
    privileges: prior.privileges,
    withGrantOption: odd ? !prior.withGrantOption : prior.withGrantOption,
  };
}

// With a part of the privileges grantable this says false, and an update then sets all of them alike.
function isGrantable(held: Held): boolean {
  return held.privileges.every((name) => held.grantable.includes(name));
}
