import { expect } from "vitest";
import type { Bag } from "../../values.ts";
import type { Case, Cases } from "../case.ts";
import { DATABASE } from "../fixture.ts";

const everywhere: Bag = {
  database: DATABASE,
  owner: "lht_owner",
  role: "lht_reader",
  objectType: "table",
  privileges: ["SELECT"],
};
const base: Bag = { ...everywhere, schema: "t" };

/** The entries of the catalog, one text each. */
const entries = `SELECT coalesce(string_agg(concat_ws(' ', defaclrole::regrole, nullif(defaclnamespace, 0)::regnamespace, defaclobjtype,
    array_to_string(ARRAY(SELECT acl FROM unnest(defaclacl::text[]) acl WHERE acl !~ '^lht_owner=' ORDER BY 1), ' ')), '; '
    ORDER BY defaclrole::regrole::text, defaclnamespace), '') FROM pg_default_acl`;

const kind = (objectType: string, privilege: string, letter: string, acl: string): Case => ({
  kind: "works",
  base: { ...everywhere, privileges: [privilege] },
  values: [objectType, objectType],
  probe: entries,
  probed: [`lht_owner ${letter} ${acl}`, `lht_owner ${letter} ${acl}`],
  drift: `ALTER DEFAULT PRIVILEGES FOR ROLE lht_owner REVOKE ALL ON ${objectType}S FROM lht_reader`,
});

export const defaultPrivilegesCases: Cases = {
  token: "postgresql:index/defaultPrivileges:DefaultPrivileges",
  sdk: "defaultPrivileges",
  inputs: {
    database: [
      { kind: "refused", base, value: "", reason: /empty/ },
      {
        kind: "acts",
        base,
        values: [DATABASE, "postgres"],
        act: async ({ plugin, token, value }, make) => {
          const state = await make({ database: DATABASE });
          expect(await value(entries)).toBe(`lht_owner t r lht_reader=r/lht_owner`);
          expect((await plugin.diff(token, state, { ...base, database: "postgres" })).replaces).toEqual([
            "database",
          ]);
          await plugin.delete(token, state);
          expect(await value(entries)).toBe("");
        },
      },
    ],
    owner: [
      {
        kind: "works",
        base,
        values: ["lht_owner", "lht_other"],
        probe: entries,
        probed: ["lht_owner t r lht_reader=r/lht_owner", "lht_other t r lht_reader=r/lht_other"],
        drift: "ALTER DEFAULT PRIVILEGES FOR ROLE lht_owner IN SCHEMA t REVOKE ALL ON TABLES FROM lht_reader",
        replaces: true,
      },
    ],
    role: [
      {
        kind: "works",
        base,
        values: ["lht_reader", "public"],
        probe: entries,
        probed: ["lht_owner t r lht_reader=r/lht_owner", "lht_owner t r =r/lht_owner"],
        drift: "ALTER DEFAULT PRIVILEGES FOR ROLE lht_owner IN SCHEMA t REVOKE ALL ON TABLES FROM lht_reader",
        replaces: true,
      },
    ],
    objectType: [
      kind("table", "SELECT", "r", "lht_reader=r/lht_owner"),
      kind("sequence", "USAGE", "S", "lht_reader=U/lht_owner"),
      kind("function", "EXECUTE", "f", "=X/lht_owner lht_reader=X/lht_owner"),
      kind("routine", "EXECUTE", "f", "=X/lht_owner lht_reader=X/lht_owner"),
      kind("type", "USAGE", "T", "=U/lht_owner lht_reader=U/lht_owner"),
      kind("schema", "USAGE", "n", "lht_reader=U/lht_owner"),
      { kind: "refused", base, value: "view", reason: /one of table/ },
    ],
    privileges: [
      {
        kind: "works",
        base,
        values: [["SELECT", "INSERT"], ["UPDATE"]],
        probe: entries,
        probed: ["lht_owner t r lht_reader=ar/lht_owner", "lht_owner t r lht_reader=w/lht_owner"],
        drift: "ALTER DEFAULT PRIVILEGES FOR ROLE lht_owner IN SCHEMA t GRANT DELETE ON TABLES TO lht_reader",
      },
      {
        // What PostgreSQL grants by itself is taken away, and given back in the end.
        kind: "works",
        base: { ...everywhere, role: "public", objectType: "function" },
        values: [[], ["EXECUTE"]],
        probe: `SELECT count(*)::int FROM pg_default_acl WHERE defaclobjtype = 'f'`,
        probed: [1, 0],
        drift: "ALTER DEFAULT PRIVILEGES FOR ROLE lht_owner GRANT EXECUTE ON FUNCTIONS TO public",
      },
      { kind: "refused", base, value: ["EXECUTE"], reason: /not EXECUTE/ },
    ],
    schema: [
      {
        kind: "works",
        base: everywhere,
        values: ["t", undefined],
        probe: entries,
        probed: ["lht_owner t r lht_reader=r/lht_owner", "lht_owner r lht_reader=r/lht_owner"],
        drift: "ALTER DEFAULT PRIVILEGES FOR ROLE lht_owner IN SCHEMA t REVOKE ALL ON TABLES FROM lht_reader",
        replaces: true,
      },
      {
        kind: "refused",
        base: { ...everywhere, objectType: "schema", privileges: ["USAGE"] },
        value: "t",
        reason: /left out/,
      },
    ],
    withGrantOption: [
      {
        kind: "works",
        base,
        values: [true, false],
        probe: entries,
        probed: ["lht_owner t r lht_reader=r*/lht_owner", "lht_owner t r lht_reader=r/lht_owner"],
        drift:
          "ALTER DEFAULT PRIVILEGES FOR ROLE lht_owner IN SCHEMA t REVOKE GRANT OPTION FOR SELECT ON TABLES FROM lht_reader",
      },
      { kind: "refused", base: { ...base, role: "public" }, value: true, reason: /false for public/ },
    ],
  },
};
