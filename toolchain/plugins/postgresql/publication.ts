/** `postgresql.Publication`: what logical replication, and with it change data capture, sends. */
import { asSet, computed, defaulted, flag, nameFault, named, text, texts } from "./fields.ts";
import type { Props } from "./fields.ts";
import { joinId, part, resource, splitId } from "./resource.ts";
import { identifier, isMissing } from "./sql.ts";

const ACTIONS = ["insert", "update", "delete", "truncate"] as const;

/** Schema and table of `schema.table`, `"sch.ema"."table"` or `table` (in `public`); undefined for anything else. */
function qualified(name: string): [schema: string, table: string] | undefined {
  const match = /^(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)$/.exec(name);
  if (!match) return undefined;
  const bare = (raw: string): string => (raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
  return [bare(match[1] ?? "public"), bare(match[2] ?? "")];
}

/** The one spelling of a table's name that the state shows: quoted only where it must be. */
function spelled(name: string): string {
  return (qualified(name) ?? [name]).map((raw) => (/[".]/.test(raw) ? identifier(raw) : raw)).join(".");
}

const inSql = (name: string): string => (qualified(name) ?? [name]).map(identifier).join(".");

const fields = {
  name: named(),
  database: computed(text, { replace: true, fault: nameFault }),
  owner: computed(text, { fault: nameFault }),
  tables: defaulted(texts, [], {
    canonical: (names) => asSet(names.map(spelled)),
    fault: (names) => {
      const wrong = names.find((name) => qualified(name) === undefined);
      return wrong === undefined ? undefined : `must list tables as schema.table, not ${wrong}`;
    },
  }),
  allTables: defaulted(flag, false, { replace: true }),
  publishParams: computed(texts, {
    canonical: asSet,
    fault: (names) => {
      const wrong = names.find((name) => !ACTIONS.some((action) => action === name));
      if (wrong !== undefined) return `must be some of ${ACTIONS.join(", ")}, not ${wrong}`;
      return names.length === 0 ? "must not be empty; leave it out for all" : undefined;
    },
  }),
  publishViaPartitionRootParam: defaulted(flag, false),
  dropCascade: defaulted(flag, false, { unreadable: true }),
};
type Publication = Props<typeof fields>;

export const publication = resource({
  token: "postgresql:index/publication:Publication",
  fields,
  faults: ({ tables, allTables }) =>
    allTables && tables.length > 0
      ? [{ property: "tables", reason: "tables must be empty when allTables is true" }]
      : [],
  toId: (props) => joinId(".", [props.database ?? "", props.name]),
  idForm: "database.publication",
  fromId: (id) => {
    const parts = splitId(".", id, 2);
    return parts && { database: part(parts[0]), name: part(parts[1]) };
  },

  create: (server, props) =>
    server.change(props.database ?? "", async (session) => {
      const target = props.allTables
        ? "FOR ALL TABLES"
        : props.tables.length > 0
          ? `FOR TABLE ${props.tables.map(inSql).join(", ")}`
          : "";
      const options = parameters(props);
      const name = identifier(props.name);
      await session.run(`CREATE PUBLICATION ${name} ${target} ${options && `WITH (${options})`}`);
      if (props.owner !== undefined)
        await session.run(`ALTER PUBLICATION ${name} OWNER TO ${identifier(props.owner)}`);
    }),

  read: async (server, prior): Promise<Publication | undefined> => {
    try {
      const [found] = await server.read(prior.database ?? "", (session) =>
        session.rows<{
          owner: string;
          puballtables: boolean;
          pubviaroot: boolean;
          actions: string[];
          tables: { schema: string; name: string }[];
        }>(
          `SELECT pg_get_userbyid(pubowner)::text AS owner, puballtables, pubviaroot,
             ARRAY(SELECT action FROM (VALUES ('insert', pubinsert), ('update', pubupdate), ('delete', pubdelete),
                   ('truncate', pubtruncate)) AS a (action, sent) WHERE sent) AS actions,
             (SELECT coalesce(json_agg(json_build_object('schema', n.nspname, 'name', c.relname) ORDER BY n.nspname, c.relname), '[]')
              FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE r.prpubid = p.oid) AS tables
           FROM pg_publication p WHERE pubname = $1`,
          [prior.name],
        ),
      );
      return (
        found && {
          ...prior,
          owner: found.owner,
          allTables: found.puballtables,
          publishViaPartitionRootParam: found.pubviaroot,
          publishParams: found.actions,
          tables: found.tables.map((table) =>
            spelled(`${identifier(table.schema)}.${identifier(table.name)}`),
          ),
        }
      );
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },

  update: (server, olds, news) =>
    server.change(news.database ?? "", async (session) => {
      const name = identifier(news.name);
      if (olds.name !== news.name)
        await session.run(`ALTER PUBLICATION ${identifier(olds.name)} RENAME TO ${name}`);
      const before = olds.tables.map(inSql);
      const after = news.tables.map(inSql);
      // SET TABLE wants one table at least, so the difference is applied; a dropped table left by itself.
      const live = (
        await session.rows<{ schema: string; name: string }>(
          `SELECT n.nspname::text AS schema, c.relname::text AS name
           FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid
             JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE pubname = $1`,
          [news.name],
        )
      ).map((row) => `${identifier(row.schema)}.${identifier(row.name)}`);
      const gone = before.filter((table) => !after.includes(table) && live.includes(table));
      const added = after.filter((table) => !before.includes(table));
      if (gone.length > 0) await session.run(`ALTER PUBLICATION ${name} DROP TABLE ${gone.join(", ")}`);
      if (added.length > 0) await session.run(`ALTER PUBLICATION ${name} ADD TABLE ${added.join(", ")}`);
      const options = parameters(news);
      if (options !== parameters(olds)) await session.run(`ALTER PUBLICATION ${name} SET (${options})`);
      if (olds.owner !== news.owner && news.owner !== undefined) {
        await session.run(`ALTER PUBLICATION ${name} OWNER TO ${identifier(news.owner)}`);
      }
    }),

  delete: async (server, props) => {
    try {
      await server.change(props.database ?? "", (session) =>
        session.run(
          `DROP PUBLICATION IF EXISTS ${identifier(props.name)} ${props.dropCascade ? "CASCADE" : "RESTRICT"}`,
        ),
      );
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  },
});

function parameters(props: Publication): string {
  const options = [`publish_via_partition_root = ${String(props.publishViaPartitionRootParam)}`];
  if (props.publishParams !== undefined) options.push(`publish = '${asSet(props.publishParams).join(", ")}'`);
  return options.join(", ");
}
