/** How the tests describe an input. */
import type { Bag, Value } from "../values.ts";
import type { Plugin, State } from "./plugin.ts";
import type { TestServer } from "./server.ts";

/** What a case may use. */
export interface Context {
  readonly server: TestServer;
  readonly plugin: Plugin;
  readonly token: string;
  /** One value of a query in the test database. */
  readonly value: (sql: string, database?: string) => Promise<unknown>;
  /** Statements in the test database. */
  readonly run: (sql: string, database?: string) => Promise<void>;
}

/** An input that works and that the server shows. */
export interface Works {
  readonly kind: "works";
  /** The other inputs. */
  readonly base: Bag;
  /** Values that the resource gets one after the other; `undefined` leaves the input out. */
  readonly values: readonly [first: Value | undefined, second: Value | undefined];
  /** SQL with one value that shows the input on the server, and what it gives for each of the values. */
  readonly probe: string | ((context: Context) => Promise<unknown>);
  readonly probed: readonly [first: unknown, second: unknown];
  /** SQL by which somebody else changes it; left out only where PostgreSQL has no way. */
  readonly drift?: string;
  /** The change makes a new resource. */
  readonly replaces?: true;
  /** Properties whose value an import cannot spell as the program does; the next update settles them. */
  readonly importDiffers?: readonly string[];
  /** SQL before and after. */
  readonly setUp?: string;
  readonly tearDown?: string;
}

/** An input that only shows in what an operation does. */
export interface Acts {
  readonly kind: "acts";
  readonly base: Bag;
  readonly values: readonly [Value, Value];
  /** Does what the input is about and asserts it. */
  readonly act: (context: Context, make: (inputs: Bag) => Promise<State>) => Promise<void>;
}

/** An input, or one value of it, that is refused. */
export interface Refused {
  readonly kind: "refused";
  readonly base: Bag;
  readonly value: Value;
  readonly reason: RegExp;
}

/** A case for one input. */
export type Case = Works | Acts | Refused;

/** The cases of a resource by input, and its minimal inputs. */
export interface Cases {
  readonly token: string;
  /** The file of the npm SDK whose `…Args` are the inputs. */
  readonly sdk: string;
  readonly inputs: Readonly<Record<string, readonly Case[]>>;
}
