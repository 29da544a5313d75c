import { randomInt } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Makes the password. */
export function create(inputs: { length: number }): { id: string; outs: { length: number; value: string } } {
  const value = Array.from({ length: inputs.length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join(
    "",
  );
  return { id: "generated", outs: { length: inputs.length, value } };
}

/** A password never changes by itself; only another length asks for a new one. */
export function diff(
  _id: string,
  olds: { length: number },
  news: { length: number },
): { changes: boolean; replaces: string[] } {
  const changes = olds.length !== news.length;
  return { changes, replaces: changes ? ["length"] : [] };
}
