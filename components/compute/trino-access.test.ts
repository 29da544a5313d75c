import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { accessRules } from "./trino-access.ts";

it("with nothing declared, the rules are those of the image: all read, none write", () => {
  expect(accessRules([])).toEqual(JSON.parse(readFileSync("images/trino/etc/rules.json", "utf8")));
});

it("a declared table is written by one user, by its very name, and nothing else is", () => {
  const rules = JSON.stringify(accessRules([{ catalog: "iceberg", schema: "gold", table: "a.b" }]));
  const parsed = JSON.parse(rules) as {
    catalogs: object[];
    tables: { table?: string; privileges: string[] }[];
  };
  expect(parsed.catalogs).toEqual([
    { user: "trino", catalog: "iceberg", allow: "all" },
    { allow: "read-only" },
  ]);
  expect(parsed.tables.filter(({ privileges }) => privileges.length > 1)).toEqual([
    expect.objectContaining({ user: "trino", table: "a\\.b" }),
  ]);
});
