import { expect } from "vitest";
import type { Bag } from "../../values.ts";
import type { Cases } from "../case.ts";
import { DATABASE } from "../fixture.ts";

const base: Bag = { name: "made", database: DATABASE };

export const schemaCases: Cases = {
  token: "postgresql:index/schema:Schema",
  sdk: "schema",
  inputs: {
    name: [
      {
        kind: "works",
        base: { database: DATABASE },
        values: ["made", 'made.by "x"; y'],
        probe: "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'made%'",
        probed: ["made", 'made.by "x"; y'],
      },
      { kind: "refused", base: { database: DATABASE }, value: "", reason: /empty/ },
    ],
    database: [
      {
        kind: "works",
        base: { name: "lht_made" },
        values: [DATABASE, undefined],
        probe: "SELECT count(*)::int FROM pg_namespace WHERE nspname = 'lht_made'",
        probed: [1, 1],
      },
      {
        kind: "acts",
        base: { name: "lht_made" },
        values: [DATABASE, "postgres"],
        act: async ({ plugin, token, server }, make) => {
          const state = await make({ database: DATABASE });
          const other = { name: "lht_made", database: server.database };
          expect((await plugin.diff(token, state, other)).replaces).toEqual(["database"]);
          await plugin.delete(token, state);
          // Without the input it is the provider's database.
          const inDefault = await plugin.create(token, { name: "lht_made" });
          expect(inDefault).toMatchObject({ id: `${server.database}.lht_made`, outputs: other });
          await plugin.delete(token, inDefault);
        },
      },
    ],
    owner: [
      {
        kind: "works",
        base,
        values: ["lht_owner", "lht_other"],
        probe: "SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = 'made'",
        probed: ["lht_owner", "lht_other"],
        drift: "ALTER SCHEMA made OWNER TO lht_other",
      },
    ],
    ifNotExists: [
      {
        kind: "acts",
        base: { ...base, name: "there" },
        values: [true, false],
        act: async ({ plugin, token, run }, make) => {
          await run("CREATE SCHEMA there");
          await expect(make({ ifNotExists: false })).rejects.toThrow(/already exists.*pulumi import/);
          await plugin.delete(token, await make({ ifNotExists: true }));
        },
      },
    ],
    dropCascade: [
      {
        kind: "acts",
        base,
        values: [true, false],
        act: async ({ plugin, token, run, value }, make) => {
          const state = await make({ dropCascade: false });
          await run("CREATE TABLE made.t ()");
          await expect(plugin.delete(token, state)).rejects.toThrow(/depend on it/);
          const cascading = await plugin.update(token, state, { ...base, dropCascade: true });
          await plugin.delete(token, cascading);
          expect(await value("SELECT count(*)::int FROM pg_namespace WHERE nspname = 'made'")).toBe(0);
        },
      },
    ],
    policies: [
      {
        kind: "refused",
        base,
        value: [{ usage: true }],
        reason: /policies is not supported.*postgresql\.Grant/,
      },
    ],
  },
};
