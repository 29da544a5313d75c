/** `postgresql.Database`. */
import { computed, defaulted, flag, nameFault, named, text, whole } from "./fields.ts";
import type { Props } from "./fields.ts";
import { resource } from "./resource.ts";
import { identifier, literal, serverVersion } from "./sql.ts";

/** UTF8 and utf-8, C.UTF-8 and C.utf8 are the same; an empty text means the default. */
const locale =
  (otherwise: string) =>
  (value: string): string =>
    (value === "" ? otherwise : value).toLowerCase().replaceAll(/[-_]/g, "");

const templateName = (value: string): string => (value === "" || value === "DEFAULT" ? "template0" : value);

const fields = {
  name: named(),
  owner: computed(text, { fault: nameFault }),
  allowConnections: defaulted(flag, true),
  connectionLimit: defaulted(whole, -1, {
    fault: (n) => (n < -1 ? "must be -1 (no limit) or more" : undefined),
  }),
  isTemplate: defaulted(flag, false),
  encoding: defaulted(text, "UTF8", {
    replace: true,
    canonical: locale("UTF8"),
    fault: (v) => (/^\d+$/.test(v) ? "must be an encoding's name (UTF8), not its number" : undefined),
  }),
  lcCollate: defaulted(text, "C", { replace: true, canonical: locale("C") }),
  lcCtype: defaulted(text, "C", { replace: true, canonical: locale("C") }),
  template: defaulted(text, "template0", {
    replace: true,
    unreadable: true,
    canonical: templateName,
  }),
  tablespaceName: computed(text, { fault: nameFault }),
  alterObjectOwnership: defaulted(flag, false, { unreadable: true }),
};
type Database = Props<typeof fields>;

const given = (value: string | undefined): value is string =>
  value !== undefined && value !== "" && value !== "DEFAULT";

export const database = resource({
  token: "postgresql:index/database:Database",
  fields,
  toId: (props) => props.name,
  idForm: "the database's name",
  fromId: (id) => ({ name: id }),

  create: (server, props) =>
    server.changeOutsideTransaction(server.settings.database, async (session) => {
      const options = [`TEMPLATE ${identifier(templateName(props.template))}`];
      if (props.encoding !== "DEFAULT") options.push(`ENCODING ${literal(props.encoding || "UTF8")}`);
      if (props.lcCollate !== "DEFAULT") options.push(`LC_COLLATE ${literal(props.lcCollate || "C")}`);
      if (props.lcCtype !== "DEFAULT") options.push(`LC_CTYPE ${literal(props.lcCtype || "C")}`);
      // The two are the collation only where libc does it; another template than template0 brings its own way.
      const libc = props.lcCollate !== "DEFAULT" || props.lcCtype !== "DEFAULT";
      if (libc && templateName(props.template) === "template0" && (await serverVersion(session)) >= 150000) {
        options.push("LOCALE_PROVIDER libc");
      }
      if (given(props.owner)) options.push(`OWNER ${identifier(props.owner)}`);
      if (given(props.tablespaceName)) options.push(`TABLESPACE ${identifier(props.tablespaceName)}`);
      options.push(`ALLOW_CONNECTIONS ${String(props.allowConnections)}`);
      options.push(`CONNECTION LIMIT ${String(props.connectionLimit)}`);
      options.push(`IS_TEMPLATE ${String(props.isTemplate)}`);
      server.leave(templateName(props.template));
      await session.run(`CREATE DATABASE ${identifier(props.name)} ${options.join(" ")}`);
    }),

  read: (server, prior) =>
    server.read(server.settings.database, async (session): Promise<Database | undefined> => {
      const [found] = await session.rows<{
        owner: string;
        datallowconn: boolean;
        datconnlimit: number;
        datistemplate: boolean;
        encoding: string;
        datcollate: string;
        datctype: string;
        spcname: string;
        same_owner: boolean;
      }>(
        `SELECT r.rolname::text AS owner, r.rolname = current_user AS same_owner, datallowconn, datconnlimit, datistemplate,
           pg_encoding_to_char(encoding)::text AS encoding, datcollate::text, datctype::text, t.spcname::text
         FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba JOIN pg_tablespace t ON t.oid = d.dattablespace
         WHERE datname = $1`,
        [prior.name],
      );
      if (!found) return undefined;
      const chosen = (state: string, live: string): string => (state === "DEFAULT" ? state : live);
      return {
        ...prior,
        owner: prior.owner === "DEFAULT" && found.same_owner ? prior.owner : found.owner,
        allowConnections: found.datallowconn,
        connectionLimit: found.datconnlimit,
        isTemplate: found.datistemplate,
        encoding: chosen(prior.encoding, found.encoding),
        lcCollate: chosen(prior.lcCollate, found.datcollate),
        lcCtype: chosen(prior.lcCtype, found.datctype),
        tablespaceName: prior.tablespaceName === "DEFAULT" ? prior.tablespaceName : found.spcname,
      };
    }),

  update: async (server, olds, news) => {
    const name = identifier(news.name);
    if (olds.name !== news.name || olds.tablespaceName !== news.tablespaceName) server.leave(olds.name);
    await server.change(server.settings.database, async (session) => {
      if (olds.name !== news.name)
        await session.run(`ALTER DATABASE ${identifier(olds.name)} RENAME TO ${name}`);
      if (olds.owner !== news.owner && news.owner !== undefined) {
        await session.run(
          `ALTER DATABASE ${name} OWNER TO ${given(news.owner) ? identifier(news.owner) : "CURRENT_USER"}`,
        );
      }
      const options: string[] = [];
      if (olds.allowConnections !== news.allowConnections)
        options.push(`ALLOW_CONNECTIONS ${String(news.allowConnections)}`);
      if (olds.connectionLimit !== news.connectionLimit)
        options.push(`CONNECTION LIMIT ${String(news.connectionLimit)}`);
      if (olds.isTemplate !== news.isTemplate) options.push(`IS_TEMPLATE ${String(news.isTemplate)}`);
      if (options.length > 0) await session.run(`ALTER DATABASE ${name} ${options.join(" ")}`);
    });
    if (olds.tablespaceName !== news.tablespaceName && given(news.tablespaceName)) {
      const tablespace = identifier(news.tablespaceName);
      await server.changeOutsideTransaction(server.settings.database, (session) =>
        session.run(`ALTER DATABASE ${name} SET TABLESPACE ${tablespace}`),
      );
    }
    if (news.alterObjectOwnership && given(olds.owner) && given(news.owner) && olds.owner !== news.owner) {
      const [from, to] = [olds.owner, news.owner];
      await server.change(news.name, async (session) => {
        // REASSIGN OWNED takes the old owner's other databases along: those are given back.
        const others = await session.rows<{ datname: string }>(
          "SELECT datname::text FROM pg_database WHERE datdba = (SELECT oid FROM pg_roles WHERE rolname = $1)",
          [from],
        );
        await session.run(`REASSIGN OWNED BY ${identifier(from)} TO ${identifier(to)}`);
        for (const { datname } of others) {
          await session.run(`ALTER DATABASE ${identifier(datname)} OWNER TO ${identifier(from)}`);
        }
      });
    }
  },

  delete: (server, props) =>
    server.changeOutsideTransaction(server.settings.database, async (session) => {
      const [found] = await session.rows<{ datistemplate: boolean }>(
        "SELECT datistemplate FROM pg_database WHERE datname = $1",
        [props.name],
      );
      if (!found) return;
      server.leave(props.name);
      if (found.datistemplate)
        await session.run(`ALTER DATABASE ${identifier(props.name)} IS_TEMPLATE false`);
      await session.run(`DROP DATABASE IF EXISTS ${identifier(props.name)} WITH (FORCE)`);
    }),
});
