import { expect } from "vitest";
import type { Bag } from "../../values.ts";
import type { Case, Cases } from "../case.ts";
import { DATABASE } from "../fixture.ts";

const allTables: Bag = {
  database: DATABASE,
  role: "lht_reader",
  schema: "s",
  objectType: "table",
  privileges: ["SELECT"],
};
const base: Bag = { ...allTables, objects: ["users"] };
const has = (what: string): string => `SELECT ${what}`;
const onTable = (privilege: string, table = "s.users", role = "lht_reader"): string =>
  `has_table_privilege('${role}', '${table}', '${privilege}')`;

/** One kind of object: granted, taken away by somebody else, granted again, withdrawn. */
const kind = (inputs: Bag, probe: string, drift: string): Case => ({
  kind: "works",
  base: { database: DATABASE, role: "lht_reader", ...inputs },
  values: [inputs["objectType"], inputs["objectType"]],
  probe,
  probed: [true, true],
  drift,
});

export const grantCases: Cases = {
  token: "postgresql:index/grant:Grant",
  sdk: "grant",
  inputs: {
    database: [
      { kind: "refused", base, value: "", reason: /empty/ },
      {
        kind: "acts",
        base,
        values: [DATABASE, "postgres"],
        act: async ({ plugin, token, value }, make) => {
          const state = await make({ database: DATABASE });
          expect(await value(has(onTable("SELECT")))).toBe(true);
          const { replaces, deleteBeforeReplace } = await plugin.diff(token, state, {
            ...base,
            database: "postgres",
          });
          expect([replaces, deleteBeforeReplace]).toEqual([["database"], true]);
          await plugin.delete(token, state);
          expect(await value(has(onTable("SELECT")))).toBe(false);
        },
      },
    ],
    role: [
      {
        kind: "works",
        base,
        values: ["lht_reader", "public"],
        probe: has(`ARRAY[${onTable("SELECT")}, ${onTable("SELECT", "s.users", "lht_other")}]`),
        probed: [
          [true, false],
          [true, true],
        ],
        drift: "REVOKE SELECT ON s.users FROM lht_reader",
        replaces: true,
      },
    ],
    objectType: [
      kind(
        { objectType: "database", privileges: ["CREATE"] },
        `SELECT has_database_privilege('lht_reader', '${DATABASE}', 'CREATE')`,
        `REVOKE CREATE ON DATABASE ${DATABASE} FROM lht_reader`,
      ),
      kind(
        { objectType: "schema", schema: "s", privileges: ["USAGE"] },
        "SELECT has_schema_privilege('lht_reader', 's', 'USAGE')",
        "REVOKE USAGE ON SCHEMA s FROM lht_reader",
      ),
      kind(
        { objectType: "table", schema: "s", objects: ['We.ird "table'], privileges: ["SELECT"] },
        has(onTable("SELECT", 's."We.ird ""table"')),
        'REVOKE SELECT ON s."We.ird ""table" FROM lht_reader',
      ),
      kind(
        { objectType: "sequence", schema: "s", objects: ["counter"], privileges: ["USAGE", "SELECT"] },
        "SELECT has_sequence_privilege('lht_reader', 's.counter', 'USAGE')",
        "REVOKE USAGE ON SEQUENCE s.counter FROM lht_reader",
      ),
      kind(
        { objectType: "function", schema: "s", objects: ["total(integer)"], privileges: ["EXECUTE"] },
        `SELECT 'lht_reader'::regrole::oid IN (SELECT grantee FROM pg_proc, aclexplode(proacl) WHERE oid = 's.total(int)'::regprocedure)
           AND NOT EXISTS (SELECT FROM pg_proc, aclexplode(proacl) WHERE oid = 's.total()'::regprocedure AND grantee = 'lht_reader'::regrole)`,
        "REVOKE EXECUTE ON FUNCTION s.total(int) FROM lht_reader",
      ),
      kind(
        { objectType: "procedure", schema: "s", objects: ["work"], privileges: ["EXECUTE"] },
        "SELECT 'lht_reader'::regrole::oid IN (SELECT grantee FROM pg_proc, aclexplode(proacl) WHERE proname = 'work')",
        "REVOKE EXECUTE ON PROCEDURE s.work FROM lht_reader",
      ),
      kind(
        { objectType: "routine", schema: "s", privileges: ["EXECUTE"] },
        `SELECT count(*) = 3 FROM pg_proc, aclexplode(proacl) WHERE pronamespace = 's'::regnamespace AND grantee = 'lht_reader'::regrole`,
        "REVOKE EXECUTE ON PROCEDURE s.work FROM lht_reader",
      ),
      kind(
        { objectType: "foreign_data_wrapper", objects: ["postgres_fdw"], privileges: ["USAGE"] },
        "SELECT has_foreign_data_wrapper_privilege('lht_reader', 'postgres_fdw', 'USAGE')",
        "REVOKE USAGE ON FOREIGN DATA WRAPPER postgres_fdw FROM lht_reader",
      ),
      kind(
        { objectType: "foreign_server", objects: ["far"], privileges: ["USAGE"] },
        "SELECT has_server_privilege('lht_reader', 'far', 'USAGE')",
        "REVOKE USAGE ON FOREIGN SERVER far FROM lht_reader",
      ),
      kind(
        { objectType: "column", schema: "s", objects: ["users"], columns: ["email"], privileges: ["SELECT"] },
        "SELECT has_column_privilege('lht_reader', 's.users', 'email', 'SELECT')",
        "REVOKE SELECT (email) ON s.users FROM lht_reader",
      ),
      { kind: "refused", base, value: "view", reason: /one of database, schema, table/ },
    ],
    privileges: [
      {
        kind: "works",
        base,
        values: [
          ["select", "INSERT"],
          ["SELECT", "UPDATE"],
        ],
        probe: has(`ARRAY[${onTable("SELECT")}, ${onTable("INSERT")}, ${onTable("UPDATE")}]`),
        probed: [
          [true, true, false],
          [true, false, true],
        ],
        drift: "GRANT DELETE ON s.users TO lht_reader",
      },
      {
        kind: "works",
        base,
        values: [["ALL"], []],
        probe: has(`${onTable("SELECT")} AND ${onTable("TRIGGER")}`),
        probed: [true, false],
        drift: "REVOKE TRIGGER ON s.users FROM lht_reader",
      },
      { kind: "refused", base, value: ["EXECUTE"], reason: /not EXECUTE/ },
      { kind: "refused", base, value: ["SELECT ON s.users TO public; --"], reason: /not SELECT ON/ },
    ],
    schema: [
      {
        kind: "works",
        base: { database: DATABASE, role: "lht_reader", objectType: "schema", privileges: ["USAGE"] },
        values: ["s", "t"],
        probe:
          "SELECT ARRAY[has_schema_privilege('lht_reader', 's', 'USAGE'), has_schema_privilege('lht_reader', 't', 'USAGE')]",
        probed: [
          [true, false],
          [false, true],
        ],
        drift: "REVOKE USAGE ON SCHEMA s FROM lht_reader",
        replaces: true,
      },
      {
        kind: "refused",
        base: { database: DATABASE, role: "lht_reader", objectType: "database", privileges: ["CREATE"] },
        value: "s",
        reason: /left out/,
      },
    ],
    objects: [
      {
        kind: "works",
        base: allTables,
        values: [["users", "items"], ["items"]],
        probe: has(`ARRAY[${onTable("SELECT")}, ${onTable("SELECT", "s.items")}]`),
        probed: [
          [true, true],
          [false, true],
        ],
        drift: "REVOKE SELECT ON s.users FROM lht_reader",
        replaces: true,
      },
      {
        // An empty list is every table, so one that comes later is drift.
        kind: "works",
        base: allTables,
        values: [[], ["items"]],
        probe: has(`ARRAY[${onTable("SELECT", "s.parted")}, ${onTable("SELECT", "s.items")}]`),
        probed: [
          [true, true],
          [false, true],
        ],
        drift: "CREATE TABLE s.late ()",
        tearDown: "DROP TABLE s.late",
        replaces: true,
      },
      {
        kind: "acts",
        base: allTables,
        values: ["missing", "gone"],
        act: async ({ plugin, token, run }, make) => {
          await expect(make({ objects: ["missing"] })).rejects.toThrow(/no table missing in s/);
          await run("CREATE TABLE s.gone ()");
          const state = await make({ objects: ["gone", "users"] });
          await run("DROP TABLE s.gone");
          const live = await plugin.read(token, state, { ...allTables, objects: ["gone", "users"] });
          expect(live?.outputs).toMatchObject({ objects: ["users"] });
          await plugin.delete(token, state);
          // A schema without tables holds nothing to grant on, which is no drift.
          const none = await plugin.create(token, { ...allTables, schema: "empty" });
          expect((await plugin.read(token, none))?.outputs).toMatchObject({ privileges: ["SELECT"] });
          await plugin.delete(token, none);
        },
      },
      {
        kind: "refused",
        base: { ...allTables, objectType: "schema", privileges: ["USAGE"] },
        value: ["x"],
        reason: /left out/,
      },
    ],
    columns: [
      {
        kind: "works",
        base: { ...base, objectType: "column" },
        values: [["email", "country"], ["id"]],
        probe: `SELECT ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = 's.users'::regclass
          AND has_column_privilege('lht_reader', attrelid, attname, 'SELECT') AND attnum > 0 ORDER BY 1)`,
        probed: [["country", "email"], ["id"]],
        drift: "REVOKE SELECT (email) ON s.users FROM lht_reader",
        replaces: true,
      },
      { kind: "refused", base, value: ["id"], reason: /unless objectType is column/ },
    ],
    withGrantOption: [
      {
        kind: "works",
        base,
        values: [true, false],
        probe: has(onTable("SELECT WITH GRANT OPTION")),
        probed: [true, false],
        drift: "REVOKE GRANT OPTION FOR SELECT ON s.users FROM lht_reader",
      },
      { kind: "refused", base: { ...base, role: "public" }, value: true, reason: /false for public/ },
    ],
  },
};
