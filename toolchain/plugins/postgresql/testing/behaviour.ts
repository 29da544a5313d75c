/** What the plugin does besides its inputs, on the server and the plugin of the test file that calls it. */
import { connect, createServer } from "node:net";
import pg from "pg";
import { expect, test } from "vitest";
import { ADVISORY_LOCK } from "../sql.ts";
import type { Bag } from "../values.ts";
import { UNKNOWN } from "../values.ts";
import { DATABASE } from "./fixture.ts";
import { Plugin } from "./plugin.ts";
import type { TestServer } from "./server.ts";

const ROLE = "postgresql:index/role:Role";
const GRANT = "postgresql:index/grant:Grant";

/** Registers the tests. */
export function behaviour(started: () => { readonly server: TestServer; readonly plugin: Plugin }): void {
  const config = (): Bag => {
    const { host, port, username, password, database } = started().server;
    return { host, port, username, password, database, sslmode: "disable", connectTimeout: 20 };
  };
  const withPlugin = async <T>(settings: Bag, work: (plugin: Plugin) => Promise<T>): Promise<T> => {
    const plugin = await Plugin.start(settings);
    try {
      return await work(plugin);
    } finally {
      plugin.stop();
    }
  };

  test("the provider refuses what it does not take by name", async () => {
    const { plugin } = started();
    expect(
      await plugin.checkConfig({ ...config(), version: "3.18.1", scheme: "postgres", maxConnections: 0 }),
    ).toEqual([]);
    // As the SDK sends them: as JSON text.
    expect(
      await plugin.checkConfig({
        port: "5433",
        connectTimeout: "0",
        superuser: "false",
        awsRdsIamAuth: "false",
      }),
    ).toEqual([]);
    expect(await plugin.checkConfig({ host: UNKNOWN, password: UNKNOWN, clientcert: UNKNOWN })).toEqual([]);
    const wrong: Bag = {
      host: "",
      port: "0",
      sslmode: "prefer",
      sslMode: "disable",
      connectTimeout: "-1",
      maxConnections: "many",
      superuser: "maybe",
      scheme: "gcppostgres",
      clientcert: '{"cert":"a","key":"b"}',
      databaseUsername: "x",
      expectedVersion: "9.0.0",
      awsRdsIamAuth: "true",
      awsRdsIamProfile: "x",
      awsRdsIamProviderRoleArn: "x",
      awsRdsIamRegion: "x",
      azureIdentityAuth: "true",
      azureTenantId: "x",
      gcpIamImpersonateServiceAccount: "x",
      hots: "x",
    };
    const failures = await plugin.checkConfig(wrong);
    expect(failures.map((failure) => failure.property).sort()).toEqual(Object.keys(wrong).sort());
    for (const { property, reason } of failures) expect(reason).toContain(`provider input ${property} `);
  });

  test("a preview needs no server while the provider's configuration is unknown", async () => {
    await withPlugin({ ...config(), password: UNKNOWN }, async (plugin) => {
      const news: Bag = { name: "lht_preview", password: UNKNOWN, roles: [UNKNOWN] };
      const { inputs, failures } = await plugin.check(ROLE, news);
      expect(failures).toEqual([]);
      expect(await plugin.previewCreate(ROLE, inputs)).toMatchObject({
        ...news,
        login: false,
        connectionLimit: -1,
      });
      const schema = await plugin.previewCreate("postgresql:index/schema:Schema", { name: "x" });
      expect(schema).toMatchObject({ name: "x", database: UNKNOWN, owner: UNKNOWN });
      const state = {
        id: "lht_preview",
        outputs: { name: "lht_preview", password: "a" },
        secrets: new Set<string>(),
      };
      expect((await plugin.diff(ROLE, state, inputs)).keys).toEqual(["password", "roles"]);
      await expect(plugin.create(ROLE, { name: "lht_preview" })).rejects.toThrow(/not known yet/);
    });
  });

  test("secrets stay secrets", async () => {
    const { plugin } = started();
    const inputs = { name: "lht_secret", password: "hidden", connectionLimit: 4 };
    const checked = await plugin.check(ROLE, inputs);
    expect(checked.secrets).toEqual(new Set(["password"]));
    const state = await plugin.create(ROLE, inputs, new Set(["password", "connectionLimit"]));
    try {
      expect(state.secrets).toEqual(new Set(["password", "connectionLimit"]));
      expect((await plugin.read(ROLE, state, inputs))?.secrets).toEqual(state.secrets);
      expect((await plugin.read(ROLE, { id: state.id }))?.secrets).toEqual(new Set(["password"]));
      expect((await plugin.update(ROLE, state, { ...inputs, password: "new" })).secrets).toEqual(
        new Set(["password"]),
      );
    } finally {
      await plugin.delete(ROLE, state);
    }
  });

  test("without superuser the password is not compared", async () => {
    const { server, plugin } = started();
    const boss = await plugin.create(ROLE, {
      name: "lht_boss",
      login: true,
      createRole: true,
      password: "p",
    });
    try {
      await withPlugin(
        { ...config(), username: "lht_boss", password: "p", superuser: false },
        async (limited) => {
          const inputs = { name: "lht_limited", login: true, password: "one" };
          const state = await limited.create(ROLE, inputs);
          await server.sql(server.database, "ALTER ROLE lht_limited PASSWORD 'two'");
          expect((await limited.read(ROLE, state, inputs))?.outputs).toEqual(state.outputs);
          const after = await limited.update(ROLE, state, {
            ...inputs,
            password: "three",
            connectionLimit: 5,
          });
          const login = { user: "lht_limited", password: "three" };
          expect(await server.sql(server.database, "SELECT 1 AS one", login)).toEqual([{ one: 1 }]);
          await limited.delete(ROLE, { ...after, outputs: { ...after.outputs, skipReassignOwned: true } });
        },
      );
    } finally {
      await plugin.delete(ROLE, boss);
    }
  });

  test("many grants on the same objects by several providers at the same time", async () => {
    const { server, plugin } = started();
    const numbers = Array.from({ length: 12 }, (_, number) => String(number));
    const roles = await Promise.all(
      numbers.map((number) => plugin.create(ROLE, { name: `lht_many_${number}` })),
    );
    const others = await Promise.all([Plugin.start(config()), Plugin.start(config())]);
    const plugins = [plugin, ...others];
    const grants: Bag[] = numbers.flatMap((number) => [
      {
        database: DATABASE,
        role: `lht_many_${number}`,
        objectType: "database",
        privileges: ["CONNECT", "TEMPORARY"],
      },
      {
        database: DATABASE,
        role: `lht_many_${number}`,
        objectType: "schema",
        schema: "s",
        privileges: ["USAGE"],
      },
      {
        database: DATABASE,
        role: `lht_many_${number}`,
        objectType: "table",
        schema: "s",
        privileges: ["SELECT"],
      },
    ]);
    try {
      const made = await Promise.all(
        grants.map(async (inputs, at) => ({
          by: plugins[at % plugins.length] ?? plugin,
          state: await (plugins[at % plugins.length] ?? plugin).create(GRANT, inputs),
        })),
      );
      const [held] = await server.sql<{ held: number }>(
        DATABASE,
        `SELECT count(*)::int AS held FROM pg_roles r WHERE rolname LIKE 'lht\\_many%'
           AND has_schema_privilege(r.oid, 's', 'USAGE') AND has_table_privilege(r.oid, 's.users', 'SELECT')
           AND EXISTS (SELECT FROM pg_database d, aclexplode(datacl) a WHERE datname = '${DATABASE}' AND a.grantee = r.oid)`,
      );
      expect(held?.held).toBe(12);
      await Promise.all(made.map(({ by, state }) => by.delete(GRANT, state)));
      await Promise.all(roles.map((role) => plugin.delete(ROLE, role)));
    } finally {
      for (const other of others) other.stop();
    }
  });

  // Without the lock, or without trying again, PostgreSQL answers "tuple concurrently updated" to the plugin here.
  test.for([
    ["of another plugin process", `SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`, "advisory"],
    ["of another program", "GRANT USAGE ON SCHEMA t TO lht_other", "transactionid"],
  ] as const)("a grant waits for one %s", async ([, statement, lock]) => {
    const { server, plugin } = started();
    const { host, port, username: user, password } = server;
    const other = new pg.Client({ host, port, user, password, database: DATABASE, ssl: false });
    await other.connect();
    try {
      await other.query("BEGIN");
      await other.query(statement);
      const inputs = {
        database: DATABASE,
        role: "lht_reader",
        objectType: "schema",
        schema: "t",
        privileges: ["USAGE"],
      };
      const granting = plugin.create(GRANT, inputs);
      await expect
        .poll(
          () =>
            server.sql(
              server.database,
              `SELECT locktype FROM pg_locks JOIN pg_stat_activity USING (pid)
               WHERE NOT granted AND application_name = 'pulumi-resource-postgresql'`,
            ),
          { timeout: 60_000 },
        )
        .toContainEqual({ locktype: lock });
      await other.query("COMMIT");
      const state = await granting;
      const held = "SELECT has_schema_privilege('lht_reader', 't', 'USAGE') AS held";
      expect(await server.sql(DATABASE, held)).toEqual([{ held: true }]);
      await plugin.delete(GRANT, state);
    } finally {
      await other.query("REVOKE USAGE ON SCHEMA t FROM lht_other");
      await other.end();
    }
  });

  test("a server that is not there yet is waited for", async () => {
    const { server } = started();
    let refused = 0;
    const door = createServer((socket) => {
      if (refused < 2) {
        refused += 1;
        socket.destroy();
        return;
      }
      const inner = connect(server.port, server.host);
      socket.pipe(inner).pipe(socket);
      for (const end of [socket, inner]) end.on("error", () => end.destroy());
    });
    await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
    const address = door.address();
    if (address === null || typeof address === "string") throw new Error("no address");
    try {
      await withPlugin({ ...config(), host: "127.0.0.1", port: address.port }, async (plugin) => {
        expect((await plugin.read(ROLE, { id: server.username }))?.outputs).toMatchObject({
          superuser: true,
        });
      });
      expect(refused).toBe(2);
    } finally {
      door.close();
    }
  });

  test("errors name the server, the object and what to do, and no password", async () => {
    const { server, plugin } = started();
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    await new Promise((resolve) => silent.close(resolve));
    if (address === null || typeof address === "string") throw new Error("no address");
    await withPlugin({ ...config(), port: address.port, connectTimeout: 1 }, async (nobody) => {
      await expect(nobody.read(ROLE, { id: "x" })).rejects.toThrow(
        `cannot connect to PostgreSQL at ${server.host}:${String(address.port)}, database ${server.database}, as ${server.username}`,
      );
    });
    await withPlugin({ ...config(), password: "a wrong one" }, async (stranger) => {
      const failure = await stranger.read(ROLE, { id: "x" }).catch((error: unknown) => error);
      expect(String(failure)).toMatch(/password authentication failed/);
      expect(String(failure)).not.toContain("a wrong one");
    });
    const [tls] = await server.sql<{ ssl: string }>(server.database, "SHOW ssl");
    await withPlugin({ ...config(), sslmode: "require" }, async (secure) => {
      const reading = secure.read(ROLE, { id: server.username });
      if (tls?.ssl === "on") expect((await reading)?.id).toBe(server.username);
      else await expect(reading).rejects.toThrow(/sslmode require.*does not support SSL/);
    });
    await expect(plugin.read("postgresql:index/schema:Schema", { id: "only" })).rejects.toThrow(
      /give database\.schema/,
    );
    await expect(plugin.read(GRANT, { id: `${DATABASE}/r/view` })).rejects.toThrow(
      /objectType must be one of/,
    );
    const other = await plugin.check("postgresql:index/grantRole:GrantRole", {});
    expect(other.failures[0]?.reason).toMatch(/grantRole:GrantRole is not supported.*it has Role, Database/);
    const misspelt = await plugin.check(ROLE, { name: "x", logn: true });
    expect(misspelt.failures).toEqual([
      { property: "logn", reason: "logn is not an input of this resource" },
    ]);
  });

  test("what is gone reads as gone and deletes without complaint", async () => {
    const { plugin } = started();
    const absent: readonly [token: string, id: string, outputs: Bag][] = [
      [ROLE, "lht_none", { name: "lht_none" }],
      ["postgresql:index/database:Database", "lht_none", { name: "lht_none" }],
      ...["schema:Schema", "extension:Extension", "publication:Publication"].map(
        (type) =>
          [`postgresql:index/${type}`, "lht_none.x", { database: "lht_none", name: "x" }] as [
            string,
            string,
            Bag,
          ],
      ),
      [
        GRANT,
        "lht_none/lht_reader/schema/s",
        { database: "lht_none", role: "lht_reader", objectType: "schema", schema: "s", privileges: [] },
      ],
      [
        GRANT,
        `${DATABASE}/lht_none/schema/s`,
        { database: DATABASE, role: "lht_none", objectType: "schema", schema: "s", privileges: [] },
      ],
      [
        "postgresql:index/defaultPrivileges:DefaultPrivileges",
        `${DATABASE}/lht_none/lht_reader/table`,
        { database: DATABASE, owner: "lht_none", role: "lht_reader", objectType: "table", privileges: [] },
      ],
    ];
    for (const [token, id, outputs] of absent) {
      expect(await plugin.read(token, { id, outputs }), id).toBeUndefined();
      expect(await plugin.read(token, { id }), id).toBeUndefined();
      await plugin.delete(token, { id, outputs, secrets: new Set() });
    }
  });

  test("a role without a name gets one that stays", async () => {
    const { plugin } = started();
    const { inputs } = await plugin.check(ROLE, {});
    expect(inputs["name"]).toMatch(/^thing-[0-9a-f]{7}$/);
    expect((await plugin.check(ROLE, {}, inputs)).inputs).toEqual(inputs);
    expect((await plugin.check("postgresql:index/extension:Extension", {})).inputs).toEqual({
      name: "thing",
    });
  });
}
