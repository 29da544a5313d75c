import { expect } from "vitest";
import type { Bag } from "../../values.ts";
import type { Cases } from "../case.ts";
import { DATABASE } from "../fixture.ts";

const base: Bag = { name: "pub", database: DATABASE };
const row = (column: string): string => `SELECT ${column} FROM pg_publication WHERE pubname = 'pub'`;
const tables = `SELECT ARRAY(SELECT prrelid::regclass::text FROM pg_publication_rel r JOIN pg_publication p ON p.oid = prpubid
  WHERE pubname = 'pub' ORDER BY 1)`;

export const publicationCases: Cases = {
  token: "postgresql:index/publication:Publication",
  sdk: "publication",
  inputs: {
    name: [
      {
        kind: "works",
        base: { database: DATABASE },
        values: ["pub", 'pub "2".x'],
        probe: "SELECT pubname FROM pg_publication",
        probed: ["pub", 'pub "2".x'],
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
          expect(await value(row("count(*)::int"))).toBe(1);
          expect((await plugin.diff(token, state, { ...base, database: server.database })).replaces).toEqual([
            "database",
          ]);
          await plugin.delete(token, state);
          expect(await value(row("count(*)::int"))).toBe(0);
        },
      },
    ],
    owner: [
      {
        kind: "works",
        base,
        values: ["lht_owner", "lht_other"],
        probe: row("pg_get_userbyid(pubowner)::text"),
        probed: ["lht_owner", "lht_other"],
        drift: "ALTER PUBLICATION pub OWNER TO lht_other",
        setUp: `GRANT CREATE ON DATABASE ${DATABASE} TO lht_other`,
        tearDown: `REVOKE CREATE ON DATABASE ${DATABASE} FROM lht_other`,
      },
    ],
    tables: [
      {
        kind: "works",
        base,
        values: [["s.users", "plain", 's."We.ird ""table"'], ["s.items"]],
        probe: tables,
        probed: [["plain", 's."We.ird ""table"', "s.users"], ["s.items"]],
        drift: "ALTER PUBLICATION pub DROP TABLE s.users",
      },
      {
        kind: "works",
        base,
        values: [["s.parted", "s.items"], []],
        probe: tables,
        probed: [["s.items", "s.parted"], []],
        drift: "ALTER PUBLICATION pub ADD TABLE t.one",
      },
      { kind: "refused", base, value: ["a.b.c"], reason: /schema\.table/ },
      { kind: "refused", base: { ...base, allTables: true }, value: ["s.users"], reason: /allTables/ },
    ],
    allTables: [
      {
        kind: "works",
        base,
        values: [true, false],
        probe: row("puballtables"),
        probed: [true, false],
        replaces: true,
      },
    ],
    publishParams: [
      {
        kind: "works",
        base,
        values: [
          ["update", "insert"],
          ["truncate", "delete"],
        ],
        probe: row("ARRAY[pubinsert, pubupdate, pubdelete, pubtruncate]"),
        probed: [
          [true, true, false, false],
          [false, false, true, true],
        ],
        drift: "ALTER PUBLICATION pub SET (publish = 'insert')",
      },
      { kind: "refused", base, value: ["upsert"], reason: /not upsert/ },
    ],
    publishViaPartitionRootParam: [
      {
        kind: "works",
        base,
        values: [true, false],
        probe: row("pubviaroot"),
        probed: [true, false],
        drift: "ALTER PUBLICATION pub SET (publish_via_partition_root = false)",
      },
    ],
    dropCascade: [
      {
        kind: "acts",
        base,
        values: [true, false],
        // Nothing can depend on a publication, so all there is to see is that the word is taken and it is gone.
        act: async ({ plugin, token, value }, make) => {
          const state = await make({ dropCascade: true });
          expect(state.outputs).toMatchObject({ dropCascade: true });
          expect((await plugin.diff(token, state, { ...base, dropCascade: false })).replaces).toEqual([]);
          await plugin.delete(token, state);
          expect(await value(row("count(*)::int"))).toBe(0);
        },
      },
    ],
  },
};
