/**
 * The records of the `shop` pipeline: one definition for the generators that write them, the inspectors that
 * verify them and whoever reads them later.
 */
import { z } from "zod";

/** Where a visitor came from. Pageviews and purchases use the same values. */
export const channels = ["organic_search", "paid_ads", "social", "email", "direct", "referral"] as const;
export const channelSchema = z.enum(channels);
export type Channel = z.infer<typeof channelSchema>;

/** A row's identity: a PostgreSQL `bigint` that a JavaScript number still holds exactly. */
export const idSchema = z.int().positive();

/** An amount of money as PostgreSQL's `numeric(10,2)` prints it. Never a number: cents must not be rounded. */
export const moneySchema = z.string().regex(/^(0|[1-9]\d{0,7})\.\d{2}$/, "must be an amount such as 12.50");

/** An instant in UTC, ISO 8601, up to microseconds (what `timestamptz` holds). */
export const instantSchema = z.iso.datetime();

const text = z.string().min(1);

/** A row of `public.users`. */
export const userSchema = z.strictObject({
  id: idSchema,
  email: z.email(),
  full_name: text,
  country: z.string().regex(/^[A-Z]{2}$/, "must be an ISO 3166 alpha-2 code"),
  signup_at: instantSchema,
  updated_at: instantSchema,
});
export type User = z.infer<typeof userSchema>;

/** A row of `public.items`. */
export const itemSchema = z.strictObject({
  id: idSchema,
  name: text,
  category: text,
  price: moneySchema,
  inventory: z.int32().nonnegative(),
  created_at: instantSchema,
  updated_at: instantSchema,
});
export type Item = z.infer<typeof itemSchema>;

/** A row of `public.purchases`. */
export const purchaseSchema = z.strictObject({
  id: idSchema,
  user_id: idSchema,
  item_id: idSchema,
  quantity: z.int32().positive(),
  purchase_price: moneySchema,
  channel: channelSchema,
  purchased_at: instantSchema,
  updated_at: instantSchema,
});
export type Purchase = z.infer<typeof purchaseSchema>;

/** One line of a pageview object in the landing bucket. */
export const pageviewSchema = z.strictObject({
  pageview_id: z.uuid(),
  user_id: idSchema,
  item_id: idSchema.nullable(),
  page: text,
  channel: channelSchema,
  viewed_at: instantSchema,
  user_agent: text,
});
export type Pageview = z.infer<typeof pageviewSchema>;

/** The tables that change data capture follows, with the schema of their rows. */
export const sourceSchemas = { users: userSchema, items: itemSchema, purchases: purchaseSchema } as const;
export type SourceTable = keyof typeof sourceSchemas;
export const sourceTables = ["users", "items", "purchases"] as const satisfies readonly SourceTable[];
export type SourceRow<T extends SourceTable = SourceTable> = z.infer<(typeof sourceSchemas)[T]>;

/** What parsing yields: the record, or every fault found, each naming its field. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly string[] };

/** Lists a schema's complaints about a value as `field: complaint`. */
export function faultsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => {
    const field = issue.path.map(String).join(".");
    return field === "" ? issue.message : `${field}: ${issue.message}`;
  });
}

/** Checks a value against a schema without throwing. */
export function parseRecord<T>(schema: z.ZodType<T>, value: unknown): Parsed<T> {
  const result = schema.safeParse(value);
  return result.success ? { ok: true, value: result.data } : { ok: false, faults: faultsOf(result.error) };
}

/** Parses one line of a pageview object. */
export function parsePageviewLine(line: string): Parsed<Pageview> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { ok: false, faults: [`not JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
  return parseRecord(pageviewSchema, value);
}
