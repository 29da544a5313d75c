import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  connections,
  containers,
  docker,
  kill,
  lakehouse,
  leftovers,
  listens,
  ports,
  pulumi,
  run,
  SITE,
  source,
  trino,
  until,
  untilRecovered,
  type Connections,
} from "./support.ts";

/** Changes a second while a service is killed; with its recovery of some seconds, thousands of rows are on their way. */
const FAULT_RATE = 400;
/** Rows that must be on their way when a service is killed, so that the test means something. */
const ON_THEIR_WAY = 1000;

let to: Connections;

beforeAll(async () => {
  // A run that was broken off may have left its stack.
  if ((await leftovers()).length > 0) await lakehouse("destroy", "--yes");
});

afterAll(async () => {
  if ((await leftovers()).length > 0 && process.env["LAKEHOUSE_KEEP"] === undefined)
    await lakehouse("destroy", "--yes");
});

describe("one command", () => {
  it("brings the lakehouse up", async () => {
    expect((await lakehouse("up")).code).toBe(0);
    to = await connections();
  });

  it("shows every service healthy", async () => {
    const { code, output } = await lakehouse("status");
    expect(code).toBe(0);
    for (const service of [
      "postgres",
      "minio",
      "kafka",
      "registry",
      "connect",
      "iceberg",
      "spark",
      "trino",
    ]) {
      expect(output).toContain(service);
    }
  });

  it("runs every service without root and without a way to become it", async () => {
    for (const [service, { id }] of await containers()) {
      const { Config: config, HostConfig: host } = await docker.getContainer(id).inspect();
      expect(config.User, `user of ${service}`).toMatch(/^(?!root$|0(:|$))./);
      expect(host.SecurityOpt, service).toContain("no-new-privileges");
      expect(host.Privileged, service).toBe(false);
    }
  });

  it("keeps generated passwords out of logs, process lists and plain state", async () => {
    const secrets = [to.postgres.password, to.spark.token];
    const { output: state } = await run(
      "sh",
      ["-c", `eval "$(./lakehouse env)" && pulumi stack export --stack e2e`],
      {
        quiet: true,
      },
    );
    expect(state).toContain("lakehouse");
    const { output: processes } = await run("ps", ["-eo", "args"], { quiet: true });
    for (const secret of secrets) {
      expect(state.includes(secret), "in the state").toBe(false);
      expect(processes.includes(secret), "in the process list").toBe(false);
      for (const [service, { id }] of await containers()) {
        const log = await docker.getContainer(id).logs({ stdout: true, stderr: true, follow: false });
        expect(log.includes(secret), `in the log of ${service}`).toBe(false);
      }
    }
  });

  it("opens its ports on loopback only", async () => {
    for (const [service, { id }] of await containers()) {
      const { HostConfig: host } = await docker.getContainer(id).inspect();
      const bindings = Object.values(
        (host.PortBindings ?? {}) as Record<string, { HostIp: string }[]>,
      ).flat();
      for (const { HostIp: ip } of bindings) expect(ip, service).toBe("127.0.0.1");
    }
  });
});

describe("the shop pipeline", () => {
  it("moves its own known batch from source to gold, row by row", async () => {
    expect((await lakehouse("verify", "shop")).code).toBe(0);
  });

  it("changes nothing on a second up", async () => {
    expect((await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")).code).toBe(0);
  });

  it("lets Trino read everything and write nothing that is not declared", async () => {
    await expect(trino(to, "SELECT count(*) FROM iceberg.silver.users")).resolves.toHaveLength(1);
    await expect(trino(to, "DELETE FROM iceberg.silver.users")).rejects.toThrow(/access denied/i);
    await expect(trino(to, "CREATE TABLE iceberg.silver.intruder (id bigint)")).rejects.toThrow(
      /access denied/i,
    );
  });

  it("lets a new column of the source arrive without a restart", async () => {
    const before = await containers();
    await source(to, "ALTER TABLE items ADD COLUMN IF NOT EXISTS brand text");
    await source(
      to,
      `INSERT INTO items (id, name, category, price, inventory, created_at, updated_at, brand)
       VALUES (990001, 'Kettle', 'kitchen', 39.90, 5, now(), now(), 'Northwind') ON CONFLICT (id) DO UPDATE SET brand = excluded.brand`,
    );
    for (const layer of ["bronze", "silver"]) {
      await until(`brand in ${layer}.items`, 60, async () => {
        const rows = await trino(to, `SELECT brand FROM iceberg.${layer}.items WHERE id = 990001`);
        return rows.some(([brand]) => brand === "Northwind");
      });
    }
    const after = await containers();
    for (const service of ["spark", "connect", "trino"])
      expect(after.get(service)).toEqual(before.get(service));
  });

  it("replaces only the container whose argument changed, and keeps the data", async () => {
    const before = await containers();
    const [[rows] = []] = await trino(to, "SELECT count(*) FROM iceberg.bronze.purchases");
    const changed = join(mkdtempSync(join(tmpdir(), "lakehouse-e2e-")), "changed.yaml");
    const override = "config:\n  lakehouse:overrides:\n    trino:\n      memory: 1600\n";
    writeFileSync(changed, readFileSync("Pulumi.e2e.yaml", "utf8").replace("config:\n", override));
    expect((await pulumi("up", "--yes", "--skip-preview", "--config-file", changed)).code).toBe(0);
    const after = await containers();
    const replaced = [...after]
      .filter(([service, { id }]) => before.get(service)?.id !== id)
      .map(([service]) => service);
    expect(replaced).toEqual(["trino"]);
    const [[still] = []] = await trino(to, "SELECT count(*) FROM iceberg.bronze.purchases");
    expect(still).toBe(rows);
    expect((await pulumi("up", "--yes", "--skip-preview")).code).toBe(0);
  });
});

describe("a killed service loses nothing and doubles nothing", () => {
  it.each(["kafka", "spark"])("%s, while the trickle writes", async (service) => {
    const seed = service === "kafka" ? 71 : 72;
    const start = await position();
    const trickle = run("docker", [
      "exec",
      `${SITE}-shop-generator`,
      ...["node", "workloads/generators/src/main.ts", "trickle"],
      ...["--seed", String(seed), "--rate", String(FAULT_RATE), "--for", "30s"],
    ]);
    await new Promise((resolve) => setTimeout(resolve, 8000));
    const written = await position();
    const recovery = untilRecovered(service, await kill(service));
    // What the source has committed since the kill is not acknowledged by what comes after it.
    await until(
      `${String(ON_THEIR_WAY)} changes on their way`,
      60,
      async () => (await position()) - written >= ON_THEIR_WAY,
    );
    const seconds = await recovery;
    expect((await trickle).code).toBe(0);
    console.log(
      `${service}: healthy again after ${seconds.toFixed(1)} s; ` +
        `${String((await position()) - written)} changes committed since the kill, ${String(written - start)} before it`,
    );
    await settled();
    await exact();
  });
});

describe("destroy", () => {
  it("leaves nothing behind", async () => {
    expect((await lakehouse("destroy", "--yes")).code).toBe(0);
    expect(await leftovers()).toEqual([]);
    for (const port of ports()) expect(await listens(port), `port ${String(port)}`).toBe(false);
  });
});

/** Changes that the source has committed so far: inserts, updates and deletes of the captured tables. */
async function position(): Promise<number> {
  const [row] = await source<{ changes: string }>(
    to,
    `SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) AS changes FROM pg_stat_user_tables
     WHERE relname IN ('users', 'items', 'purchases')`,
  );
  return Number(row?.changes);
}

const TABLES = {
  users: "id, email, full_name, country",
  items: "id, name, category, CAST(price AS varchar), inventory",
  purchases: "id, user_id, item_id, quantity, CAST(purchase_price AS varchar), channel",
} as const;

/** Waits until silver holds as many rows as the source. */
async function settled(): Promise<void> {
  for (const table of Object.keys(TABLES)) {
    await until(`silver.${table} complete`, 180, async () => {
      const [here] = await source<{ count: string }>(to, `SELECT count(*) FROM ${table}`);
      const [[there] = []] = await trino(to, `SELECT count(*) FROM iceberg.silver.${table}`);
      return Number(here?.count) === Number(there) && (await sums(table)).every(([a, b]) => a === b);
    });
  }
}

/** The newest update of the source and of silver, which must be the same moment. */
async function sums(table: string): Promise<[string, string][]> {
  const [here] = await source<{ newest: string }>(
    to,
    `SELECT (extract(epoch FROM max(updated_at)) * 1000)::bigint AS newest FROM ${table}`,
  );
  const [[there] = []] = await trino(
    to,
    `SELECT CAST(to_unixtime(max(updated_at)) * 1000 AS bigint) FROM iceberg.silver.${table}`,
  );
  return [[String(here?.newest), String(there)]];
}

/** Compares every row of the source with silver, and looks for any change that bronze has twice. */
async function exact(): Promise<void> {
  for (const [table, columns] of Object.entries(TABLES)) {
    const client = await source<Record<string, unknown>>(to, `SELECT ${columns} FROM ${table} ORDER BY id`);
    const expected = client.map((row) => Object.values(row).map(String).join("|"));
    const got = (await trino(to, `SELECT ${columns} FROM iceberg.silver.${table} ORDER BY id`)).map((row) =>
      row.map(String).join("|"),
    );
    expect(got.length, `rows of silver.${table}`).toBe(expected.length);
    expect(
      got.filter((row, index) => row !== expected[index]).slice(0, 5),
      `rows of silver.${table} that differ`,
    ).toEqual([]);
    const twice = await trino(
      to,
      `SELECT _kafka_partition, _offset, count(*) FROM iceberg.bronze.${table} WHERE _source = 'cdc' GROUP BY 1, 2 HAVING count(*) > 1`,
    );
    expect(twice, `changes that bronze.${table} has twice`).toEqual([]);
    const doubled = await trino(
      to,
      `SELECT id, _lsn, count(*) FROM iceberg.bronze.${table} WHERE _source = 'cdc' AND _op <> 'r' GROUP BY 1, 2 HAVING count(*) > 1`,
    );
    expect(doubled, `changes of the source that bronze.${table} has twice`).toEqual([]);
  }
}
