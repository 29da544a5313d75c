/** `postgresql.Grant`: all privileges of one role on some objects. */
import { asSet, defaulted, flag, nameFault, optional, required, text, texts } from "./fields.ts";
import type { Failure, Props } from "./fields.ts";
import {
  PRIVILEGES,
  canonicalPrivileges,
  expand,
  isAll,
  privilegesFault,
  shown,
  statement,
  steps,
} from "./privileges.ts";
import type { Held } from "./privileges.ts";
import { joinId, part, partList, resource, splitId } from "./resource.ts";
import { grantee, identifier, isMissing, serverVersion } from "./sql.ts";
import type { Server, Session } from "./sql.ts";

/** How the objects of one kind are found in the catalogs, and what a statement calls them. */
interface Kind {
  readonly keyword: string;
  /** `acldefault`'s letter. */
  readonly letter: string;
  readonly from: string;
  /** SQL for the quoted identity, the plain name, the access list and the owner. */
  readonly identity: string;
  readonly name: string;
  readonly acl: string;
  readonly owner: string;
  /** Whether the row is of this kind and in the schema `$2`. */
  readonly where: string;
  /** Whether the row is the object that `wanted` names; by default its name is equal. */
  readonly named?: string;
  readonly inSchema: boolean;
  /** `none`: the kind is one object by itself; `some`: they must be listed; `all`: an empty list is all in the schema. */
  readonly objects: "none" | "some" | "all";
}

const relation = (keyword: string, letter: string, kinds: string): Kind => ({
  keyword,
  letter,
  from: "pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace",
  identity: "format('%I.%I', n.nspname, o.relname)",
  name: "o.relname",
  acl: "o.relacl",
  owner: "o.relowner",
  where: `n.nspname = $2 AND o.relkind = ANY ('{${kinds}}')`,
  inSchema: true,
  objects: "all",
});

// A routine is named with or without argument types: `total` is every `total`, `total(integer)` is one.
const routine = (keyword: string, kinds: string): Kind => ({
  keyword,
  letter: "f",
  from: "pg_proc o JOIN pg_namespace n ON n.oid = o.pronamespace",
  identity: "format('%I.%I(%s)', n.nspname, o.proname, pg_get_function_identity_arguments(o.oid))",
  name: "o.proname",
  acl: "o.proacl",
  owner: "o.proowner",
  where: `n.nspname = $2 AND o.prokind = ANY ('{${kinds}}')`,
  named: `CASE WHEN wanted LIKE '%(%)' THEN o.oid = to_regprocedure(
            format('%I.%I%s', $2::text, split_part(wanted, '(', 1), substr(wanted, strpos(wanted, '('))))
          ELSE o.proname = wanted END`,
  inSchema: true,
  objects: "all",
});

const single = (
  keyword: string,
  letter: string,
  table: string,
  prefix: string,
  objects: "none" | "some",
): Kind => ({
  keyword,
  letter,
  from: `${table} o`,
  identity: `format('%I', o.${prefix}name)`,
  name: `o.${prefix}name`,
  acl: `o.${prefix}acl`,
  owner: `o.${prefix === "dat" ? "datdba" : `${prefix}owner`}`,
  where: "$2::text IS NOT NULL",
  inSchema: false,
  objects,
});

const KINDS = {
  database: single("DATABASE", "d", "pg_database", "dat", "none"),
  schema: single("SCHEMA", "n", "pg_namespace", "nsp", "none"),
  table: relation("TABLE", "r", "r,v,m,f,p"),
  sequence: relation("SEQUENCE", "s", "S"),
  function: routine("FUNCTION", "f,a,w"),
  procedure: routine("PROCEDURE", "p"),
  routine: routine("ROUTINE", "f,a,w,p"),
  foreign_data_wrapper: single("FOREIGN DATA WRAPPER", "F", "pg_foreign_data_wrapper", "fdw", "some"),
  foreign_server: single("FOREIGN SERVER", "S", "pg_foreign_server", "srv", "some"),
  column: { ...relation("TABLE", "c", "r,v,m,f,p"), objects: "some" },
} satisfies Readonly<Record<string, Kind>>;
type KindName = keyof typeof KINDS;
const KIND_NAMES = Object.keys(KINDS) as KindName[];
const isKind = (name: string): name is KindName => KIND_NAMES.some((kind) => kind === name);

const fields = {
  database: required(text, { replace: true, fault: nameFault }),
  role: required(text, { replace: true, fault: nameFault }),
  objectType: required(text, {
    replace: true,
    fault: (type) => (isKind(type) ? undefined : `must be one of ${KIND_NAMES.join(", ")}, not ${type}`),
  }),
  privileges: required(texts, { canonical: canonicalPrivileges }),
  schema: optional(text, { replace: true, fault: nameFault }),
  objects: defaulted(texts, [], { replace: true, canonical: asSet }),
  columns: defaulted(texts, [], { replace: true, canonical: asSet }),
  withGrantOption: defaulted(flag, false),
};
type Grant = Props<typeof fields>;

const kindOf = (props: Grant): KindName => {
  if (!isKind(props.objectType))
    throw new Error(`${props.objectType} is no objectType: ${KIND_NAMES.join(", ")}`);
  return props.objectType;
};

// A database is granted on from the provider's database: it may refuse connections itself.
const place = (server: Server, props: Grant): string =>
  props.objectType === "database" ? server.settings.database : props.database;

export const grant = resource({
  token: "postgresql:index/grant:Grant",
  fields,
  idForm: "database/role/objectType[/schema[/object,object[/column,column]]]",
  toId: (p) =>
    joinId("/", [p.database, p.role, p.objectType, p.schema ?? "", asSet(p.objects), asSet(p.columns)]),
  fromId: (id) => {
    const parts = splitId("/", id, 3, 6);
    if (!parts) return undefined;
    return {
      database: part(parts[0]),
      role: part(parts[1]),
      objectType: part(parts[2]),
      schema: part(parts[3]) || undefined,
      objects: partList(parts[4]),
      columns: partList(parts[5]),
      privileges: [],
    };
  },

  faults: (props) => {
    const failures: Failure[] = [];
    const fail = (property: string, reason: string): void =>
      void failures.push({ property, reason: `${property} ${reason}` });
    const { objectType: type } = props;
    const kind = KINDS[kindOf(props)];
    const wrong = privilegesFault(props.privileges, kindOf(props));
    if (wrong !== undefined) failures.push({ property: "privileges", reason: wrong });
    const wantsSchema = kind.inSchema || type === "schema";
    if (wantsSchema && props.schema === undefined) fail("schema", `is required when objectType is ${type}`);
    if (!wantsSchema && props.schema !== undefined)
      fail("schema", `must be left out when objectType is ${type}`);
    if (kind.objects === "none" && props.objects.length > 0)
      fail("objects", `must be left out when objectType is ${type}`);
    if (kind.objects === "some" && props.objects.length === 0)
      fail("objects", `is required when objectType is ${type}`);
    if (type === "column") {
      if (props.objects.length > 1) fail("objects", "must be one table when objectType is column");
      if (props.columns.length === 0) fail("columns", "is required when objectType is column");
    } else if (props.columns.length > 0) fail("columns", "must be left out unless objectType is column");
    if (props.role === "public" && props.withGrantOption) fail("withGrantOption", "must be false for public");
    return failures;
  },

  same: (key, old, next, olds) => key === "privileges" && isAll(old, next, kindOf(olds)),

  create: (server, props) => apply(server, props, props.privileges),
  update: (server, _olds, news) => apply(server, news, news.privileges),

  read: async (server, prior): Promise<Grant | undefined> => {
    try {
      return await server.read(place(server, prior), async (session) => {
        if (!(await exists(session, prior))) return undefined;
        const found = await find(session, prior);
        const listed = new Set(found.map((object) => object.wanted));
        const objects = prior.objects.filter((name) => listed.has(name));
        const gone =
          KINDS[kindOf(prior)].objects !== "all" || prior.objects.length > 0 ? found.length === 0 : false;
        if (gone) return undefined;
        const present = asSet(found.flatMap((object) => (object.column === "" ? [] : [object.column])));
        return {
          ...prior,
          ...shown(found, prior, expand(prior.privileges, kindOf(prior), await serverVersion(session))),
          objects: objects.length === prior.objects.length ? prior.objects : objects,
          columns: present.length === asSet(prior.columns).length ? prior.columns : present,
        };
      });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },

  delete: async (server, props) => {
    try {
      await server.change(place(server, props), async (session) => {
        if (!(await exists(session, props))) return;
        await reach(session, props, await find(session, props), []);
      });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  },
});

interface FoundObject extends Held {
  readonly identity: string;
  /** The name by which the resource lists it. */
  readonly wanted: string;
  readonly column: string;
}

/** Whether role and database are there. */
async function exists(session: Session, props: Grant): Promise<boolean> {
  const [found] = await session.rows<{ ok: boolean }>(
    `SELECT ($1 = 'public' OR EXISTS (SELECT FROM pg_roles WHERE rolname = $1))
        AND EXISTS (SELECT FROM pg_database WHERE datname = $2) AS ok`,
    [props.role, props.database],
  );
  return found?.ok ?? false;
}

/** The objects with what the role holds on each; for columns, one row a column. */
async function find(session: Session, props: Grant): Promise<FoundObject[]> {
  const kind: Kind = KINDS[kindOf(props)];
  const columns = props.objectType === "column";
  const wanted =
    props.objectType === "database"
      ? [props.database]
      : props.objectType === "schema"
        ? [props.schema ?? ""]
        : props.objects;
  const acl = columns
    ? "coalesce(a.attacl, acldefault('c', o.relowner))"
    : `coalesce(${kind.acl}, acldefault('${kind.letter}', ${kind.owner}))`;
  return session.rows<FoundObject>(
    `SELECT ${kind.identity} AS identity, coalesce(wanted, '') AS wanted, ${columns ? "a.attname::text" : "''"} AS column,
       ARRAY(SELECT DISTINCT privilege_type FROM aclexplode(${acl}) WHERE grantee = g.oid ORDER BY 1) AS privileges,
       ARRAY(SELECT DISTINCT privilege_type FROM aclexplode(${acl}) WHERE grantee = g.oid AND is_grantable ORDER BY 1) AS grantable
     FROM ${kind.from}
       ${columns ? "JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname = ANY ($4)" : ""}
       JOIN (SELECT CASE WHEN $1 = 'public' THEN 0 ELSE (SELECT oid FROM pg_roles WHERE rolname = $1) END AS oid) g ON true
       LEFT JOIN LATERAL unnest($3::text[]) AS wanted ON ${kind.named ?? `${kind.name} = wanted`}
     WHERE ${kind.where} AND (wanted IS NOT NULL OR cardinality($3::text[]) = 0) ${columns ? "" : "AND $4::text[] IS NOT NULL"}
     ORDER BY 1, 3`,
    [props.role, props.schema ?? "", wanted, props.columns],
  );
}

async function apply(server: Server, props: Grant, privileges: readonly string[]): Promise<void> {
  await server.change(place(server, props), async (session) => {
    const found = await find(session, props);
    const listed = new Set(found.map((object) => object.wanted));
    const missing = props.objects.filter((name) => !listed.has(name));
    if (props.objectType === "database" && found.length === 0) missing.push(props.database);
    if (missing.length > 0) {
      throw new Error(
        `no ${props.objectType} ${missing.join(", ")} in ${props.schema ?? props.database}: make it before the Grant`,
      );
    }
    if (props.schema !== undefined) {
      const [row] = await session.rows("SELECT FROM pg_namespace WHERE nspname = $1", [props.schema]);
      if (!row)
        throw new Error(`no schema ${props.schema} in database ${props.database}: make it before the Grant`);
    }
    const lost = props.columns.filter((column) => !found.some((object) => object.column === column));
    if (lost.length > 0)
      throw new Error(`no column ${lost.join(", ")} in ${props.objects.join()}: make it before the Grant`);
    await reach(session, props, found, expand(privileges, kindOf(props), await serverVersion(session)));
  });
}

async function reach(
  session: Session,
  props: Grant,
  found: readonly FoundObject[],
  wanted: readonly string[],
): Promise<void> {
  const { keyword } = KINDS[kindOf(props)];
  for (const object of found) {
    const write = (privilege: string): string =>
      object.column === "" ? privilege : `${privilege} (${identifier(object.column)})`;
    for (const step of steps(object, wanted, props.withGrantOption)) {
      await session.run(statement(step, `${keyword} ${object.identity}`, grantee(props.role), write));
    }
  }
}

/** The kinds, for the tests. */
export const GRANT_KINDS: readonly string[] = KIND_NAMES.filter((kind) => kind in PRIVILEGES);
