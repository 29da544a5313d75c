import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { buildOrder, imageContext, imageNames } from "./contexts.ts";

let root: string;

function write(path: string, content: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const reference = (name: string): string => imageContext(name, root).reference;
const staged = (name: string, path: string): string =>
  readFileSync(join(imageContext(name, root).directory, path), "utf8");

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "contexts-"));
  vi.stubEnv("LAKEHOUSE_CACHE", join(root, "cache"));
  write("images/base/Dockerfile", "FROM debian:trixie-slim\nCOPY a.sh /\n");
  write("images/base/a.sh", "echo a\n");
  write(
    "images/app/Dockerfile",
    "FROM lakehouse/base AS build\nRUN true\nFROM debian:trixie-slim\nCOPY --from=build /a /a\nCOPY --from=lakehouse/tool /t /t\n",
  );
  write("images/tool/Dockerfile", "FROM debian:trixie-slim\n");
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

describe("imageContext", () => {
  it("rewrites bases in FROM and COPY to full references and leaves stages alone", () => {
    expect(staged("app", "Dockerfile")).toBe(
      `FROM ${reference("base")} AS build\nRUN true\nFROM debian:trixie-slim\n` +
        `COPY --from=build /a /a\nCOPY --from=${reference("tool")} /t /t\n`,
    );
    expect(imageContext("app", root).bases).toEqual(["base", "tool"]);
    expect(reference("app")).toMatch(/^lakehouse\/app:[0-9a-f]{12}$/);
  });

  it("builds bases first, each once", () => {
    expect(buildOrder(["app", "base"], root).map((context) => context.name)).toEqual(["base", "tool", "app"]);
    expect(imageNames(root)).toEqual(["app", "base", "tool"]);
  });

  it("changes the reference with content, executable bit and bases; with nothing else", () => {
    const before = { base: reference("base"), app: reference("app"), tool: reference("tool") };
    const script = join(root, "images/base/a.sh");

    utimesSync(script, 1, 1);
    chmodSync(script, 0o600);
    expect(reference("base")).toBe(before.base);

    chmodSync(script, 0o755);
    const executable = reference("base");
    expect(executable).not.toBe(before.base);
    expect(reference("app")).not.toBe(before.app);
    expect(reference("tool")).toBe(before.tool);

    writeFileSync(script, "echo b\n");
    expect(reference("base")).not.toBe(executable);
  });

  it("tells a file's name from its content", () => {
    write("images/tool/a", "bc");
    const before = reference("tool");
    rmSync(join(root, "images/tool/a"));
    write("images/tool/ab", "c");
    expect(reference("tool")).not.toBe(before);
  });

  it("takes the listed repository paths under their own paths, without tests and installed packages", () => {
    write("images/app/context.txt", "# sources\nworkloads/x\nsql/one.sql\n");
    write("workloads/x/src/main.ts", "main");
    write("workloads/x/src/main.test.ts", "test");
    write("workloads/x/tests/long.ts", "test");
    write("workloads/x/node_modules/y/index.js", "y");
    write("sql/one.sql", "select 1");
    write("sql/two.sql", "select 2");
    const { directory, reference: before } = imageContext("app", root);
    expect(staged("app", "workloads/x/src/main.ts")).toBe("main");
    expect(staged("app", "sql/one.sql")).toBe("select 1");
    for (const path of [
      "workloads/x/src/main.test.ts",
      "workloads/x/tests",
      "workloads/x/node_modules",
      "sql/two.sql",
      "context.txt",
    ]) {
      expect(existsSync(join(directory, path)), path).toBe(false);
    }
    write("workloads/x/src/main.test.ts", "changed");
    write("sql/two.sql", "changed");
    expect(reference("app")).toBe(before);
    write("sql/one.sql", "changed");
    expect(reference("app")).not.toBe(before);
  });

  it("keeps certs/ present, current and out of the hash", () => {
    const { directory, reference: before } = imageContext("app", root);
    expect(existsSync(join(directory, "certs/.keep"))).toBe(true);
    writeFileSync(join(directory, "certs/gone.crt"), "an authority that the host no longer trusts");
    expect(reference("app")).toBe(before);
    expect(existsSync(join(directory, "certs/gone.crt"))).toBe(false);
  });

  it.each([
    [
      "FROM lakehouse/none\n",
      /no image 'none', which images\/app\/Dockerfile is built from.*Known images: app, base, tool/,
    ],
    ["FROM lakehouse/base:latest\n", /line 1: write 'lakehouse\/<name>' without a tag/],
    ["FROM debian:trixie-slim\nFROM ubuntu\n", /line 2: 'ubuntu' is neither a stage/],
    ["FROM debian:trixie-slim\nCOPY --from=ubuntu /a /a\n", /line 2: 'ubuntu' is neither a stage/],
    ["FROM lakehouse/app\n", /in a circle: app → app/],
  ])("refuses %j", (dockerfile, message) => {
    write("images/app/Dockerfile", dockerfile);
    expect(() => imageContext("app", root)).toThrow(message);
  });

  it("refuses a longer circle by its members", () => {
    write("images/base/Dockerfile", "FROM lakehouse/app\n");
    expect(() => imageContext("app", root)).toThrow("app → base → app");
  });

  it.each([
    ["../other\n", /must be a path inside the repository/],
    ["missing\n", /lists 'missing', which does not exist/],
    ["certs\n", /certs\/ holds the host's authorities/],
  ])("refuses context.txt with %j", (list, message) => {
    write("certs/own.crt", "x");
    write("images/app/context.txt", list);
    expect(() => imageContext("app", root)).toThrow(message);
  });
});

describe("this project's images", () => {
  it("are all well-formed", () => {
    const names = imageNames();
    expect(names).toContain("jre");
    for (const name of names)
      expect(imageContext(name).reference).toMatch(new RegExp(`^lakehouse/${name}:[0-9a-f]{12}$`));
  });
});
