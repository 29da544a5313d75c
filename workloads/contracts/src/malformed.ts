/** Every way in which a pageview is made unreadable on purpose, to prove that it ends in the dead letters. */
export const malformedKinds = [
  "not_json",
  "truncated",
  "wrong_types",
  "missing_keys",
  "wrong_encoding",
  "oversized",
  "empty",
] as const;
export type MalformedKind = (typeof malformedKinds)[number];

/** The size of an `oversized` line in bytes. */
export const oversizedBytes = 10 * 1024 * 1024;
