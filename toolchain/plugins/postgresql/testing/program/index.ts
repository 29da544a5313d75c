/** All seven resources, for the test through the engine. The server stands in the usual `PG…` variables. */
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";

const env = (name: string): string => process.env[name] ?? "";
const server = {
  host: env("PGHOST"),
  port: Number(env("PGPORT")),
  username: env("PGUSER"),
  password: env("PGPASSWORD"),
  sslmode: "disable",
  connectTimeout: 20,
};
const provider = new postgresql.Provider("server", server);

const owner = new postgresql.Role(
  "owner",
  { name: "lht_engine_owner", login: true, createRole: true, password: env("OWNER_PASSWORD") },
  { provider },
);
new postgresql.Role(
  "app",
  { name: "lht_engine_app", login: true, password: env("OWNER_PASSWORD") },
  { provider },
);
const database = new postgresql.Database("shop", { name: "lht_engine", owner: owner.name }, { provider });
const schema = new postgresql.Schema(
  "sales",
  { name: "sales", database: database.name, owner: owner.name },
  { provider },
);
new postgresql.Extension("hstore", { database: database.name, schema: schema.name }, { provider });
new postgresql.Publication(
  "all",
  { database: database.name, name: "all", allTables: true, publishParams: ["insert", "update", "delete"] },
  { provider },
);

// Many grants on the same objects at the same time: the engine makes all of these at once.
for (let number = 1; number <= 8; number += 1) {
  const reader = new postgresql.Role(
    `reader-${String(number)}`,
    { name: `lht_engine_reader_${String(number)}` },
    { provider },
  );
  const common = { database: database.name, role: reader.name };
  new postgresql.Grant(
    `connect-${String(number)}`,
    { ...common, objectType: "database", privileges: ["CONNECT"] },
    { provider },
  );
  const inSchema = { ...common, schema: schema.name };
  new postgresql.Grant(
    `usage-${String(number)}`,
    { ...inSchema, objectType: "schema", privileges: ["USAGE"] },
    { provider },
  );
  new postgresql.DefaultPrivileges(
    `select-${String(number)}`,
    { ...inSchema, owner: owner.name, objectType: "table", privileges: ["SELECT"] },
    { provider },
  );
}

// A provider that is not known before the first update: an identity is unknown until then.
const asOwner = new postgresql.Provider("as-owner", {
  ...server,
  username: owner.id,
  password: owner.password.apply((password) => password ?? ""),
  database: database.name,
  superuser: false,
});
new postgresql.Schema("private", { name: "private" }, { provider: asOwner });

// The engine gives this one a name.
const autonamed = new postgresql.Role("lht_engine_auto", {}, { provider });

const refused = process.env["REFUSED"];
if (refused !== undefined) {
  new postgresql.Role(
    "refused",
    { name: "lht_engine_refused", passwordWo: refused, passwordWoVersion: "1" },
    { provider },
  );
}

export const name = autonamed.name;
export const password = pulumi.secret(owner.password);
