import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { parse } from "./commands/run.ts";
import { split } from "./commands/verify.ts";
import { Fault, messageOf } from "./fault.ts";
import { program } from "./program.ts";
import { pulumiHints, stackLabel } from "./project.ts";
import { table } from "./table.ts";

const text = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

describe("the commands", () => {
  const names = program().commands.map((command) => command.name());

  it.each(names)("%s is on the page that a bare machine shows", (name) => {
    expect(text("../toolchain/usage.txt")).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  it.each(names)("%s reaches the command line from the shell", (name) => {
    expect(text("../lakehouse")).toMatch(new RegExp(`^  (.*\\| )?${name}( \\|.*)?\\)`, "m"));
  });

  it.each(program().commands)("$_name explains itself", (command) => {
    expect(command.description()).not.toBe("");
    expect(command.helpInformation()).toContain("--help");
  });

  it("passes options that it does not know on to Pulumi", () => {
    const up = program().commands.find((command) => command.name() === "up");
    const { operands, unknown } = up?.parseOptions(["--stack", "dev", "--refresh"]) ?? {
      operands: [],
      unknown: [],
    };
    expect([...operands, ...unknown]).toEqual(["--refresh"]);
    expect(up?.opts()).toEqual({ stack: "dev" });
  });
});

describe("parameters of a job", () => {
  it("are KEY=VALUE, split at the first equals sign", () => {
    expect(parse(["rate=5", "as_of=a=b", "empty="])).toEqual({ rate: "5", as_of: "a=b", empty: "" });
  });

  it.each(["rate", "=5", ""])("refuses %j by name", (parameter) => {
    expect(() => parse([parameter])).toThrow(`"${parameter}" is no parameter`);
  });
});

describe("verify's arguments", () => {
  it.each([
    [[], [], []],
    [["shop", "clicks"], ["shop", "clicks"], []],
    [["shop", "--seed", "7"], ["shop"], ["--seed", "7"]],
    [["--seed", "7"], [], ["--seed", "7"]],
  ])("%j", (args, named, options) => {
    expect(split(args)).toEqual({ named, options });
  });
});

describe("what to do about Pulumi's errors", () => {
  it.each([
    ["error: the stack is currently locked by 1 lock(s)", "pulumi cancel --yes --stack dev"],
    ["error: incorrect passphrase", "--leftovers"],
    [
      'The container name "/lakehouse-dev-kafka" is already in use by container "1"',
      "destroy --leftovers --stack dev",
    ],
    ["the stack has 1 pending operations", "pulumi refresh --yes"],
  ])("%s", (stderr, command) => {
    expect(pulumiHints("dev", stderr).join("\n")).toContain(command);
  });

  it("says nothing about an error that it does not know", () => {
    expect(pulumiHints("dev", "error: something else")).toEqual([]);
  });
});

describe("messages", () => {
  it("say first what is wrong, then what to do", () => {
    expect(new Fault("wrong", ["do this", "then that"]).message).toBe("wrong\n  do this\n  then that");
  });

  it("name the cause of a failed connection", () => {
    expect(messageOf(new TypeError("fetch failed", { cause: new Error("refused") }))).toBe(
      "fetch failed: refused",
    );
    expect(messageOf(new AggregateError([new Error("a"), new Error("b")], ""))).toBe("a; b");
  });

  it("are tables with columns as wide as needed", () => {
    expect(table(["a", "count"], [["long", "1"]], [1])).toBe("a     count\n----  -----\nlong      1");
  });

  it("name a stack as its containers do", () => {
    expect(stackLabel("dev")).toBe("lakehouse-dev");
  });
});
