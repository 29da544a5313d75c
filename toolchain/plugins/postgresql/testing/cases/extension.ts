import { expect } from "vitest";
import type { Bag } from "../../values.ts";
import type { Cases } from "../case.ts";
import { DATABASE } from "../fixture.ts";

const base: Bag = { name: "hstore", database: DATABASE };
const names =
  "SELECT coalesce(string_agg(extname, ',' ORDER BY extname), '') FROM pg_extension WHERE extname IN ('hstore', 'pg_trgm', 'cube', 'earthdistance')";

export const extensionCases: Cases = {
  token: "postgresql:index/extension:Extension",
  sdk: "extension",
  inputs: {
    name: [
      {
        kind: "works",
        base: { database: DATABASE },
        values: ["hstore", "pg_trgm"],
        probe: names,
        probed: ["hstore", "pg_trgm"],
        replaces: true,
      },
      { kind: "refused", base: { database: DATABASE }, value: "", reason: /empty/ },
    ],
    database: [
      {
        kind: "acts",
        base,
        values: [DATABASE, "postgres"],
        act: async ({ plugin, token, value, server }, make) => {
          const state = await make({ database: DATABASE });
          expect(await value(names)).toBe("hstore");
          expect((await plugin.diff(token, state, { ...base, database: server.database })).replaces).toEqual([
            "database",
          ]);
          await plugin.delete(token, state);
          expect(await value(names)).toBe("");
        },
      },
    ],
    schema: [
      {
        kind: "works",
        base,
        values: ["s", "public"],
        probe:
          "SELECT nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'hstore'",
        probed: ["s", "public"],
        drift: "ALTER EXTENSION hstore SET SCHEMA public",
      },
    ],
    version: [
      {
        kind: "works",
        base,
        values: ["1.4", "1.8"],
        probe: "SELECT extversion FROM pg_extension WHERE extname = 'hstore'",
        probed: ["1.4", "1.8"],
      },
    ],
    createCascade: [
      {
        kind: "acts",
        base: { name: "earthdistance", database: DATABASE },
        values: [true, false],
        act: async ({ plugin, token, value, run }, make) => {
          await expect(make({ createCascade: false })).rejects.toThrow(/required extension "cube"/);
          const state = await make({ createCascade: true });
          expect(await value(names)).toBe("cube,earthdistance");
          await plugin.delete(token, state);
          await run("DROP EXTENSION cube");
        },
      },
    ],
    dropCascade: [
      {
        kind: "acts",
        base,
        values: [true, false],
        act: async ({ plugin, token, value, run }, make) => {
          const state = await make({ dropCascade: false });
          await run("CREATE TABLE uses (h hstore)");
          await expect(plugin.delete(token, state)).rejects.toThrow(/depends on/);
          await plugin.delete(token, await plugin.update(token, state, { ...base, dropCascade: true }));
          expect(await value(names)).toBe("");
          await run("DROP TABLE uses");
        },
      },
    ],
  },
};
