/** A real PostgreSQL for the tests. */
import { execFile, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { DATABASE } from "./fixture.ts";

const run = promisify(execFile);

/** A running server and its superuser. */
export interface TestServer {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** Where it came from, for the test's output. */
  readonly source: string;
  /** Rows of a query as the superuser, or as the role given. */
  sql<Row extends pg.QueryResultRow>(
    database: string,
    text: string,
    login?: { readonly user: string; readonly password: string },
  ): Promise<Row[]>;
  stop(): Promise<void>;
}

/** The name that every object of the tests begins with, so that a server of somebody else's can be cleaned. */
export const PREFIX = "lht_";

/**
 * Finds a server: `LAKEHOUSE_TEST_POSTGRES_URL` (a superuser's `postgres://user:password@host:port/database`),
 * else the newest container image `lakehouse/postgres`, else the programs of a Debian package.
 */
export async function startServer(): Promise<TestServer> {
  const url = process.env["LAKEHOUSE_TEST_POSTGRES_URL"];
  const image = url === undefined ? newestImage() : undefined;
  const programs = image === undefined ? debianPrograms() : undefined;
  if (url !== undefined) return existing(new URL(url));
  if (image !== undefined) return container(image);
  if (programs !== undefined) return cluster(programs);
  throw new Error(
    "no PostgreSQL for the tests: set LAKEHOUSE_TEST_POSTGRES_URL to a superuser's URL, build the image with " +
      "`node platform/docker/contexts.ts build postgres`, or `apt-get install postgresql`",
  );
}

function existing(url: URL): Promise<TestServer> {
  return ready({
    host: url.hostname,
    port: Number(url.port || 5432),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1) || "postgres",
    source: "LAKEHOUSE_TEST_POSTGRES_URL",
    end: () => Promise.resolve(),
  });
}

function newestImage(): string | undefined {
  try {
    const images = execFileSync(
      "docker",
      ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "lakehouse/postgres"],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    return images.split("\n").find((name) => name !== "" && !name.endsWith(":<none>"));
  } catch {
    return undefined; // no docker, or no engine
  }
}

async function container(image: string): Promise<TestServer> {
  const password = "container-password";
  const { stdout } = await run("docker", [
    ...["run", "--detach", "--rm", "--publish", "127.0.0.1::5432", "--env", `POSTGRES_PASSWORD=${password}`],
    ...["--tmpfs", "/var/lib/postgresql/data:uid=10001,gid=10001,mode=0700", image, "-c", "fsync=off"],
  ]);
  const id = stdout.trim();
  const end = async (): Promise<void> => {
    await run("docker", ["rm", "--force", "--volumes", id]);
  };
  try {
    const port = Number((await run("docker", ["port", id, "5432/tcp"])).stdout.trim().split(":").at(-1));
    return await ready({
      host: "127.0.0.1",
      port,
      username: "postgres",
      password,
      database: "postgres",
      source: image,
      end,
    });
  } catch (error) {
    await end();
    throw error;
  }
}

function debianPrograms(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, "bin")).find((bin) => existsSync(join(bin, "initdb")));
}

/** A cluster of its own under the temporary folder; as root it runs as Debian's user postgres. */
async function cluster(bin: string): Promise<TestServer> {
  const home = mkdtempSync(join(tmpdir(), "lakehouse-postgres-"));
  const password = "cluster-password";
  const passwordFile = join(home, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const identity: { uid?: number; gid?: number } = {};
  if (process.getuid?.() === 0) {
    const id = (option: string): number =>
      Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }));
    identity.uid = id("-u");
    identity.gid = id("-g");
    for (const path of [home, passwordFile]) chownSync(path, identity.uid, identity.gid);
  }
  const data = join(home, "data");
  try {
    await run(
      join(bin, "initdb"),
      [
        ...["--pgdata", data, "--username", "postgres", "--pwfile", passwordFile, "--auth", "scram-sha-256"],
        ...["--encoding", "UTF8", "--locale", "C", "--no-sync"],
      ],
      { ...identity, cwd: home },
    );
    const port = await freePort();
    const settings = [
      `port=${String(port)}`,
      "listen_addresses=127.0.0.1",
      `unix_socket_directories=${home}`,
    ];
    settings.push("fsync=off", "wal_level=logical", "shared_buffers=64MB", "timezone=UTC");
    const child = spawn(
      join(bin, "postgres"),
      ["-D", data, ...settings.flatMap((setting) => ["-c", setting])],
      {
        ...identity,
        cwd: home,
        stdio: "ignore",
      },
    );
    const exited = new Promise<void>((resolve) =>
      child.once("exit", () => {
        resolve();
      }),
    );
    const end = async (): Promise<void> => {
      child.kill("SIGQUIT"); // immediate: nothing of it is kept
      await exited;
      rmSync(home, { recursive: true, force: true });
    };
    try {
      return await ready({
        host: "127.0.0.1",
        port,
        username: "postgres",
        password,
        database: "postgres",
        source: bin,
        end,
      });
    } catch (error) {
      await end();
      throw error;
    }
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

type Found = Omit<TestServer, "sql" | "stop"> & { readonly end: () => Promise<void> };

async function ready({ end, ...found }: Found): Promise<TestServer> {
  const { host, port, username, password } = found;
  const open = new Map<string, pg.Client>();
  const connect = async (database: string, user: string, secret: string): Promise<pg.Client> => {
    const client = new pg.Client({ host, port, user, password: secret, database, ssl: false });
    client.on("error", () => undefined); // a database that is dropped takes its connections along
    await client.connect();
    return client;
  };
  const server: TestServer = {
    ...found,
    sql: async <Row extends pg.QueryResultRow>(
      database: string,
      text: string,
      login?: { readonly user: string; readonly password: string },
    ) => {
      // A kept connection is quicker, but keeps a database from being dropped.
      if (login || ![found.database, DATABASE].includes(database)) {
        const client = await connect(database, login?.user ?? username, login?.password ?? password);
        try {
          return (await client.query<Row>(text)).rows;
        } finally {
          await client.end();
        }
      }
      const client = open.get(database) ?? (await connect(database, username, password));
      open.set(database, client);
      return (await client.query<Row>(text)).rows;
    },
    stop: async () => {
      await clean(server);
      for (const client of open.values()) await client.end().catch(() => undefined);
      await end();
    },
  };
  for (let left = 150; ; left -= 1) {
    try {
      await server.sql(found.database, "SELECT 1");
      await clean(server);
      return server;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(200);
    }
  }
}

/** Removes what tests, also earlier ones that were cut off, left. */
async function clean(server: TestServer): Promise<void> {
  const like = `LIKE '${PREFIX.replace("_", "\\_")}%'`;
  const databases = await server.sql<{ name: string }>(
    server.database,
    `SELECT format('%I', datname) AS name FROM pg_database WHERE datname ${like}`,
  );
  for (const { name } of databases) {
    await server.sql(server.database, `ALTER DATABASE ${name} IS_TEMPLATE false`);
    await server.sql(server.database, `DROP DATABASE ${name} WITH (FORCE)`);
  }
  const roles = await server.sql<{ name: string }>(
    server.database,
    `SELECT format('%I', rolname) AS name FROM pg_roles WHERE rolname ${like}`,
  );
  for (const { name } of roles) await server.sql(server.database, `DROP OWNED BY ${name}`);
  for (const { name } of roles) await server.sql(server.database, `DROP ROLE ${name}`);
}
