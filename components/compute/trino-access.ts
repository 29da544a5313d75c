/** A table that a pipeline writes through Trino. */
export interface TrinoWritten {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
}

/** Trino's file-based access control: everyone reads everything and writes only the tables that are declared. */
export function accessRules(written: readonly TrinoWritten[]): object {
  return {
    catalogs: [{ allow: written.length === 0 ? "read-only" : "all" }],
    tables: [
      ...written.map(({ catalog, schema, table }) => ({
        catalog,
        schema,
        table,
        privileges: ["SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP"],
      })),
      { privileges: ["SELECT"] },
    ],
  };
}
