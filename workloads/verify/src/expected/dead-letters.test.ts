import { malformedKinds } from "@lakehouse/contracts";
import { malform, ShopRecords, defaultStart } from "@lakehouse/generators";
import { describe, expect, it } from "vitest";
import { compareRows, same } from "../compare/rows.ts";
import { deadLetter, deadLetterColumns, foundDeadLetter, reasonOf } from "./dead-letters.ts";

const view = new ShopRecords(1).pageview(1, defaultStart, { first: 1, last: 9 }, { first: 1, last: 9 });
const raw = malform(view, "not_json", 0);
const due = deadLetter("o:1", "not_json", raw);
const [encoding = "", sha256 = ""] = due.values.map((value) => JSON.parse(value) as string);

describe("a dead letter", () => {
  it("is right with its raw text and a reason of its kind", () => {
    const found = foundDeadLetter(
      "o:1",
      encoding,
      sha256.toUpperCase(),
      "not JSON: Expecting value",
      "not_json",
    );
    expect(same(compareRows(deadLetterColumns, [due], [found]))).toBe(true);
  });

  it.each([
    ["another kind's reason", encoding, sha256, "missing user_id"],
    ["no reason", encoding, sha256, null],
    ["other raw text", encoding, sha256.replace(/^./, "x"), "not JSON: Expecting value"],
    ["another encoding", "base64", sha256, "not JSON: Expecting value"],
  ])("is wrong with %s", (_, ...found) => {
    const [code, hash, reason] = found;
    const row = foundDeadLetter("o:1", code, hash, reason, "not_json");
    expect(compareRows(deadLetterColumns, [due], [row]).different).toHaveLength(1);
  });
});

it("keeps bytes that are not UTF-8 in base64", () => {
  const spoilt = deadLetter("o:1", "wrong_encoding", malform(view, "wrong_encoding", 0));
  expect(spoilt.values[0]).toBe('"base64"');
});

it("tells the kinds apart by their reasons", () => {
  const reasons = {
    not_json: "not JSON: Expecting value at column 1",
    wrong_types: "wrong type: user_id is a string, not an integer",
    missing_keys: "missing user_id",
    wrong_encoding: "wrong encoding: byte 60 is not UTF-8",
    oversized: "line of 10485760 bytes is longer than 1048576",
    empty: "empty object",
    truncated: "truncated JSON: Unterminated string at column 5",
  };
  for (const kind of malformedKinds) {
    const suiting = Object.entries(reasons).filter(([, reason]) => reasonOf[kind].test(reason));
    expect(suiting.map(([name]) => name)).toEqual(kind === "truncated" ? ["not_json", "truncated"] : [kind]);
  }
});
