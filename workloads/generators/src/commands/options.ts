/** Reads command line options and the environment, reporting every fault at once. */
import { faultsOf, malformedKinds } from "@lakehouse/contracts";
import { z } from "zod";
import { lastSeed, lastVerifySeed } from "../shop/ids.ts";
import { defaultStart, second } from "../shop/time.ts";

/** What is wrong with a command line; shown fault by fault, exit code 2. */
export class UsageError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.name = "UsageError";
    this.faults = faults;
  }
}

const count = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, "must be a whole number from 1 to 999999999")
  .transform(Number);

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `5m`, `1h` … as milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,6}(ms|s|m|h|d)$/, "must be a duration such as 500ms, 30s, 5m, 2h")
  .transform((text) => {
    const unit = text.replace(/^\d+/, "") as keyof typeof units;
    return Number.parseInt(text, 10) * units[unit];
  });

const share = z
  .string()
  .regex(/^(0(\.\d+)?|1(\.0+)?)$/, "must be a share from 0 to 1 such as 0.05")
  .transform(Number);

export const optionTypes = {
  seed: z
    .string()
    .regex(/^\d{1,7}$/, `must be a whole number from 0 to ${String(lastSeed)}`)
    .transform(Number)
    .refine((seed) => seed <= lastSeed, {
      error: `must be at most ${String(lastSeed)}; up to ${String(lastVerifySeed)} is kept for verification runs`,
    }),
  start: z
    .string()
    .refine((text) => !Number.isNaN(Date.parse(text)), {
      error: "must be a moment such as 2026-01-01T00:00:00Z",
    })
    .transform((text) => Date.parse(text) * 1000),
  rate: z
    .string()
    .regex(/^(max|(?!0+(\.0+)?$)\d{1,7}(\.\d{1,3})?)$/, "must be records a second such as 0.5, 200, or max")
    .transform((text) => (text === "max" ? Infinity : Number(text))),
  count,
  duration,
  share,
  percent: z
    .string()
    .regex(/^(\d|[1-8]\d|9[0-5])$/, "must be a percentage from 0 to 95")
    .transform(Number),
  kinds: z
    .string()
    .transform((text) => text.split(","))
    .pipe(
      z.array(
        z.enum(malformedKinds, { error: `must be of ${malformedKinds.join(", ")}, separated by commas` }),
      ),
    ),
  flag: z.boolean(),
} as const;

/** Options that every command has. */
export const commonOptions = {
  seed: optionTypes.seed,
  start: optionTypes.start.optional(),
  now: optionTypes.flag.optional(),
  spacing: optionTypes.duration,
  rate: optionTypes.rate,
  retryFor: optionTypes.duration,
} as const;

/** The environment that reaches PostgreSQL. The client itself reads these variables. */
export const postgresEnv = {
  PGHOST: z.string().min(1),
  PGPORT: z
    .string()
    .regex(/^\d{1,5}$/, "must be a port number")
    .optional(),
  PGDATABASE: z.string().min(1),
  PGUSER: z.string().min(1),
  PGPASSWORD: z.string().optional(),
} as const;

/** The environment that reaches MinIO. */
export const s3Env = {
  S3_ENDPOINT: z.url({ protocol: /^https?$/, error: "must be an address such as http://minio:9000" }),
  S3_ACCESS_KEY: z.string().min(1),
  S3_SECRET_KEY: z.string().min(1),
  LANDING_BUCKET: z.string().min(1),
} as const;

type Shape = Readonly<Record<string, z.ZodType>>;

/**
 * Checks options and environment together.
 * @param unknown arguments that the command does not know
 * @throws UsageError with every fault of all three
 */
export function readUsage<O extends Shape, E extends Shape>(
  options: {
    readonly shape: O;
    readonly given: unknown;
    readonly rules?: (given: Readonly<Record<string, unknown>>) => string[];
  },
  env: { readonly shape: E; readonly given: unknown },
  unknown: readonly string[],
): { readonly options: z.infer<z.ZodObject<O>>; readonly env: z.infer<z.ZodObject<E>> } {
  const faults = unknown.map((argument) => `unknown argument ${argument}`);
  const parsedOptions = z.object(options.shape).safeParse(options.given);
  if (!parsedOptions.success) {
    faults.push(
      ...faultsOf(parsedOptions.error).map((fault) => fault.replace(/^(\w+)/, (name) => flagOf(name))),
    );
  }
  faults.push(...(options.rules?.(options.given as Readonly<Record<string, unknown>>) ?? []));
  const parsedEnv = z.object(env.shape).safeParse(env.given);
  if (!parsedEnv.success) {
    for (const issue of parsedEnv.error.issues) {
      const name = String(issue.path[0]);
      const value = (env.given as Readonly<Record<string, unknown>>)[name];
      const missing = value === undefined || value === "";
      faults.push(`environment ${name}: ${missing ? "is not set" : issue.message}`);
    }
  }
  if (faults.length > 0 || !parsedOptions.success || !parsedEnv.success) throw new UsageError(faults);
  return { options: parsedOptions.data, env: parsedEnv.data };
}

/** `retryFor` → `--retry-for` */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `--start` and `--now` exclude each other. */
export function timeRules(given: Readonly<Record<string, unknown>>): string[] {
  return given["start"] !== undefined && given["now"] === true
    ? ["--start and --now exclude each other"]
    : [];
}

/** `--count` (so many more) and `--upto` (until there are so many) exclude each other. */
export function amountRules(given: Readonly<Record<string, unknown>>): string[] {
  return given["count"] !== undefined && given["upto"] !== undefined
    ? ["--count (so many more) and --upto (until there are so many) exclude each other"]
    : [];
}

/** What the time options mean. */
export function startOf(options: { readonly start?: number | undefined }): number {
  return options.start ?? defaultStart;
}

/** Milliseconds of an option as the microseconds of records. */
export function microsOf(ms: number): number {
  return ms * (second / 1000);
}
