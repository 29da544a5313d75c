import { expect } from "vitest";
import type { Bag } from "../../values.ts";
import type { Case, Cases, Context } from "../case.ts";

const base: Bag = { name: "lht_role" };
const row = (column: string): string => `SELECT ${column} FROM pg_roles WHERE rolname = 'lht_role'`;
const setting = (name: string): string =>
  row(`(SELECT substr(s, strpos(s, '=') + 1) FROM unnest(rolconfig) s WHERE s LIKE '${name}=%')`);

const attribute = (column: string, keyword: string, first: boolean): Case => ({
  kind: "works",
  base,
  values: [first, !first],
  probe: row(column),
  probed: [first, !first],
  drift: `ALTER ROLE lht_role ${first ? `NO${keyword}` : keyword}`,
});

/** Whether the role can log in with the password. */
const logsIn =
  (password: string) =>
  async ({ server }: Context): Promise<boolean> => {
    try {
      await server.sql(server.database, "SELECT 1", { user: "lht_role", password });
      return true;
    } catch (error) {
      if (error instanceof Error && error.message.includes("password authentication failed")) return false;
      throw error;
    }
  };

export const roleCases: Cases = {
  token: "postgresql:index/role:Role",
  sdk: "role",
  inputs: {
    name: [
      {
        kind: "works",
        base: {},
        values: ["lht_role", `lht_ro"le; DROP TABLE x --`],
        probe: `SELECT rolname FROM pg_roles WHERE rolname LIKE 'lht\\_ro%'`,
        probed: ["lht_role", `lht_ro"le; DROP TABLE x --`],
      },
      { kind: "refused", base: {}, value: "x".repeat(64), reason: /63 bytes/ },
      { kind: "refused", base: {}, value: "", reason: /empty/ },
    ],
    login: [attribute("rolcanlogin", "LOGIN", true)],
    superuser: [attribute("rolsuper", "SUPERUSER", true)],
    createDatabase: [attribute("rolcreatedb", "CREATEDB", true)],
    createRole: [attribute("rolcreaterole", "CREATEROLE", true)],
    inherit: [attribute("rolinherit", "INHERIT", false)],
    replication: [attribute("rolreplication", "REPLICATION", true)],
    bypassRowLevelSecurity: [attribute("rolbypassrls", "BYPASSRLS", true)],
    password: [
      {
        kind: "works",
        base: { ...base, login: true },
        values: ["first", "it's \\ second"],
        probe: async (context) => [await logsIn("first")(context), await logsIn("it's \\ second")(context)],
        probed: [
          [true, false],
          [false, true],
        ],
        drift: "ALTER ROLE lht_role PASSWORD 'other'",
      },
      {
        kind: "works",
        base: { ...base, login: true },
        values: ["pässwörd €", undefined],
        probe: logsIn("pässwörd €"),
        probed: [true, false],
        drift: "ALTER ROLE lht_role PASSWORD NULL",
      },
      { kind: "refused", base, value: "", reason: /leave it out/ },
      { kind: "refused", base, value: 5, reason: /must be a string/ },
    ],
    connectionLimit: [
      {
        kind: "works",
        base,
        values: [7, -1],
        probe: row("rolconnlimit"),
        probed: [7, -1],
        drift: "ALTER ROLE lht_role CONNECTION LIMIT 9",
      },
      { kind: "refused", base, value: -2, reason: /-1/ },
    ],
    validUntil: [
      {
        kind: "works",
        base,
        values: ["2031-05-01 10:00:00+02", "NULL"],
        importDiffers: ["validUntil"],
        probe: row("extract(epoch FROM rolvaliduntil)::text"),
        probed: ["1935388800.000000", "Infinity"],
        drift: "ALTER ROLE lht_role VALID UNTIL '2001-01-01'",
      },
    ],
    roles: [
      {
        kind: "works",
        base,
        values: [["lht_reader", "lht_group"], ["lht_other"]],
        probe: row(
          `ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = roleid
                 WHERE member = pg_roles.oid ORDER BY 1)`,
        ),
        probed: [["lht_group", "lht_reader"], ["lht_other"]],
        drift: "REVOKE lht_group FROM lht_role",
      },
    ],
    searchPaths: [
      {
        kind: "works",
        base,
        values: [["$user", 'My "Schema, x', "public"], ["public"]],
        probe: setting("search_path"),
        probed: ['"$user", "My ""Schema, x", public', "public"],
        drift: "ALTER ROLE lht_role RESET search_path",
      },
    ],
    statementTimeout: [
      {
        kind: "works",
        base,
        values: [90_000, 0],
        probe: setting("statement_timeout"),
        probed: ["90000", null],
        drift: "ALTER ROLE lht_role SET statement_timeout TO '2min'",
      },
      { kind: "refused", base, value: -1, reason: /milliseconds/ },
    ],
    idleInTransactionSessionTimeout: [
      {
        kind: "works",
        base,
        values: [1500, 2500],
        probe: setting("idle_in_transaction_session_timeout"),
        probed: ["1500", "2500"],
        drift: "ALTER ROLE lht_role RESET idle_in_transaction_session_timeout",
      },
      { kind: "refused", base, value: -1, reason: /milliseconds/ },
    ],
    assumeRole: [
      {
        kind: "works",
        base: { ...base, roles: ["lht_group"] },
        values: ["lht_group", ""],
        probe: setting("role"),
        probed: ["lht_group", null],
        drift: "ALTER ROLE lht_role RESET role",
      },
    ],
    skipDropRole: [
      {
        kind: "acts",
        base,
        values: [true, false],
        act: async ({ plugin, token, value, run }, make) => {
          await plugin.delete(token, await make({ skipDropRole: true }));
          expect(await value(row("count(*)::int"))).toBe(1);
          await run("DROP ROLE lht_role");
          await plugin.delete(token, await make({ skipDropRole: false }));
          expect(await value(row("count(*)::int"))).toBe(0);
        },
      },
    ],
    skipReassignOwned: [
      {
        kind: "acts",
        base,
        values: [true, false],
        act: async ({ plugin, token, value, run, server }, make) => {
          const owns =
            "CREATE TABLE owned (); ALTER TABLE owned OWNER TO lht_role; GRANT SELECT ON t.one TO lht_role";
          const kept = await make({ skipReassignOwned: true });
          await run(owns);
          await expect(plugin.delete(token, kept)).rejects.toThrow(/depend on it/);
          // The table is in another database than the provider's: it is found there.
          await plugin.delete(token, { ...kept, outputs: { ...kept.outputs, skipReassignOwned: false } });
          expect(await value("SELECT tableowner FROM pg_tables WHERE tablename = 'owned'")).toBe(
            server.username,
          );
          expect(await value(row("count(*)::int"))).toBe(0);
          await run("DROP TABLE owned");
        },
      },
    ],
    encryptedPassword: [
      {
        kind: "acts",
        base: { ...base, password: "secret" },
        values: [true, true],
        act: async ({ plugin, token, value }, make) => {
          const state = await make({ encryptedPassword: true });
          expect(await value("SELECT left(rolpassword, 14) FROM pg_authid WHERE rolname = 'lht_role'")).toBe(
            "SCRAM-SHA-256$",
          );
          await plugin.delete(token, state);
        },
      },
      { kind: "refused", base, value: false, reason: /must be true/ },
    ],
    encrypted: [{ kind: "refused", base, value: "true", reason: /encrypted is not supported.*remove it/ }],
    passwordWo: [{ kind: "refused", base, value: "x", reason: /passwordWo is not supported.*use password/ }],
    passwordWoVersion: [{ kind: "refused", base, value: "1", reason: /passwordWoVersion is not supported/ }],
  },
};
