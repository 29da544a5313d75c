/** `postgresql.DefaultPrivileges`: what a role will hold on objects that an owner makes later. */
import { defaulted, flag, nameFault, optional, required, text, texts } from "./fields.ts";
import type { Failure, Props } from "./fields.ts";
import {
  canonicalPrivileges,
  expand,
  isAll,
  privilegesFault,
  shown,
  statement,
  steps,
} from "./privileges.ts";
import type { Held } from "./privileges.ts";
import { joinId, part, resource, splitId } from "./resource.ts";
import { grantee, identifier, isMissing } from "./sql.ts";
import type { Server, Session } from "./sql.ts";

/** The plural that the statement wants, and the catalog's letter. */
const KINDS = {
  table: { keyword: "TABLES", letter: "r" },
  sequence: { keyword: "SEQUENCES", letter: "S" },
  function: { keyword: "FUNCTIONS", letter: "f" },
  routine: { keyword: "ROUTINES", letter: "f" },
  type: { keyword: "TYPES", letter: "T" },
  schema: { keyword: "SCHEMAS", letter: "n" },
} as const;
type KindName = keyof typeof KINDS;
const KIND_NAMES = Object.keys(KINDS) as KindName[];
const isKind = (name: string): name is KindName => KIND_NAMES.some((kind) => kind === name);

const fields = {
  database: required(text, { replace: true, fault: nameFault }),
  owner: required(text, { replace: true, fault: nameFault }),
  role: required(text, { replace: true, fault: nameFault }),
  objectType: required(text, {
    replace: true,
    fault: (type) => (isKind(type) ? undefined : `must be one of ${KIND_NAMES.join(", ")}, not ${type}`),
  }),
  privileges: required(texts, { canonical: canonicalPrivileges }),
  schema: optional(text, { replace: true, fault: nameFault }),
  withGrantOption: defaulted(flag, false),
};
type DefaultPrivileges = Props<typeof fields>;

const kindOf = (props: DefaultPrivileges): KindName => {
  if (!isKind(props.objectType))
    throw new Error(`${props.objectType} is no objectType: ${KIND_NAMES.join(", ")}`);
  return props.objectType;
};

export const defaultPrivileges = resource({
  token: "postgresql:index/defaultPrivileges:DefaultPrivileges",
  fields,
  idForm: "database/owner/role/objectType[/schema]",
  toId: (p) => joinId("/", [p.database, p.owner, p.role, p.objectType, p.schema ?? ""]),
  fromId: (id) => {
    const parts = splitId("/", id, 4, 5);
    if (!parts) return undefined;
    return {
      database: part(parts[0]),
      owner: part(parts[1]),
      role: part(parts[2]),
      objectType: part(parts[3]),
      schema: part(parts[4]) || undefined,
      privileges: [],
    };
  },

  faults: (props) => {
    const failures: Failure[] = [];
    const wrong = privilegesFault(props.privileges, kindOf(props));
    if (wrong !== undefined) failures.push({ property: "privileges", reason: wrong });
    if (props.objectType === "schema" && props.schema !== undefined) {
      failures.push({ property: "schema", reason: "schema must be left out when objectType is schema" });
    }
    if (props.role === "public" && props.withGrantOption) {
      failures.push({ property: "withGrantOption", reason: "withGrantOption must be false for public" });
    }
    return failures;
  },

  same: (key, old, next, olds) => key === "privileges" && isAll(old, next, kindOf(olds)),

  create: (server, props) => apply(server, props),
  update: (server, _olds, news) => apply(server, news),

  read: async (server, prior): Promise<DefaultPrivileges | undefined> => {
    try {
      return await server.read(prior.database, async (session) => {
        if (!(await exists(session, prior))) return undefined;
        const { held, version } = await find(session, prior);
        return { ...prior, ...shown([held], prior, expand(prior.privileges, kindOf(prior), version)) };
      });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },

  // Back to what PostgreSQL does by itself: PUBLIC may execute functions, the owner may do everything.
  delete: async (server, props) => {
    try {
      await server.change(props.database, async (session) => {
        if (!(await exists(session, props))) return;
        const { held, builtIn } = await find(session, props);
        await reach(session, { ...props, withGrantOption: false }, held, builtIn);
      });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  },
});

/** Whether both roles and the schema are there. */
async function exists(session: Session, props: DefaultPrivileges): Promise<boolean> {
  const [found] = await session.rows<{ ok: boolean }>(
    `SELECT ($1 = 'public' OR EXISTS (SELECT FROM pg_roles WHERE rolname = $1))
        AND EXISTS (SELECT FROM pg_roles WHERE rolname = $2)
        AND ($3 = '' OR EXISTS (SELECT FROM pg_namespace WHERE nspname = $3)) AS ok`,
    [props.role, props.owner, props.schema ?? ""],
  );
  return found?.ok ?? false;
}

/**
 * An entry without schema replaces what PostgreSQL grants by itself; an entry of a schema adds to it, so there
 * nothing is held unless somebody said so.
 */
async function find(
  session: Session,
  props: DefaultPrivileges,
): Promise<{ held: Held; builtIn: string[]; version: number }> {
  const [row] = await session.rows<{
    version: number;
    held: string[];
    grantable: string[];
    built_in: string[];
  }>(
    `WITH owner AS (SELECT oid FROM pg_roles WHERE rolname = $2),
       grantee AS (SELECT CASE WHEN $1 = 'public' THEN 0 ELSE (SELECT oid FROM pg_roles WHERE rolname = $1) END AS oid),
       own AS (SELECT CASE WHEN $3 = '' THEN acldefault(CASE WHEN $4 = 'S' THEN 's' ELSE $4 END::"char", owner.oid)
                      END AS acl FROM owner),
       entry AS (SELECT defaclacl AS acl FROM pg_default_acl, owner WHERE defaclrole = owner.oid AND defaclobjtype = $4::"char"
                 AND defaclnamespace = CASE WHEN $3 = '' THEN 0 ELSE (SELECT oid FROM pg_namespace WHERE nspname = $3) END),
       live AS (SELECT (x).privilege_type AS privilege, (x).is_grantable AS grantable
                FROM (SELECT aclexplode(coalesce((SELECT acl FROM entry), (SELECT acl FROM own))) AS x) e
                WHERE (x).grantee = (SELECT oid FROM grantee))
     SELECT current_setting('server_version_num')::int AS version,
       ARRAY(SELECT DISTINCT privilege FROM live ORDER BY 1) AS held,
       ARRAY(SELECT DISTINCT privilege FROM live WHERE grantable ORDER BY 1) AS grantable,
       ARRAY(SELECT (x).privilege_type FROM (SELECT aclexplode((SELECT acl FROM own)) AS x) e
             WHERE (x).grantee = (SELECT oid FROM grantee) ORDER BY 1) AS built_in`,
    [props.role, props.owner, props.schema ?? "", KINDS[kindOf(props)].letter],
  );
  if (!row) throw new Error("PostgreSQL answered nothing about default privileges");
  return {
    held: { privileges: row.held, grantable: row.grantable },
    builtIn: row.built_in,
    version: row.version,
  };
}

async function apply(server: Server, props: DefaultPrivileges): Promise<void> {
  await server.change(props.database, async (session) => {
    const { held, version } = await find(session, props);
    await reach(session, props, held, expand(props.privileges, kindOf(props), version));
  });
}

async function reach(
  session: Session,
  props: DefaultPrivileges,
  held: Held,
  wanted: readonly string[],
): Promise<void> {
  const inSchema = props.schema === undefined ? "" : ` IN SCHEMA ${identifier(props.schema)}`;
  for (const step of steps(held, wanted, props.withGrantOption)) {
    const change = statement(step, KINDS[kindOf(props)].keyword, grantee(props.role));
    await session.run(`ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(props.owner)}${inSchema} ${change}`);
  }
}
