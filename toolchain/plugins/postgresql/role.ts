/** `postgresql.Role`: users and groups. */
import { asSet, defaulted, flag, named, optional, refused, text, texts, whole } from "./fields.ts";
import type { Props } from "./fields.ts";
import { isVerifier, matches, toSend } from "./password.ts";
import { resource } from "./resource.ts";
import { grantee, identifier, identifiers, isMissing, literal } from "./sql.ts";
import type { Server, Session } from "./sql.ts";

const WRITE_ONLY =
  "the engine keeps every input in the state (secrets encrypted), so write-only would not be true: use password";

const end = (value: string): string => (["", "NULL", "infinity"].includes(value) ? "infinity" : value);

const fields = {
  name: named(),
  login: defaulted(flag, false),
  password: optional(text, {
    secret: true,
    fault: (password) =>
      password === "" ? "must not be empty; leave it out for a role without password" : undefined,
  }),
  superuser: defaulted(flag, false),
  createDatabase: defaulted(flag, false),
  createRole: defaulted(flag, false),
  inherit: defaulted(flag, true),
  replication: defaulted(flag, false),
  bypassRowLevelSecurity: defaulted(flag, false),
  connectionLimit: defaulted(whole, -1, {
    fault: (n) => (n < -1 ? "must be -1 (no limit) or more" : undefined),
  }),
  validUntil: defaulted(text, "infinity", { canonical: end }),
  roles: defaulted(texts, [], { canonical: asSet }),
  searchPaths: defaulted(texts, []),
  statementTimeout: defaulted(whole, 0, { fault: timeoutFault }),
  idleInTransactionSessionTimeout: defaulted(whole, 0, { fault: timeoutFault }),
  assumeRole: defaulted(text, ""),
  skipDropRole: defaulted(flag, false, { unreadable: true }),
  skipReassignOwned: defaulted(flag, false, { unreadable: true }),
  encryptedPassword: defaulted(flag, true, {
    unreadable: true,
    fault: (on) => (on ? undefined : "must be true: PostgreSQL stores no plain passwords any more"),
  }),
  encrypted: refused("it is deprecated, and PostgreSQL always encrypts: remove it"),
  passwordWo: refused(WRITE_ONLY),
  passwordWoVersion: refused(WRITE_ONLY),
};
type Role = Props<typeof fields>;

const ATTRIBUTES = {
  login: "LOGIN",
  superuser: "SUPERUSER",
  createDatabase: "CREATEDB",
  createRole: "CREATEROLE",
  inherit: "INHERIT",
  replication: "REPLICATION",
  bypassRowLevelSecurity: "BYPASSRLS",
} as const;
const PLAIN: Role = {
  name: "",
  password: undefined,
  ...Object.fromEntries(
    Object.entries(fields).flatMap(([k, f]) => (f.absent.kind === "default" ? [[k, f.absent.value]] : [])),
  ),
} as Role;

export const role = resource({
  token: "postgresql:index/role:Role",
  fields,
  toId: (props) => props.name,
  idForm: "the role's name",
  fromId: (id) => ({ name: id }),

  create: (server, props) =>
    server.change(server.settings.database, async (session) => {
      await session.run(`CREATE ROLE ${identifier(props.name)}`);
      await apply(session, PLAIN, props);
    }),

  read: async (server, prior) =>
    server.read(server.settings.database, async (session): Promise<Role | undefined> => {
      const [found] = await session.rows<Found>(FIND, [prior.name, prior.validUntil]);
      if (!found) return undefined;
      const settings = new Map((found.rolconfig ?? []).map((entry) => splitSetting(entry)));
      return {
        ...prior,
        name: prior.name,
        login: found.rolcanlogin,
        superuser: found.rolsuper,
        createDatabase: found.rolcreatedb,
        createRole: found.rolcreaterole,
        inherit: found.rolinherit,
        replication: found.rolreplication,
        bypassRowLevelSecurity: found.rolbypassrls,
        connectionLimit: found.rolconnlimit,
        validUntil: found.same_until ? prior.validUntil : found.until,
        roles: found.roles,
        searchPaths: splitList(settings.get("search_path") ?? ""),
        statementTimeout: milliseconds(settings.get("statement_timeout")),
        idleInTransactionSessionTimeout: milliseconds(settings.get("idle_in_transaction_session_timeout")),
        assumeRole: settings.get("role") ?? "",
        password: await livePassword(server, session, prior),
      };
    }),

  update: (server, olds, news) =>
    server.change(server.settings.database, async (session) => {
      if (olds.name !== news.name) {
        await session.run(`ALTER ROLE ${identifier(olds.name)} RENAME TO ${identifier(news.name)}`);
      }
      await apply(session, olds, news);
    }),

  delete: async (server, props) => {
    if (props.skipDropRole) return;
    try {
      if (!props.skipReassignOwned) await disown(server, props.name);
      await server.change(server.settings.database, (session) =>
        session.run(`DROP ROLE IF EXISTS ${identifier(props.name)}`),
      );
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  },

  // An imported or changed password is known by its verifier alone.
  same: (key, old, next, olds) =>
    key === "password" &&
    typeof old === "string" &&
    typeof next === "string" &&
    isVerifier(old) &&
    matches(old, next, olds.name),
});

interface Found {
  rolsuper: boolean;
  rolinherit: boolean;
  rolcreaterole: boolean;
  rolcreatedb: boolean;
  rolcanlogin: boolean;
  rolreplication: boolean;
  rolbypassrls: boolean;
  rolconnlimit: number;
  rolconfig: string[] | null;
  until: string;
  same_until: boolean;
  roles: string[];
}

const FIND = `
SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, rolconfig,
  CASE WHEN isfinite(until) THEN to_char(until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE until::text END AS until,
  until = CASE WHEN $2 IN ('', 'NULL') THEN 'infinity' ELSE $2 END::timestamptz AS same_until,
  ARRAY(SELECT DISTINCT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
        WHERE m.member = r.oid ORDER BY 1) AS roles
FROM pg_roles r, LATERAL (SELECT coalesce(rolvaliduntil, 'infinity') AS until) u
WHERE rolname = $1`;

/** Makes the role, as `olds` describes it, what `news` says; only what differs, for attributes that only superusers may name. */
async function apply(session: Session, olds: Role, news: Role): Promise<void> {
  const name = identifier(news.name);
  const options: string[] = [];
  for (const [key, keyword] of Object.entries(ATTRIBUTES) as [keyof typeof ATTRIBUTES, string][]) {
    if (olds[key] !== news[key]) options.push(news[key] ? keyword : `NO${keyword}`);
  }
  if (olds.connectionLimit !== news.connectionLimit)
    options.push(`CONNECTION LIMIT ${String(news.connectionLimit)}`);
  if (olds.validUntil !== news.validUntil) {
    options.push(`VALID UNTIL ${literal(end(news.validUntil))}`);
  }
  // A rename clears MD5 passwords, which are salted with the name.
  if (olds.password !== news.password || (olds.name !== "" && olds.name !== news.name)) {
    if (news.password !== undefined) {
      const [row] = await session.rows<{ method: string }>(
        "SELECT current_setting('password_encryption') AS method",
      );
      options.push(`PASSWORD ${literal(toSend(news.password, news.name, row?.method ?? "scram-sha-256"))}`);
    } else if (olds.password !== undefined) options.push("PASSWORD NULL");
  }
  if (options.length > 0) await session.run(`ALTER ROLE ${name} ${options.join(" ")}`);

  const left = olds.roles.filter((group) => !news.roles.includes(group));
  const joined = news.roles.filter((group) => !olds.roles.includes(group));
  if (left.length > 0) await session.run(`REVOKE ${identifiers(left)} FROM ${name}`);
  if (joined.length > 0) await session.run(`GRANT ${identifiers(joined)} TO ${name}`);

  const set = async (parameter: string, value: string | undefined): Promise<void> =>
    session.run(
      `ALTER ROLE ${name} ${value === undefined ? `RESET ${parameter}` : `SET ${parameter} TO ${value}`}`,
    );
  if (olds.searchPaths.join("\0") !== news.searchPaths.join("\0")) {
    await set(
      "search_path",
      news.searchPaths.length > 0 ? news.searchPaths.map(literal).join(", ") : undefined,
    );
  }
  for (const [key, parameter] of [
    ["statementTimeout", "statement_timeout"],
    ["idleInTransactionSessionTimeout", "idle_in_transaction_session_timeout"],
  ] as const) {
    if (olds[key] !== news[key]) await set(parameter, news[key] > 0 ? String(news[key]) : undefined);
  }
  if (olds.assumeRole !== news.assumeRole)
    await set("role", news.assumeRole === "" ? undefined : literal(news.assumeRole));
}

/** The state's password as long as the server's verifier belongs to it, else that verifier. */
async function livePassword(server: Server, session: Session, prior: Role): Promise<string | undefined> {
  if (!server.settings.superuser) return prior.password;
  const [row] = await session.rows<{ rolpassword: string | null }>(
    "SELECT rolpassword FROM pg_authid WHERE rolname = $1",
    [prior.name],
  );
  const verifier = row?.rolpassword ?? undefined;
  if (verifier === undefined || prior.password === undefined) return verifier;
  return matches(verifier, prior.password, prior.name) ? prior.password : verifier;
}

/** Hands what the role owns, in every database, to the provider's user, and takes away what it was granted. */
async function disown(server: Server, name: string): Promise<void> {
  const databases = await server.read(server.settings.database, (session) =>
    session.rows<{ datname: string }>(
      `SELECT DISTINCT d.datname::text FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid AND d.datallowconn
       WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = (SELECT oid FROM pg_roles WHERE rolname = $1)`,
      [name],
    ),
  );
  for (const database of new Set([...databases.map((row) => row.datname), server.settings.database])) {
    try {
      await server.change(database, async (session) => {
        await session.run(`REASSIGN OWNED BY ${grantee(name)} TO CURRENT_USER`);
        await session.run(`DROP OWNED BY ${grantee(name)}`);
      });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

function timeoutFault(n: number): string | undefined {
  return n < 0 ? "must be 0 (none) or more milliseconds" : undefined;
}

function splitSetting(entry: string): [string, string] {
  const at = entry.indexOf("=");
  return [entry.slice(0, at).toLowerCase(), entry.slice(at + 1)];
}

/** A list of identifiers as PostgreSQL writes it: quoted where needed, separated by commas. */
function splitList(list: string): string[] {
  return [...list.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^",\s][^,]*))\s*(?:,|$)/g)].map(([, quoted, bare]) =>
    quoted === undefined ? (bare ?? "").trim() : quoted.replaceAll('""', '"'),
  );
}

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function milliseconds(setting: string | undefined): number {
  const [, number, unit] = /^\s*([0-9.]+)\s*([a-z]*)\s*$/.exec(setting ?? "0") ?? [];
  return Math.round(Number(number ?? 0) * (UNITS[unit === undefined || unit === "" ? "ms" : unit] ?? 1));
}
