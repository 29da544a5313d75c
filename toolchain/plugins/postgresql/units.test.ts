/** The parts that need no server. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { settings } from "./config.ts";
import { isVerifier, matches, toSend } from "./password.ts";
import { canonicalPrivileges, expand, shown, steps } from "./privileges.ts";
import { joinId, part, partList, splitId } from "./resource.ts";
import type { Value } from "./values.ts";
import { UNKNOWN, hasUnknown, receive, send } from "./values.ts";

const value = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    fc.string(),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(UNKNOWN),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie("value"), { maxKeys: 3 }),
  ),
})).value;

describe("values", () => {
  test("come off the wire as they went on it, secrets marked", () => {
    const bag = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), value);
    fc.assert(
      fc.property(bag, fc.array(fc.stringMatching(/^[a-z]{1,6}$/)), (values, some) => {
        const names = [...some, ...Object.keys(values).slice(0, 2)];
        const received = receive(send(values, new Set(names)));
        expect({ ...received.values }).toEqual({ ...values });
        expect(received.secrets).toEqual(new Set(names.filter((name) => Object.hasOwn(values, name))));
      }),
    );
  });

  test("are unknown as far as a part of them is", () => {
    const known: (Value | undefined)[] = [["a", ["b"]], { a: { b: 1 } }, "a", null, undefined];
    const unknown: Value[] = [["a", [UNKNOWN]], { a: { b: UNKNOWN } }, UNKNOWN];
    expect(known.filter(hasUnknown)).toEqual([]);
    expect(unknown.filter(hasUnknown)).toEqual(unknown);
  });
});

describe("passwords", () => {
  test("go to the server as verifiers that only they match", () => {
    const ascii = fc.stringMatching(/^[ -~]{1,20}$/);
    fc.assert(
      fc.property(ascii, ascii, fc.constantFrom("md5", "scram-sha-256"), (password, other, encryption) => {
        fc.pre(!isVerifier(password));
        const sent = toSend(password, "me", encryption);
        expect(isVerifier(sent)).toBe(true);
        expect(matches(sent, password, "me")).toBe(true);
        expect(matches(sent, other, "me")).toBe(other === password);
        expect(toSend(sent, "me", encryption)).toBe(sent);
      }),
      { numRuns: 20 },
    );
  });

  test("are what PostgreSQL computes", () => {
    // From pg_authid after ALTER ROLE me PASSWORD 'secret', with password_encryption scram-sha-256 and md5.
    const scram =
      "SCRAM-SHA-256$4096:8XcBVx9Cp8PuFDF/v0iRkQ==$gSQbnRo6/SQfx+WtEgmoNqh0YEZLMox3U+Iazgh/0sI=:r+h7eoFAALRG3LJYU3Ir0paU3Ts/Hyb5IcDEaxnLBqY=";
    const md5 = "md5ae557034da7821f8788e6ba4bd9926f3";
    for (const verifier of [scram, md5]) {
      expect(matches(verifier, "secret", "me")).toBe(true);
      expect(matches(verifier, "Secret", "me")).toBe(false);
    }
    expect(toSend("secret", "me", "md5")).toBe(md5);
    expect(matches(md5, "secret", "you")).toBe(false);
  });
});

describe("privileges", () => {
  test("are compared without case, order, short forms", () => {
    expect(canonicalPrivileges(["temp", "CONNECT", "connect"])).toEqual(["CONNECT", "TEMPORARY"]);
    expect(canonicalPrivileges(["all privileges", "SELECT"])).toEqual(["ALL"]);
    expect(expand(["ALL"], "table", 160000)).not.toContain("MAINTAIN");
    expect(expand(["ALL"], "table", 170000)).toContain("MAINTAIN");
  });

  test("are reached by the steps between", () => {
    const names = ["SELECT", "INSERT", "UPDATE", "DELETE"];
    const subset = fc.subarray(names);
    fc.assert(
      fc.property(subset, subset, subset, fc.boolean(), (privileges, some, wanted, withGrantOption) => {
        const held = new Map(privileges.map((name) => [name, some.includes(name)]));
        const before = { privileges, grantable: privileges.filter((name) => some.includes(name)) };
        for (const step of steps(before, wanted, withGrantOption)) {
          for (const name of step.privileges) {
            if (step.verb === "REVOKE") held.delete(name);
            else if (step.verb === "GRANT") held.set(name, (held.get(name) ?? false) || step.suffix !== "");
            else held.set(name, false);
          }
        }
        expect([...held].sort()).toEqual(wanted.map((name) => [name, withGrantOption] as const).sort());
      }),
    );
  });

  test("show the object that differs", () => {
    const prior = { privileges: ["select"], withGrantOption: false };
    const all = { privileges: ["SELECT"], grantable: [] };
    const more = { privileges: ["SELECT", "INSERT"], grantable: [] };
    expect(shown([all, all], prior, ["SELECT"])).toEqual(prior);
    expect(shown([all, more], prior, ["SELECT"]).privileges).toEqual(["INSERT", "SELECT"]);
    expect(shown([all, { ...all, grantable: ["SELECT"] }], prior, ["SELECT"]).withGrantOption).toBe(true);
  });
});

test("identities give back the names they were made of", () => {
  const name = fc.string({ minLength: 1 }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(name, name, fc.array(name), (first, second, list) => {
      expect(splitId(".", joinId(".", [first, second]), 2)?.map(part)).toEqual([first, second]);
      const parts = splitId("/", joinId("/", [first, second, list]), 2, 3);
      expect([part(parts?.[0]), part(parts?.[1]), partList(parts?.[2])]).toEqual([first, second, list]);
    }),
  );
});

test("settings come from the program, then from the environment, then from PostgreSQL's defaults", () => {
  expect(settings({}, {})).toMatchObject({
    ...{ host: "localhost", port: 5432, username: "postgres", database: "postgres", sslmode: "require" },
    ...{ connectTimeout: 180, superuser: true, maxConnections: 20, password: undefined },
  });
  const env = {
    PGHOST: "h",
    PGPORT: "1",
    PGUSER: "u",
    PGPASSWORD: "p",
    PGDATABASE: "d",
    PGSSLMODE: "verify-full",
  };
  expect(settings({}, env)).toMatchObject({
    host: "h",
    port: 1,
    username: "u",
    password: "p",
    database: "d",
    sslmode: "verify-full",
  });
  expect(settings({ host: "a", port: "7", superuser: "false", connectTimeout: "0" }, env)).toMatchObject({
    ...{ host: "a", port: 7, superuser: false, connectTimeout: 0 },
  });
});

test("the launcher finds Node in the cache, or says what to do", async () => {
  const launcher = fileURLToPath(new URL("./pulumi-resource-postgresql", import.meta.url));
  const home = mkdtempSync(join(tmpdir(), "postgresql-launcher-"));
  try {
    const bin = join(home, "bin");
    mkdirSync(bin);
    for (const program of ["dirname", "readlink"]) {
      const { stdout } = await promisify(execFile)("sh", ["-c", `command -v ${program}`]);
      symlinkSync(stdout.trim(), join(bin, program));
    }
    const run = promisify(execFile);
    const env = { PATH: bin, LAKEHOUSE_CACHE: home };
    const link = join(home, "pulumi-resource-postgresql");
    symlinkSync(launcher, link);
    await expect(run("/bin/sh", [link], { env })).rejects.toThrow(/no Node 22\.18 or newer.*lakehouse setup/);
    mkdirSync(join(home, "node", "24", "bin"), { recursive: true });
    symlinkSync(process.execPath, join(home, "node", "24", "bin", "node"));
    // It serves until it is killed: the port on the first line says that it runs.
    const child = execFile("/bin/sh", [link], { env });
    const port = await new Promise<string>((resolve) => child.stdout?.once("data", resolve));
    child.kill();
    expect(Number(port)).toBeGreaterThan(0);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
