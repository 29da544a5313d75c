import { expect } from "vitest";
import type { Bag } from "../../values.ts";
import type { Cases } from "../case.ts";

const base: Bag = { name: "lht_db" };
const row = (column: string): string => `SELECT ${column} FROM pg_database WHERE datname = 'lht_db'`;

export const databaseCases: Cases = {
  token: "postgresql:index/database:Database",
  sdk: "database",
  inputs: {
    name: [
      {
        kind: "works",
        base: {},
        values: ["lht_db", 'lht_db "2"; x'],
        probe: `SELECT datname FROM pg_database WHERE datname LIKE 'lht\\_db%'`,
        probed: ["lht_db", 'lht_db "2"; x'],
      },
      { kind: "refused", base: {}, value: "x".repeat(64), reason: /63 bytes/ },
    ],
    owner: [
      {
        kind: "works",
        base,
        values: ["lht_owner", "lht_other"],
        probe: row("pg_get_userbyid(datdba)::text"),
        probed: ["lht_owner", "lht_other"],
        drift: "ALTER DATABASE lht_db OWNER TO lht_other",
      },
      {
        kind: "works",
        base,
        values: ["DEFAULT", "lht_other"],
        importDiffers: ["owner"],
        probe: row("datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user)"),
        probed: [true, false],
        drift: "ALTER DATABASE lht_db OWNER TO lht_other",
      },
    ],
    allowConnections: [
      {
        kind: "works",
        base,
        values: [false, true],
        probe: row("datallowconn"),
        probed: [false, true],
        drift: "ALTER DATABASE lht_db ALLOW_CONNECTIONS true",
      },
    ],
    connectionLimit: [
      {
        kind: "works",
        base,
        values: [3, -1],
        probe: row("datconnlimit"),
        probed: [3, -1],
        drift: "ALTER DATABASE lht_db CONNECTION LIMIT 4",
      },
      { kind: "refused", base, value: -5, reason: /-1/ },
    ],
    isTemplate: [
      {
        kind: "works",
        base,
        values: [true, false],
        probe: row("datistemplate"),
        probed: [true, false],
        drift: "ALTER DATABASE lht_db IS_TEMPLATE false",
      },
    ],
    encoding: [
      {
        kind: "works",
        base,
        values: ["SQL_ASCII", "utf-8"],
        probe: row("pg_encoding_to_char(encoding)"),
        probed: ["SQL_ASCII", "UTF8"],
        replaces: true,
        setUp:
          "CREATE DATABASE lht_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'; DROP DATABASE lht_ascii",
      },
      { kind: "refused", base, value: "6", reason: /name/ },
    ],
    lcCollate: [
      {
        kind: "works",
        base,
        values: ["C.UTF-8", "C"],
        probe: row("datcollate"),
        probed: ["C.UTF-8", "C"],
        replaces: true,
      },
    ],
    lcCtype: [
      {
        kind: "works",
        base,
        values: ["C.UTF-8", "DEFAULT"],
        probe: row(
          "datctype = (SELECT datctype FROM pg_database WHERE datname = 'template0') OR datctype = 'C.UTF-8'",
        ),
        probed: [true, true],
        replaces: true,
      },
    ],
    template: [
      {
        kind: "acts",
        base,
        values: ["lht_template", "template0"],
        act: async ({ plugin, token, server, run }, make) => {
          await run(
            "CREATE DATABASE lht_template TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'",
            server.database,
          );
          await run("CREATE TABLE copied ()", "lht_template");
          const state = await make({
            template: "lht_template",
            encoding: "DEFAULT",
            lcCollate: "DEFAULT",
            lcCtype: "DEFAULT",
          });
          const tables = "SELECT tablename FROM pg_tables WHERE tablename = 'copied'";
          expect(await server.sql("lht_db", tables)).toEqual([{ tablename: "copied" }]);
          const { replaces } = await plugin.diff(token, state, { ...base, template: "template0" });
          expect(replaces).toContain("template");
          await plugin.delete(token, state);
          await run("DROP DATABASE lht_template", server.database);
        },
      },
    ],
    tablespaceName: [
      {
        kind: "acts",
        base,
        values: ["pg_default", "DEFAULT"],
        // A tablespace of its own wants a folder on the server, which PostgreSQL 15 can make inside its data.
        act: async ({ plugin, token, server, value }, make) => {
          await server
            .sql(
              server.database,
              `SET allow_in_place_tablespaces = true; CREATE TABLESPACE lht_space LOCATION ''; RESET allow_in_place_tablespaces`,
            )
            .catch(async () => {
              await server.sql(server.database, "SET allow_in_place_tablespaces = true");
              await server.sql(server.database, "CREATE TABLESPACE lht_space LOCATION ''");
            });
          const space = row("(SELECT spcname FROM pg_tablespace t WHERE t.oid = dattablespace)");
          const state = await make({ tablespaceName: "lht_space" });
          expect(await value(space)).toBe("lht_space");
          const { keys, replaces } = await plugin.diff(token, state, {
            ...base,
            tablespaceName: "pg_default",
          });
          expect([keys, replaces]).toEqual([["tablespaceName"], []]);
          const moved = await plugin.update(token, state, { ...base, tablespaceName: "pg_default" });
          expect(await value(space)).toBe("pg_default");
          expect(await plugin.diff(token, moved, { ...base, tablespaceName: "pg_default" })).toMatchObject({
            keys: [],
          });
          await plugin.delete(token, moved);
          await server.sql(server.database, "DROP TABLESPACE lht_space");
        },
      },
    ],
    alterObjectOwnership: [
      {
        kind: "acts",
        base: { ...base, owner: "lht_owner" },
        values: [true, false],
        act: async ({ plugin, token, server, value }, make) => {
          const owner = async (): Promise<unknown> =>
            (
              await server.sql<{ tableowner: string }>(
                "lht_db",
                "SELECT tableowner FROM pg_tables WHERE tablename = 'a'",
              )
            )[0]?.tableowner;
          const state = await make({ alterObjectOwnership: true });
          await server.sql("lht_db", "CREATE TABLE a (); ALTER TABLE a OWNER TO lht_owner");
          const after = await plugin.update(token, state, {
            ...base,
            owner: "lht_other",
            alterObjectOwnership: true,
          });
          expect(await owner()).toBe("lht_other");
          // The old owner's other databases stay his.
          expect(
            await value("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'lht_shop'"),
          ).toBe("lht_owner");
          await plugin.update(token, after, { ...base, owner: "lht_owner", alterObjectOwnership: false });
          expect(await owner()).toBe("lht_other");
          await plugin.delete(token, after);
        },
      },
    ],
  },
};
