/**
 * Every input of every resource, against a real PostgreSQL through the plugin's own process: it works (check,
 * create, diff, read, import, drift, update, delete) or it is refused by name.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, onTestFailed, test, vi } from "vitest";
import { PROVIDER_INPUTS } from "./config.ts";
import { RESOURCES } from "./provider.ts";
import type { Acts, Case, Cases, Context, Refused, Works } from "./testing/case.ts";
import { behaviour } from "./testing/behaviour.ts";
import { databaseCases } from "./testing/cases/database.ts";
import { defaultPrivilegesCases } from "./testing/cases/defaultPrivileges.ts";
import { extensionCases } from "./testing/cases/extension.ts";
import { grantCases } from "./testing/cases/grant.ts";
import { publicationCases } from "./testing/cases/publication.ts";
import { roleCases } from "./testing/cases/role.ts";
import { schemaCases } from "./testing/cases/schema.ts";
import { DATABASE, FIXTURE } from "./testing/fixture.ts";
import { Plugin } from "./testing/plugin.ts";
import { inputsOf } from "./testing/sdk.ts";
import type { TestServer } from "./testing/server.ts";
import { startServer } from "./testing/server.ts";
import type { Bag, Value } from "./values.ts";

const CASES: readonly Cases[] = [
  roleCases,
  databaseCases,
  schemaCases,
  grantCases,
  defaultPrivilegesCases,
  extensionCases,
  publicationCases,
];

// On a busy machine everything takes longer; nothing here is about time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let server: TestServer;
let plugin: Plugin;
const started: { server?: TestServer; plugin?: Plugin } = {};

beforeAll(async () => {
  server = started.server = await startServer();
  const { host, port, username, password, database } = server;
  plugin = started.plugin = await Plugin.start({
    host,
    port,
    username,
    password,
    database,
    sslmode: "disable",
    connectTimeout: 20,
  });
  for (const [where, sql] of FIXTURE) {
    for (const statement of where === undefined ? sql.split(";") : [sql])
      await server.sql(where ?? database, statement);
  }
});

afterAll(async () => {
  started.plugin?.stop();
  await started.server?.stop();
});

describe("the plugin", () => {
  behaviour(() => ({ server, plugin }));
});

const page = readFileSync(new URL("../../../docs/plugins/postgresql.md", import.meta.url), "utf8");

/** Each input of a section's table, with its second and third columns. */
function documented(section: string): Record<string, string> {
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return Object.fromEntries(
    rows.flatMap((row) => {
      const [inputs = "", works = "", change = ""] = row
        .split("|")
        .slice(1)
        .map((cell) => cell.trim());
      const status =
        works === "refused" || !/^(in place|replaces)$/.test(change) ? works : `${works}, ${change}`;
      return [...inputs.matchAll(/`(\w+)`/g)].map(([, input = ""]) => [input, status]);
    }),
  );
}

const nameOf = (token: string): string => token.split(":").at(-1) ?? token;

describe("the list of inputs", () => {
  test("has every resource of the plugin", () => {
    expect(CASES.map((cases) => cases.token).sort()).toEqual([...RESOURCES.keys()].sort());
  });

  test.for(CASES)("of $sdk is the SDK's", ({ token, sdk, inputs }) => {
    const declared = inputsOf(sdk, `${nameOf(token)}Args`);
    expect(declared.length).toBeGreaterThan(0);
    expect(Object.keys(inputs).sort()).toEqual(declared);
    expect(Object.keys(RESOURCES.get(token)?.fields ?? {}).sort()).toEqual(declared);
    for (const [input, cases] of Object.entries(inputs)) {
      const takes = RESOURCES.get(token)?.fields[input]?.absent.kind !== "refused";
      expect(
        cases.some((one) => one.kind !== "refused"),
        `${input} has a case that shows it work`,
      ).toBe(takes);
      expect(cases.length).toBeGreaterThan(0);
    }
  });

  test.for(CASES)("of $sdk stands in the documentation", ({ token }) => {
    const section = page.split(/^##+ /m).find((one) => one.startsWith(`${nameOf(token)} `)) ?? "";
    expect(documented(section)).toEqual(
      Object.fromEntries(
        Object.entries(RESOURCES.get(token)?.fields ?? {}).map(([input, { absent, replace }]) => [
          input,
          absent.kind === "refused" ? "refused" : replace ? "works, replaces" : "works, in place",
        ]),
      ),
    );
  });

  test("of the provider stands in the documentation", () => {
    const section = page.split(/^##+ /m).find((one) => one.startsWith("Provider")) ?? "";
    expect(Object.keys(documented(section)).sort()).toEqual(Object.keys(PROVIDER_INPUTS).sort());
  });

  test("of the provider is the SDK's", () => {
    expect(Object.keys(PROVIDER_INPUTS).sort()).toEqual(inputsOf("provider", "ProviderArgs"));
  });
});

describe.for(CASES)("$sdk", ({ token, inputs }) => {
  for (const [input, cases] of Object.entries(inputs)) {
    cases.forEach((one, number) => {
      const title = `${input} ${one.kind === "acts" ? "does what it says" : one.kind === "works" ? "works" : "is refused"}`;
      test(`${title} (${String(number + 1)})`, async () => {
        const context: Context = {
          server,
          plugin,
          token,
          run: async (sql, database = DATABASE) => {
            await server.sql(database, sql);
          },
          value: async (sql, database = DATABASE) => {
            const [row] = await server.sql<Record<string, unknown>>(database, sql);
            return row && Object.values(row)[0];
          },
        };
        await check(context, input, one);
      });
    });
  }
});

function check(context: Context, input: string, one: Case): Promise<void> {
  if (one.kind === "works") return works(context, input, one);
  return one.kind === "acts" ? acts(context, one) : isRefused(context, input, one);
}

const given = (bag: Bag, input: string, value: Value | undefined): Bag =>
  value === undefined ? bag : { ...bag, [input]: value };

async function works(context: Context, input: string, one: Works): Promise<void> {
  const { token } = context;
  const probe = (): Promise<unknown> =>
    typeof one.probe === "string" ? context.value(one.probe) : one.probe(context);
  const checked = async (value: Value | undefined, olds: Bag = {}): Promise<Bag> => {
    const { inputs, failures } = await plugin.check(token, given(one.base, input, value), olds);
    expect(failures).toEqual([]);
    return inputs;
  };
  const [first, second] = one.values;
  if (one.setUp !== undefined) for (const statement of one.setUp.split(";")) await context.run(statement);

  const inputs = await checked(first);
  let state = await plugin.create(token, inputs);
  onTestFailed(() => plugin.delete(token, state));
  expect(await probe(), "the server after create").toEqual(one.probed[0]);
  expect((await plugin.diff(token, state, inputs)).keys, "a second preview").toEqual([]);

  const live = await plugin.read(token, state, inputs);
  expect(live?.outputs, "a refresh of what nobody changed").toEqual(state.outputs);
  expect(live?.inputs).toEqual(inputs);

  const imported = await plugin.read(token, { id: state.id });
  if (!imported) throw new Error(`nothing to import as ${state.id}`);
  expect(imported.id).toBe(state.id);
  const afterImport = (await plugin.diff(token, imported, inputs)).keys;
  const untold = (key: string): boolean =>
    RESOURCES.get(token)?.fields[key]?.unreadable === true || one.importDiffers?.includes(key) === true;
  expect(
    afterImport.filter((key) => !untold(key)),
    "after an import",
  ).toEqual([]);
  const judged = await plugin.check(token, imported.inputs);
  expect(judged.failures, "the inputs that an import writes").toEqual([]);

  if (one.drift !== undefined) {
    await context.run(one.drift);
    const drifted = await plugin.read(token, state, inputs);
    if (!drifted) throw new Error("the drift made the resource vanish");
    const { keys } = await plugin.diff(token, drifted, inputs);
    expect(keys.length, "the refresh shows the drift").toBeGreaterThan(0);
    if (input !== "objectType" && input in drifted.outputs && one.replaces !== true)
      expect(keys).toContain(input);
    state = await plugin.update(token, drifted, inputs);
    expect(await probe(), "the server after the drift is repaired").toEqual(one.probed[0]);
    expect((await plugin.diff(token, state, inputs)).keys).toEqual([]);
  }

  const changed = await checked(second, inputs);
  const { keys, replaces, deleteBeforeReplace } = await plugin.diff(token, state, changed);
  if (first !== second) {
    const computed = second === undefined && RESOURCES.get(token)?.fields[input]?.absent.kind === "computed";
    expect(keys, "the preview of the change").toEqual(computed ? [] : [input]);
  }
  expect(replaces).toEqual(one.replaces ? [input] : []);
  if (one.replaces) {
    expect(deleteBeforeReplace).toBe(true);
    await plugin.delete(token, state);
    state = await plugin.create(token, changed);
  } else state = await plugin.update(token, state, changed);
  expect(await probe(), "the server after the change").toEqual(one.probed[1]);
  expect((await plugin.diff(token, state, changed)).keys, "a preview after the change").toEqual([]);
  expect((await plugin.read(token, state, changed))?.outputs, "a refresh after the change").toEqual(
    state.outputs,
  );

  await plugin.delete(token, state);
  await expect(Promise.resolve(probe()), "the server after delete").resolves.not.toEqual(one.probed[0]);
  await plugin.delete(token, state); // what is gone is gone
  if (one.tearDown !== undefined)
    for (const statement of one.tearDown.split(";")) await context.run(statement);
}

async function acts(context: Context, one: Acts): Promise<void> {
  await one.act(context, async (more) => {
    const { inputs, failures } = await plugin.check(context.token, { ...one.base, ...more });
    expect(failures).toEqual([]);
    const state = await plugin.create(context.token, inputs);
    onTestFailed(() => plugin.delete(context.token, state));
    expect((await plugin.diff(context.token, state, inputs)).keys, "a second preview").toEqual([]);
    expect((await plugin.read(context.token, state, inputs))?.outputs).toEqual(state.outputs);
    return state;
  });
}

async function isRefused({ token }: Context, input: string, one: Refused): Promise<void> {
  const { failures } = await plugin.check(token, { ...one.base, [input]: one.value });
  expect(failures.map((failure) => failure.reason).join("\n")).toMatch(one.reason);
  expect(failures.map((failure) => failure.property)).toContain(input);
  // It is this value that is wrong: the same inputs without it pass.
  const fine = await plugin.check(token, one.base);
  expect(fine.failures.filter((failure) => !failure.reason.endsWith("is required"))).toEqual([]);
}
