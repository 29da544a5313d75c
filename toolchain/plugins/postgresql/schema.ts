/** `postgresql.Schema`. */
import { computed, defaulted, flag, nameFault, named, refused, text } from "./fields.ts";
import type { Props } from "./fields.ts";
import { joinId, part, resource, splitId } from "./resource.ts";
import { identifier, isMissing } from "./sql.ts";

const fields = {
  name: named(),
  database: computed(text, { replace: true, fault: nameFault }),
  owner: computed(text, { fault: nameFault }),
  ifNotExists: defaulted(flag, true, { unreadable: true }),
  dropCascade: defaulted(flag, false, { unreadable: true }),
  policies: refused('it is deprecated: use postgresql.Grant with objectType "schema"'),
};
type Schema = Props<typeof fields>;

export const schema = resource({
  token: "postgresql:index/schema:Schema",
  fields,
  toId: (props) => joinId(".", [props.database ?? "", props.name]),
  idForm: "database.schema",
  fromId: (id) => {
    const parts = splitId(".", id, 2);
    return parts && { database: part(parts[0]), name: part(parts[1]) };
  },

  create: (server, props) =>
    server.change(props.database ?? "", async (session) => {
      const name = identifier(props.name);
      await session.run(`CREATE SCHEMA ${props.ifNotExists ? "IF NOT EXISTS " : ""}${name}`);
      if (props.owner !== undefined)
        await session.run(`ALTER SCHEMA ${name} OWNER TO ${identifier(props.owner)}`);
    }),

  read: async (server, prior): Promise<Schema | undefined> => {
    try {
      const [found] = await server.read(prior.database ?? "", (session) =>
        session.rows<{ owner: string }>(
          "SELECT pg_get_userbyid(nspowner)::text AS owner FROM pg_namespace WHERE nspname = $1",
          [prior.name],
        ),
      );
      return found && { ...prior, owner: found.owner };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },

  update: (server, olds, news) =>
    server.change(news.database ?? "", async (session) => {
      const name = identifier(news.name);
      if (olds.name !== news.name)
        await session.run(`ALTER SCHEMA ${identifier(olds.name)} RENAME TO ${name}`);
      if (olds.owner !== news.owner && news.owner !== undefined) {
        await session.run(`ALTER SCHEMA ${name} OWNER TO ${identifier(news.owner)}`);
      }
    }),

  delete: async (server, props) => {
    try {
      await server.change(props.database ?? "", (session) =>
        session.run(
          `DROP SCHEMA IF EXISTS ${identifier(props.name)} ${props.dropCascade ? "CASCADE" : "RESTRICT"}`,
        ),
      );
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  },
});
