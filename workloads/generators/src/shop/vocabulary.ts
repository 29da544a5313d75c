/** Words that records are made of: taken from faker's English tables once, then only indexed. */
import { Faker, base, en } from "@faker-js/faker";
import { channels } from "@lakehouse/contracts";

// Its own instance with its own seed, so that the samples below are the same in every process.
const faker = new Faker({ locale: [en, base] });
faker.seed(20_260_101);

/** A list of the locale, or a clear error if a new version of faker lacks it. */
function table(name: string, list: readonly string[] | null | undefined): readonly string[] {
  if (!list || list.length === 0) throw new Error(`faker's English locale has no ${name}`);
  return list;
}

function slug(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z]/g, "");
}

const person = en.person;
const product = en.commerce?.product_name;

export const firstNames = table("first names", person?.first_name?.generic);
export const lastNames = table("last names", person?.last_name?.generic);
export const firstSlugs = firstNames.map(slug);
export const lastSlugs = lastNames.map(slug);

export const productAdjectives = table("product adjectives", product?.adjective);
export const productMaterials = table("product materials", product?.material);
export const productNouns = table("products", product?.product);
export const categories = table("departments", en.commerce?.department);

/** Reserved for examples by RFC 2606: no mail can ever reach a real person. */
export const mailDomains = ["example.com", "example.net", "example.org"] as const;

/** Countries of customers; repetition is weight. */
export const countries = [
  ..."US US US US US DE DE DE GB GB GB FR FR CA CA AU JP JP BR IN IN IN ES IT NL SE PL VN KR MX ZA NG".split(
    " ",
  ),
] as const;

/** Channels of visits; repetition is weight. */
export const weightedChannels = [
  ...channels,
  "organic_search",
  "organic_search",
  "organic_search",
  "direct",
  "direct",
  "paid_ads",
  "social",
] as const;

export const userAgents: readonly string[] = Array.from({ length: 64 }, () => faker.internet.userAgent());

/** Pages that show no item. */
export const plainPages = ["/", "/search", "/cart", "/checkout", "/account", "/help"] as const;
