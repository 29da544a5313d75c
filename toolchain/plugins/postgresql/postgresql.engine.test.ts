/** The plugin under the real Pulumi engine, with a program that has all seven resources, on a real PostgreSQL. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestServer } from "./testing/server.ts";
import { startServer } from "./testing/server.ts";

const PASSWORD = "engine's \\ owner";
const program = fileURLToPath(new URL("./testing/program", import.meta.url));
const launcher = fileURLToPath(new URL("./pulumi-resource-postgresql", import.meta.url));

let server: TestServer;
let started: TestServer | undefined;
let home: string;
let env: NodeJS.ProcessEnv;

interface Outcome {
  readonly code: number;
  readonly output: string;
}

async function pulumi(...args: string[]): Promise<Outcome> {
  return run(args, {});
}

async function run(args: readonly string[], more: Readonly<Record<string, string>>): Promise<Outcome> {
  const options = { cwd: program, env: { ...env, ...more }, maxBuffer: 1 << 26 };
  try {
    const { stdout, stderr } = await promisify(execFile)("pulumi", [...args, "--non-interactive"], options);
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    if (!(error instanceof Error) || !("stdout" in error) || !("code" in error)) throw error;
    if (error.code === "ENOENT")
      throw new Error("no Pulumi CLI on PATH: run ./lakehouse setup", { cause: error });
    return {
      code: Number(error.code),
      output: String(error.stdout) + ("stderr" in error ? String(error.stderr) : ""),
    };
  }
}

async function succeeds(...args: string[]): Promise<string> {
  const { code, output } = await pulumi(...args);
  expect(code, output).toBe(0);
  return output;
}

const value = async (sql: string, database = "lht_engine"): Promise<unknown> => {
  const [row] = await server.sql<Record<string, unknown>>(database, sql);
  return row && Object.values(row)[0];
};

beforeAll(async () => {
  server = started = await startServer();
  home = mkdtempSync(join(tmpdir(), "postgresql-plugin-"));
  const { version } = JSON.parse(
    readFileSync(fileURLToPath(import.meta.resolve("@pulumi/postgresql/package.json")), "utf8"),
  ) as { version: string };
  const plugin = join(home, "plugins", `resource-postgresql-v${version}`);
  mkdirSync(plugin, { recursive: true });
  mkdirSync(join(home, "state"));
  symlinkSync(launcher, join(plugin, "pulumi-resource-postgresql"));
  env = {
    ...process.env,
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${join(home, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "for the test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PGHOST: server.host,
    PGPORT: String(server.port),
    PGUSER: server.username,
    PGPASSWORD: server.password,
    OWNER_PASSWORD: PASSWORD,
  };
  delete env["PULUMI_CONFIG_PASSPHRASE_FILE"];
  await succeeds("stack", "init", "test");
}, 120_000);

afterAll(async () => {
  await started?.stop();
  if (!started) return;
  rmSync(home, { recursive: true, force: true });
  rmSync(join(program, "Pulumi.test.yaml"), { force: true });
});

// One story: each part needs the state that the one before left.
test("up, nothing to change, drift, refresh, repair, import, destroy", { timeout: 600_000 }, async () => {
  // The second provider's user is not known yet.
  expect(await succeeds("preview")).toMatch(/\+ 43 to create/);
  const refused = await run(["preview"], { REFUSED: "x" });
  expect(refused.code).not.toBe(0);
  expect(refused.output).toMatch(/passwordWo is not supported by this plugin/);

  const up = await succeeds("up", "--yes", "--skip-preview", "--parallel", "16");
  expect(await value("SELECT has_schema_privilege('lht_engine_reader_8', 'sales', 'USAGE')")).toBe(true);
  expect(await value("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'private'")).toBe(
    "lht_engine_owner",
  );
  const login = { user: "lht_engine_owner", password: PASSWORD };
  expect(await server.sql("lht_engine", "SELECT current_user AS me", login)).toEqual([
    { me: "lht_engine_owner" },
  ]);
  await succeeds("preview", "--expect-no-changes");
  await succeeds("refresh", "--yes", "--expect-no-changes");
  await succeeds("preview", "--expect-no-changes");

  // Secrets: in no plain text, neither in the output nor in the state.
  const state = await succeeds("stack", "export");
  for (const secret of [PASSWORD, server.password]) {
    expect(up).not.toContain(secret);
    expect(state).not.toContain(JSON.stringify(secret).slice(1, -1));
  }
  for (const file of readdirSync(join(home, "state"), { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const text = readFileSync(join(file.parentPath, file.name), "utf8");
    for (const secret of [PASSWORD, server.password]) {
      expect(text, file.name).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
  }
  expect(JSON.parse(await succeeds("stack", "output", "password", "--show-secrets", "--json"))).toBe(
    PASSWORD,
  );

  // Somebody else changes one thing of every kind.
  await value("ALTER ROLE lht_engine_app PASSWORD 'other' CONNECTION LIMIT 3");
  await value("ALTER DATABASE lht_engine CONNECTION LIMIT 5", server.database);
  await value("ALTER SCHEMA sales OWNER TO postgres");
  await value("REVOKE USAGE ON SCHEMA sales FROM lht_engine_reader_3");
  await value(
    "ALTER DEFAULT PRIVILEGES FOR ROLE lht_engine_owner IN SCHEMA sales REVOKE ALL ON TABLES FROM lht_engine_reader_4",
  );
  await value("DROP EXTENSION hstore");
  await value("ALTER PUBLICATION \"all\" SET (publish = 'insert')");
  const drift = await pulumi("refresh", "--preview-only", "--expect-no-changes", "--diff");
  expect(drift.code, drift.output).not.toBe(0);
  const shown = await succeeds("refresh", "--yes");
  expect(shown).toMatch(/~ 6 updated/);
  expect(shown).toMatch(/- 1 deleted/);
  const preview = await pulumi("preview", "--expect-no-changes", "--diff");
  expect(preview.code, preview.output).not.toBe(0);
  for (const secret of [PASSWORD, "SCRAM-SHA-256"]) expect(preview.output).not.toContain(secret);
  await succeeds("up", "--yes", "--skip-preview");
  await succeeds("refresh", "--yes", "--expect-no-changes");
  await succeeds("preview", "--expect-no-changes");
  expect(await server.sql("lht_engine", "SELECT current_user AS me", login)).toEqual([
    { me: "lht_engine_owner" },
  ]);
  expect(await value("SELECT has_schema_privilege('lht_engine_reader_3', 'sales', 'USAGE')")).toBe(true);
  expect(await value("SELECT count(*)::int FROM pg_extension WHERE extname = 'hstore'")).toBe(1);

  // What is there already is taken over.
  await value("CREATE ROLE lht_engine_import LOGIN CONNECTION LIMIT 2", server.database);
  const providerUrn = /"urn": "(urn:pulumi:[^"]*pulumi:providers:postgresql::server)"/.exec(state)?.[1];
  expect(providerUrn).toBeDefined();
  await succeeds(
    ...[
      "import",
      "postgresql:index/role:Role",
      "imported",
      "lht_engine_import",
      "--yes",
      "--generate-code=false",
    ],
    ...["--protect=false", "--provider", `provider=${providerUrn ?? ""}`],
  );
  expect(await succeeds("stack", "export")).toMatch(/"name": "lht_engine_import"/);

  await succeeds("destroy", "--yes");
  expect(
    await value("SELECT count(*)::int FROM pg_roles WHERE rolname LIKE 'lht\\_%'", server.database),
  ).toBe(0);
  expect(
    await value("SELECT count(*)::int FROM pg_database WHERE datname LIKE 'lht\\_%'", server.database),
  ).toBe(0);
  expect(await succeeds("stack", "export")).not.toContain('"urn"');
});
