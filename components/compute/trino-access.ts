/** A table that a pipeline writes through Trino. */
export interface TrinoWritten {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
}

/** The only user that may write; names are labels, as the server asks for no password. */
const WRITER = "trino";

/**
 * Trino's file-based access control: everyone reads everything, and {@link WRITER} writes the declared tables.
 *
 * What is left out of these rules would be allowed, so each section says its "nothing": nobody owns a schema (no
 * CREATE SCHEMA, no table beside the declared ones), nobody calls a procedure.
 */
export function accessRules(written: readonly TrinoWritten[]): object {
  const catalogs = [...new Set(written.map(({ catalog }) => catalog))];
  return {
    catalogs: [
      ...catalogs.map((catalog) => ({ user: WRITER, catalog: exactly(catalog), allow: "all" })),
      { allow: "read-only" },
    ],
    schemas: [{ owner: false }],
    tables: [
      ...written.map(({ catalog, schema, table }) => ({
        user: WRITER,
        catalog: exactly(catalog),
        schema: exactly(schema),
        table: exactly(table),
        privileges: ["SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP"],
      })),
      { privileges: ["SELECT"] },
    ],
    procedures: [],
    queries: [{ user: WRITER, allow: ["execute", "view", "kill"] }, { allow: ["execute"] }],
    system_information: [{ allow: ["read"] }],
  };
}

/** Names in the rules are regular expressions. */
function exactly(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
