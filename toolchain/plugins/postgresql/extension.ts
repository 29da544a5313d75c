/** `postgresql.Extension`. */
import { computed, defaulted, flag, nameFault, named, text } from "./fields.ts";
import type { Props } from "./fields.ts";
import { joinId, part, resource, splitId } from "./resource.ts";
import { identifier, isMissing } from "./sql.ts";
import type { Session } from "./sql.ts";

const fields = {
  // Extensions have names of their own, so the resource's name is taken as it is.
  name: named({ suffix: false, replace: true }),
  database: computed(text, { replace: true, fault: nameFault }),
  schema: computed(text, { fault: nameFault }),
  version: computed(text, { fault: nameFault }),
  createCascade: defaulted(flag, false, { unreadable: true }),
  dropCascade: defaulted(flag, false, { unreadable: true }),
};
type Extension = Props<typeof fields>;

export const extension = resource({
  token: "postgresql:index/extension:Extension",
  fields,
  toId: (props) => joinId(".", [props.database ?? "", props.name]),
  idForm: "database.extension",
  fromId: (id) => {
    const parts = splitId(".", id, 2);
    return parts && { database: part(parts[0]), name: part(parts[1]) };
  },

  create: (server, props) =>
    server.change(props.database ?? "", async (session) => {
      const options = [];
      if (props.schema !== undefined) options.push(`SCHEMA ${identifier(props.schema)}`);
      if (props.version !== undefined) options.push(`VERSION ${identifier(props.version)}`);
      if (props.createCascade) options.push("CASCADE");
      await session.run(`CREATE EXTENSION IF NOT EXISTS ${identifier(props.name)} ${options.join(" ")}`);
      // One that was there already (plpgsql is in every database) may be elsewhere or older.
      const found = await find(session, props.name);
      if (found) await move(session, { ...props, ...found }, props);
    }),

  read: async (server, prior): Promise<Extension | undefined> => {
    try {
      const found = await server.read(prior.database ?? "", (session) => find(session, prior.name));
      return found && { ...prior, ...found };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },

  update: (server, olds, news) => server.change(news.database ?? "", (session) => move(session, olds, news)),

  delete: async (server, props) => {
    try {
      await server.change(props.database ?? "", (session) =>
        session.run(
          `DROP EXTENSION IF EXISTS ${identifier(props.name)} ${props.dropCascade ? "CASCADE" : "RESTRICT"}`,
        ),
      );
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  },
});

async function find(
  session: Session,
  name: string,
): Promise<{ schema: string; version: string } | undefined> {
  const [found] = await session.rows<{ schema: string; version: string }>(
    `SELECT n.nspname::text AS schema, e.extversion AS version
     FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = $1`,
    [name],
  );
  return found;
}

async function move(session: Session, olds: Extension, news: Extension): Promise<void> {
  const name = identifier(news.name);
  if (news.version !== undefined && olds.version !== news.version) {
    await session.run(`ALTER EXTENSION ${name} UPDATE TO ${identifier(news.version)}`);
  }
  if (news.schema !== undefined && olds.schema !== news.schema) {
    await session.run(`ALTER EXTENSION ${name} SET SCHEMA ${identifier(news.schema)}`);
  }
}
