/** The provider's own configuration: what it takes, and what it refuses by name. */
import type { Failure } from "./fields.ts";
import type { Bag, Value } from "./values.ts";
import { hasUnknown } from "./values.ts";

const SSL_MODES = ["disable", "require", "verify-ca", "verify-full"] as const;

/** How to reach the server. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly sslmode: (typeof SSL_MODES)[number];
  readonly sslrootcert: string | undefined;
  /** Seconds; 0 waits for ever. */
  readonly connectTimeout: number;
  readonly superuser: boolean;
  /** Connections at one time; 0 is no limit. */
  readonly maxConnections: number;
}

type Rule = (value: Value) => string | undefined;

const text: Rule = (value) =>
  typeof value === "string" && value !== "" ? undefined : "must be a text that is not empty";
const flag: Rule = (value) => (typeof value === "boolean" ? undefined : "must be true or false");
const whole =
  (from: number, to: number): Rule =>
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= from && value <= to
      ? undefined
      : `must be a whole number from ${String(from)} to ${String(to)}`;
const cloud: Rule = () =>
  "is not supported by this plugin (it signs in by user name and password only): remove it, or use the released plugin";

/** Each input of the provider with its rule. */
export const PROVIDER_INPUTS: Readonly<Record<string, Rule>> = {
  host: text,
  port: whole(1, 65535),
  username: text,
  password: (value) => (typeof value === "string" ? undefined : "must be a text"),
  database: text,
  sslmode: (value) =>
    SSL_MODES.some((mode) => mode === value) ? undefined : `must be one of ${SSL_MODES.join(", ")}`,
  sslrootcert: text,
  connectTimeout: whole(0, 86400),
  superuser: flag,
  maxConnections: whole(0, 10000),
  scheme: (value) =>
    value === "postgres"
      ? undefined
      : "must be postgres: this plugin connects directly, not through a cloud's proxy",
  sslMode: () => "is not supported by this plugin: write sslmode",
  clientcert: () => "is not supported by this plugin (it signs in by user name and password only): remove it",
  databaseUsername: () => "is not supported by this plugin: username is the only user name",
  expectedVersion: () => "is not supported by this plugin: it asks the server for its version",
  awsRdsIamAuth: cloud,
  awsRdsIamProfile: cloud,
  awsRdsIamProviderRoleArn: cloud,
  awsRdsIamRegion: cloud,
  azureIdentityAuth: cloud,
  azureTenantId: cloud,
  gcpIamImpersonateServiceAccount: cloud,
};

// The engine's own keys in a provider's bag.
const ENGINE_KEYS = new Set(["version", "pluginDownloadURL", "__internal", "pluginChecksums"]);

/** Reads a bag in which the SDK, or the engine for `pulumi config`, wrote numbers, booleans and objects as JSON text. */
function decoded(key: string, value: Value): Value {
  const numeric = ["port", "connectTimeout", "maxConnections"].includes(key);
  if (typeof value !== "string" || !(numeric || key === "superuser" || key.endsWith("Auth"))) return value;
  try {
    return JSON.parse(value) as Value;
  } catch {
    return value;
  }
}

/** Every fault of a provider's configuration. Values that are not known yet are not judged. */
export function checkSettings(bag: Bag): Failure[] {
  const failures: Failure[] = [];
  for (const [property, raw] of Object.entries(bag)) {
    if (raw === undefined || raw === null || ENGINE_KEYS.has(property) || hasUnknown(raw)) continue;
    const value = decoded(property, raw);
    // The SDK always writes this one; false is the same as absent.
    if (value === false && property.endsWith("Auth")) continue;
    const rule = Object.hasOwn(PROVIDER_INPUTS, property) ? PROVIDER_INPUTS[property] : undefined;
    const fault = rule ? rule(value) : "is not an input of the provider";
    if (fault !== undefined) failures.push({ property, reason: `provider input ${property} ${fault}` });
  }
  return failures;
}

/** The settings of a checked bag; what it leaves out comes from the usual `PG…` variables, then from PostgreSQL's defaults. */
export function settings(bag: Bag, env: Readonly<Record<string, string | undefined>>): Settings {
  const get = (key: string): Value | undefined => {
    const value = bag[key];
    return value === undefined || value === null ? undefined : decoded(key, value);
  };
  const string = (key: string, variable: string): string | undefined => {
    const value = get(key);
    return typeof value === "string" ? value : env[variable] || undefined;
  };
  const number = (key: string, otherwise: number): number => {
    const value = get(key);
    return typeof value === "number" ? value : otherwise;
  };
  const mode = string("sslmode", "PGSSLMODE");
  return {
    host: string("host", "PGHOST") ?? "localhost",
    port: number("port", Number(env["PGPORT"] ?? 5432)),
    username: string("username", "PGUSER") ?? "postgres",
    password: string("password", "PGPASSWORD"),
    database: string("database", "PGDATABASE") ?? "postgres",
    sslmode: SSL_MODES.find((known) => known === mode) ?? "require",
    sslrootcert: string("sslrootcert", "PGSSLROOTCERT"),
    connectTimeout: number("connectTimeout", 180),
    superuser: get("superuser") !== false,
    maxConnections: number("maxConnections", 20),
  };
}
