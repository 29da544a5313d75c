/** What a malformed line becomes. */
import { createHash } from "node:crypto";
import { isUtf8 } from "node:buffer";
import type { MalformedKind } from "@lakehouse/contracts";
import type { Columns, Row } from "../compare/rows.ts";
import { toRow } from "../compare/rows.ts";

/** How the reason of each kind begins. */
export const reasonOf: Readonly<Record<MalformedKind, RegExp>> = {
  not_json: /^not JSON/,
  // Cut within a literal (`nul`) no parser can tell it from text that never was JSON.
  truncated: /^(truncated|not) JSON/,
  wrong_types: /^wrong type/,
  missing_keys: /^missing /,
  wrong_encoding: /^wrong encoding/,
  oversized: /^line of \d+ bytes is longer/,
  empty: /^empty object/,
};

/** Raw text is compared by its hash, which Trino computes: an oversized line has 10 MB. */
export const deadLetterColumns = {
  encoding: "text",
  sha256: "text",
  reason: "text",
} as const satisfies Columns;

/** The dead letter of a malformed line, with its kind in place of the reason's words. */
export function deadLetter(key: string, kind: MalformedKind, raw: Buffer): Row {
  const utf8 = isUtf8(raw);
  const text = utf8 ? raw : Buffer.from(raw.toString("base64"));
  return toRow(deadLetterColumns, key, [
    utf8 ? "utf-8" : "base64",
    createHash("sha256").update(text).digest("hex"),
    kind,
  ]);
}

/** A dead letter that was found; a reason that suits the kind due is replaced by the kind. */
export function foundDeadLetter(
  key: string,
  encoding: unknown,
  sha256: unknown,
  reason: unknown,
  due: MalformedKind | undefined,
): Row {
  const suits = due !== undefined && typeof reason === "string" && reasonOf[due].test(reason);
  return toRow(deadLetterColumns, key, [
    encoding,
    typeof sha256 === "string" ? sha256.toLowerCase() : sha256,
    suits ? due : reason,
  ]);
}
